// SPDX-License-Identifier: GPL-3.0-or-later
// What the window says when the engine's process ends and comes back.
#include "app/gui/engine_process.h"
#include "app/gui/main_window.h"
#include "app/gui/model_opener.h"
#include "app/gui/run_scheduler.h"
#include "core/engine/sturdy_engine.h"
#include "widgets/views/notice_bar.h"
#include "widgets/views/prompt_bar.h"

#include <algorithm>

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
        if (m_document.session().model().traits.nLayers > 0) // else it is being opened
            say(tr("The engine ended (%1) and is back: the model is open, nothing was lost.")
                    .arg(news.reason));
        break;
    case EngineNews::Kind::ModelChanged:
        // The weights are others: whatever is shown was theirs no more.
        modelOpened(m_opener->asKnownHere(news.model));
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

void MainWindow::showDevice(const std::string& device, const std::string& dtype,
                            const std::vector<std::string>& warnings) {
    QStringList words{QString::fromStdString(device), QString::fromStdString(dtype)};
    words.removeAll(QString());
    if (!m_opener->host().isEmpty()) words.prepend(tr("on %1").arg(m_opener->host()));
    m_bar->setDevice(words.join(QStringLiteral(" · ")));
    const bool moved = std::find(warnings.begin(), warnings.end(), engine::movedToCpu) != warnings.end();
    if (moved && !m_toldMove)
        m_notices->show({QStringLiteral("device"),
                         tr("The memory of the GPU ran out: the model was moved to the CPU. Answers take "
                            "longer and are as exact."),
                         true,
                         {},
                         true});
    m_toldMove = moved;
}

void MainWindow::runAgain() {
    if (EngineProcess* process = m_host->process()) process->revive();
    if (m_document.session().model().traits.nLayers == 0 && !m_opener->opening()) m_opener->openAgain();
    m_scheduler->runAgain();
}

} // namespace cutaway::app
