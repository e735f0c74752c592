// SPDX-License-Identifier: GPL-3.0-or-later
// Where numbers come from, what terms mean, and what is taken out of the window.
#include "app/gui/main_window.h"

#include "app/gui/copy_controller.h"
#include "app/gui/glossary.h"
#include "app/gui/how_controller.h"

#include <QMenu>
#include <QTabBar>
#include <QTimer>

namespace cutaway::app {

namespace {

constexpr int saidFor = 4000; ///< ms that a word stands in the status line

/// The term behind a tab.
const char* tabTerm(const std::string& tab) {
    if (tab == "attention") return "attention_pattern";
    if (tab == "inside") return "head_reading";
    if (tab == "lens") return "logit_lens";
    if (tab == "attribution") return "attribution";
    if (tab == "sweep") return "sweep";
    if (tab == "neurons") return "neuron";
    return "";
}

} // namespace

void MainWindow::say(const QString& sentence) {
    m_said = sentence;
    m_saidTimer.start();
    refreshStatus();
}

void MainWindow::connectHow() {
    m_how = new HowController(*this);
    m_copies = new CopyController(*this);
    m_saidTimer.setSingleShot(true);
    m_saidTimer.setInterval(saidFor);
    connect(&m_saidTimer, &QTimer::timeout, this, [this] {
        m_said.clear();
        refreshStatus();
    });
    connect(m_how, &HowController::said, this, &MainWindow::say);
    connect(m_copies, &CopyController::said, this, &MainWindow::say);
    connect(m_copies, &CopyController::failed, this, &MainWindow::showError);
    for (std::size_t i = 0; i < m_tabs.size(); ++i)
        if (const QString tip = termTip(tabTerm(m_tabs[i].name));
            !term(tabTerm(m_tabs[i].name)).title.isEmpty())
            m_tabBar->setTabToolTip(static_cast<int>(i), tip);
}

void MainWindow::extendMenu(QMenu* menu, const Payload& payload, const QObject* from) {
    m_how->addTo(menu, payload, from);
    m_copies->fill(menu->addMenu(tr("Copy and save")));
}

} // namespace cutaway::app
