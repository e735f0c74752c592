// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/resources.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLibrary>

namespace cutaway::app {

namespace {

/// `tail` where the program's resources stand, if `probe` is there; empty where they are nowhere.
QString resource(const QString& tail, const QString& probe) {
    QStringList roots;
    if (qEnvironmentVariableIsSet("CUTAWAY_RESOURCES")) roots << qEnvironmentVariable("CUTAWAY_RESOURCES");
    roots << QCoreApplication::applicationDirPath() + QStringLiteral("/../share/cutaway")
          << QStringLiteral(CUTAWAY_RESOURCE_DIR);
    for (const QString& root : roots) {
        const QString path = QDir::cleanPath(QDir(root).filePath(tail));
        if (QFileInfo::exists(path + probe)) return path;
    }
    return {};
}

} // namespace

QString demoModelPath() {
    return resource(QStringLiteral("models/demo"), QStringLiteral("/config.json"));
}

QString glossaryPath() {
    return resource(QStringLiteral("glossary.json"), {});
}

Result<std::unique_ptr<engine::Engine>> loadTorchEngine() {
    const QString here = QCoreApplication::applicationDirPath();
    QString reason;
    for (const char* folder : {"", "/../bin", "/../lib/cutaway"}) {
        const QString file =
            QDir::cleanPath(here + QLatin1String(folder)) + QStringLiteral("/libcutaway_engine_module.so");
        if (!QFileInfo::exists(file)) continue;
        QLibrary library(file); // stays loaded: libtorch cannot be unloaded
        library.setLoadHints(QLibrary::PreventUnloadHint);
        using Make = engine::Engine* (*)();
        if (const auto make = reinterpret_cast<Make>(library.resolve("cutaway_make_engine")))
            if (engine::Engine* made = make()) return std::unique_ptr<engine::Engine>(made);
        reason = library.errorString();
    }
    return fail(ErrorCode::Internal, "load engine",
                "the engine could not be loaded: " +
                    (reason.isEmpty() ? "libcutaway_engine_module.so is not beside the program"
                                      : reason.toStdString()));
}

} // namespace cutaway::app
