// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/drag_controller.h"
#include "app/gui/main_window.h"
#include "app/gui/run_scheduler.h"
#include "core/types/cut_text.h"
#include "tests/support/fake_engine.h"
#include "widgets/util/theme.h"
#include "widgets/views/drop_sheet.h"

#include <QApplication>
#include <QMouseEvent>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

/// What tests of the real window have in common: where it keeps its settings, how it is opened over an engine
/// with made-up numbers, and the hand that moves the mouse.
namespace cutaway::tests {

/// Settings in a folder of the test's own, light, nothing that slides. Once a test program.
inline void prepareApplication(const QTemporaryDir& home) {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, home.path());
    QCoreApplication::setOrganizationName(QStringLiteral("CutawayTest"));
    widgets::Theme::instance().setMotion(false);
    widgets::Theme::instance().setScheme(widgets::Theme::Scheme::Light);
    widgets::Theme::instance().apply(*qApp);
}

/// The window over FakeEngine, shown and started: five words, token 0 rather than token 3, which is +3
/// logits, or what else is chosen.
inline std::unique_ptr<app::MainWindow>
openWindow(const QTemporaryDir& home, const std::shared_ptr<FakeEngine::Control>& control,
           const session::Choice& chosen = {{TokenId(0)}, {TokenId(3)}},
           const QString& device = QStringLiteral("cpu")) {
    app::Options options;
    options.device = device;
    options.model = home.path();
    options.prompt = QStringLiteral("When Mary and John went");
    options.screenshot = QStringLiteral("none.png"); // nothing remembered
    options.answer = chosen.answer;
    options.wrong = chosen.wrong;
    auto window = std::make_unique<app::MainWindow>(
        [control]() -> Result<std::unique_ptr<engine::Engine>> {
            return std::make_unique<FakeEngine>(control);
        },
        options);
    window->resize(1400, 900);
    window->show();
    if (!QTest::qWaitForWindowExposed(window.get())) return nullptr;
    window->start();
    return window;
}

/// Moves the mouse with its left button down.
inline void drag(QWidget* widget, const QPoint& to, Qt::KeyboardModifiers keys = {}) {
    QMouseEvent event(QEvent::MouseMove, to, widget->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, keys);
    QApplication::sendEvent(widget, &event);
}

/// Where the row of an offer stands on the screen while something is carried.
inline QPoint zoneOf(app::MainWindow& window, const char* id) {
    const widgets::DropSheet* sheet = window.drag().sheet();
    for (std::size_t i = 0; i < sheet->offers().size(); ++i)
        if (sheet->offers()[i].id == id)
            return sheet->mapToGlobal(sheet->offerRect(static_cast<int>(i)).center());
    return {};
}

/// The texts of the shelf's cuts as they act in the present prompt.
inline QStringList cutTexts(app::MainWindow& window) {
    const session::Session& session = window.document().session();
    QStringList texts;
    for (const session::Card& card : session.shelf().cards)
        texts << QString::fromStdString(printCut(session.shownCut(card)));
    return texts;
}

} // namespace cutaway::tests
