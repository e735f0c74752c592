// SPDX-License-Identifier: GPL-3.0-or-later
// The window before an audience.
#include "app/gui/main_window.h"

#include "app/gui/attention_view.h"
#include "widgets/plot/head_grid.h"
#include "widgets/util/theme.h"
#include "widgets/views/prompt_bar.h"

#include <QAction>
#include <QDockWidget>
#include <QKeyEvent>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>

#include <utility>

namespace cutaway::app {

using namespace widgets;

namespace {
constexpr int usualThumbnail = 98;
constexpr int presentedThumbnail = 150;
} // namespace

void MainWindow::addPresenting(QMenu* view) {
    view->addSeparator();
    QAction* present = view->addAction(tr("Present"));
    present->setCheckable(true);
    present->setShortcut(QKeySequence(Qt::Key_F5));
    addAction(present); // its key works while the menu is closed
    connect(present, &QAction::triggered, this, [this] { setPresenting(!Theme::instance().presenting()); });
    QAction* still = view->addAction(tr("Reduce motion"));
    still->setCheckable(true);
    connect(still, &QAction::triggered, this, [](bool reduced) {
        Theme::instance().setMotion(!reduced);
        QSettings().setValue(QStringLiteral("reducedMotion"), reduced);
    });
    connect(view, &QMenu::aboutToShow, this, [present, still] {
        present->setChecked(Theme::instance().presenting());
        still->setChecked(!Theme::instance().motion());
    });
}

void MainWindow::setPresenting(bool presenting) {
    if (presenting == Theme::instance().presenting()) return;
    const QList<QDockWidget*> docks = m_docks->findChildren<QDockWidget*>();
    if (presenting) {
        m_docksBefore = m_docks->saveState();
        for (QDockWidget* dock : docks)
            dock->hide();
    } else {
        m_docks->restoreState(std::exchange(m_docksBefore, {}));
    }
    m_bar->setVisible(!presenting);
    m_attention->grid()->setLargest(presenting ? presentedThumbnail : usualThumbnail);
    Theme::instance().setPresenting(presenting);
    if (presenting) m_attention->grid()->setFocus();
    refreshStrip();
    refreshStatus();
}

// What nobody else took: Esc ends presenting.
void MainWindow::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && Theme::instance().presenting())
        setPresenting(false);
    else
        QWidget::keyPressEvent(event);
}

} // namespace cutaway::app
