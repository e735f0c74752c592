// SPDX-License-Identifier: GPL-3.0-or-later
// The tabs of the window and what stands below the shelf.
#include "app/gui/main_window.h"

#include "app/gui/attention_tools.h"
#include "app/gui/attention_view.h"
#include "app/gui/drag_controller.h"
#include "app/gui/idle_figures.h"
#include "app/gui/picture_view.h"
#include "app/gui/present_analysis.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/sweep_controller.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/util/pick_up.h"

#include <QMainWindow>
#include <QMenu>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>

#include <algorithm>

namespace cutaway::app {

using namespace session;
using namespace widgets;

PictureView* MainWindow::view(const std::string& name) const {
    const auto tab =
        std::find_if(m_tabs.begin(), m_tabs.end(), [&](const Tab& each) { return each.name == name; });
    return tab == m_tabs.end() ? nullptr : tab->view;
}

void MainWindow::showTab(const std::string& name) {
    View view = m_document.session().view();
    view.tab = name;
    m_document.setView(view);
}

void MainWindow::connectViews() {
    connect(m_tabBar, &QTabBar::currentChanged, this,
            [this](int tab) { showTab(m_tabs[static_cast<std::size_t>(tab)].name); });
    const auto menu = [this](const Payload& payload, const QPoint& at) { offerMenu(payload)->popup(at); };
    for (const Tab& tab : m_tabs) {
        if (!tab.view) continue;
        connect(tab.view, &PictureView::positionChosen, this, &MainWindow::setCursor);
        connect(tab.view, &PictureView::targetChosen, this, [this](const Target& target) {
            if (target.kind == TargetKind::Head) selectHead(target.layer, target.index);
        });
        connect(tab.view, &PictureView::pickUpRequested, m_drag, &DragController::pickUp);
        connect(tab.view, &PictureView::offersRequested, this, menu);
    }
    connect(m_sweeps, &SweepController::changed, this, &MainWindow::tellComplete);
    connect(m_why, &ContributionBars::expandedChanged, this, &MainWindow::fitWhy);
    connect(m_why, &ContributionBars::pickUpRequested, m_drag, &DragController::pickUp);
    connect(m_why, &ContributionBars::offersRequested, this, menu);
}

void MainWindow::refreshViews() {
    const Session& session = m_document.session();
    const Picture* picture = m_scheduler->shown();
    for (std::size_t i = 0; i < m_tabs.size(); ++i)
        if (m_tabs[i].name == session.view().tab && m_stack->currentIndex() != static_cast<int>(i)) {
            m_stack->setCurrentIndex(static_cast<int>(i));
            m_tabBar->setCurrentIndex(static_cast<int>(i));
        }
    m_attention->tools()->setVisible(session.view().tab == "attention" && session.model().traits.nLayers > 0);
    if (PictureView* view = currentView()) view->setPicture(picture, session, m_scheduler->stale());
    m_whyArea->setVisible(picture && picture->hasCuts());
    m_whyLine->setVisible(picture && picture->hasCuts());
    if (!picture || !picture->hasCuts()) return;
    PartWish wish{PartKind::Waterfall, Shown::Change};
    wish.position = session.cursor();
    if (const auto* why = picture->part<WaterfallResult>(wish)) {
        ContributionBarsState state = presentWaterfall(*why, session, *picture);
        state.stale = m_scheduler->stale();
        m_why->setState(std::move(state));
    } else if (picture->refused.contains(picture->normal(wish))) {
        ContributionBarsState state;
        state.message = waitingSentence(picture, wish);
        m_why->setState(std::move(state));
    } else {
        m_why->setStale(true);
    }
    fitWhy();
}

// As tall as its bars, but the shelf keeps half.
void MainWindow::fitWhy() {
    const int wanted = m_why->heightForWidth(m_whyArea->viewport()->width());
    m_whyArea->setFixedHeight(std::min(wanted, m_docks->height() / 2));
}

// The first mean of a reference set costs a run of all its prompts. In the first pause all that can be
// dragged is averaged in one go, so that the first drop answers as fast as every later one.
void MainWindow::prepareMeans() {
    if (m_meansReady || m_document.session().model().referencePrompts == 0) return;
    const ModelTraits& traits = m_document.session().model().traits;
    Cut cut;
    cut.kind = CutKind::Mean;
    Target embed;
    embed.kind = TargetKind::Hook;
    embed.hook = HookKind::Embed;
    cut.targets = {headTarget(anyIndex, anyIndex), {TargetKind::Block}, embed};
    if (traits.finalNorm && traits.hasNorm()) cut.targets.push_back({TargetKind::NormFinal});
    RunRequest request = m_scheduler->shown()->request;
    request.cuts = {cut};
    request.keep = false;
    request.allPositions = false;
    m_host->ask<RunResult>(JobTag::Idle, request, [this](const Result<RunResult>& result) {
        m_meansReady = m_meansReady || result.has_value();
        if (m_meansReady) m_figures->setMeansReady();
    });
}

void MainWindow::tellComplete() {
    if (!m_scheduler->complete() || (m_document.session().view().tab == "sweep" && m_sweeps->running()))
        return;
    Q_EMIT pictureComplete();
    rested();
    prepareMeans();
    m_figures->rest(*m_scheduler->shown());
}

} // namespace cutaway::app
