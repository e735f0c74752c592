// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says when the engine's process ends and comes back.
#include "app/gui/engine_process.h"
#include "app/gui/main_window.h"
#include "app/gui/model_opener.h"
#include "app/gui/run_scheduler.h"

namespace cutaway::app {

void MainWindow::engineNews(const EngineNews& news) {
    m_engineWork.clear();
    switch (news.kind) {
    case EngineNews::Kind::Lost:
        m_engineWork = tr("the engine ended (%1): starting it again").arg(news.reason);
        break;
    case EngineNews::Kind::Back:
        m_error.clear();
        refreshStrip();
        say(tr("The engine ended (%1) and is back: the model is open, nothing was lost.").arg(news.reason));
        break;
    case EngineNews::Kind::ModelChanged:
        // The weights are others: whatever is shown was theirs no more.
        modelOpened(news.model);
        say(tr("The weights on disk have changed; the model was opened anew."));
        break;
    case EngineNews::Kind::ModelGone:
        showError(
            tr("The engine was started again, but the model does not open any more: %1").arg(news.detail));
        break;
    case EngineNews::Kind::GaveUp:
        showError(
            tr("The engine does not run: %1. Nothing is lost; Ctrl+R starts it again.").arg(news.reason));
        break;
    }
    refreshStatus();
}

void MainWindow::runAgain() {
    if (EngineProcess* process = m_host->process()) process->revive();
    m_scheduler->runAgain();
}

} // namespace cutaway::app
