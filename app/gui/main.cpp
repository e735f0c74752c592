// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/idle_figures.h"
#include "app/gui/main_window.h"
#include "app/gui/options.h"
#include "app/gui/resources.h"
#include "app/gui/write_whole.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QBuffer>
#include <QSettings>
#include <QTimer>

#include <cstdio>

using namespace cutaway;
using namespace cutaway::app;

namespace {

widgets::Theme::Scheme schemeOf(const Options& options) {
    using Scheme = widgets::Theme::Scheme;
    if (options.dark) return *options.dark ? Scheme::Dark : Scheme::Light;
    if (!options.screenshot.isEmpty()) return Scheme::Light; // the same picture on every machine
    const int stored = QSettings().value(QStringLiteral("scheme"), 0).toInt();
    return stored == 1 ? Scheme::Light : stored == 2 ? Scheme::Dark : Scheme::System;
}

constexpr int longestWait = 3000; ///< ms that a picture waits for what is worked out in pauses

/// Writes the window's picture and leaves.
void leaveWithPicture(MainWindow& window, const QString& file) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    const bool made = buffer.open(QIODevice::WriteOnly) && window.grab().save(&buffer, "PNG");
    const QString why = made ? writeWhole(file, bytes) : QStringLiteral("no picture could be made");
    if (!why.isEmpty())
        std::fprintf(stderr, "[write screenshot] %s could not be written: %s\n", qUtf8Printable(file),
                     qUtf8Printable(why));
    QApplication::exit(why.isEmpty() ? 0 : 1);
}

} // namespace

int main(int argc, char** argv) {
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    const Result<Options> options = parseOptions(arguments);
    if (!options) {
        std::fprintf(stderr, "%s\n", options.error().text().c_str());
        return 2;
    }
    if (options->help || options->version) {
        std::fputs(options->help ? qUtf8Printable(usageText()) : "cutaway " CUTAWAY_VERSION "\n", stdout);
        return 0;
    }
    // A picture needs no screen.
    if (!options->screenshot.isEmpty() && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM") &&
        qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    int none = 1; // the options above are ours alone
    QApplication app(none, argv);
    QApplication::setOrganizationName(QStringLiteral("Cutaway"));
    QApplication::setApplicationName(QStringLiteral("Cutaway"));
    QApplication::setApplicationVersion(QStringLiteral(CUTAWAY_VERSION));
    QApplication::setStyle(QStringLiteral("Fusion"));
    widgets::Theme::instance().setScheme(schemeOf(*options));
    if (const QVariant reduced = QSettings().value(QStringLiteral("reducedMotion")); reduced.isValid())
        widgets::Theme::instance().setMotion(!reduced.toBool());
    widgets::Theme::instance().apply(app);

    MainWindow window(engineProgram(options->engine), *options);
    if (!options->screenshot.isEmpty()) {
        // With what is worked out in pauses, where that takes no longer than a moment.
        const auto leave = [&] {
            QTimer::singleShot(0, &window, [&] { leaveWithPicture(window, options->screenshot); });
        };
        QObject::connect(&window, &MainWindow::pictureComplete, &window, [&, leave] {
            QTimer::singleShot(window.figures().settled() ? 0 : longestWait, &window, leave);
        });
        QObject::connect(&window.figures(), &IdleFigures::allSettled, &window, leave);
        QObject::connect(&window, &MainWindow::failed, &window, [](const QString& sentence) {
            std::fprintf(stderr, "[open model] %s\n", qUtf8Printable(sentence));
            QApplication::exit(1);
        });
    }
    window.show();
    QTimer::singleShot(0, &window, &MainWindow::start); // after the first paint
    return QApplication::exec();
}
