// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of prompts in the window: opened from a file, made of the prompt at hand, stepped through, closed.
#include "app/gui/main_window.h"

#include "app/gui/present.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/set_band.h"
#include "widgets/util/text.h"
#include "widgets/views/answer_strip.h"

#include <QFileDialog>
#include <QFileInfo>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {
constexpr int likeIt = 64;
}

void MainWindow::connectSets() {
    connect(m_sets, &PromptSetController::changed, this, &MainWindow::refreshSet);
    connect(m_sets, &PromptSetController::failed, this, &MainWindow::showError);
    connect(m_band, &SetBand::stepRequested, this, &MainWindow::stepPrompt);
    connect(m_band, &SetBand::promptChosen, &m_document, &Document::showPrompt);
    connect(m_band, &SetBand::stopRequested, m_sets, &PromptSetController::stop);
    connect(m_band, &SetBand::closeRequested, &m_document, &Document::closeSet);
    connect(m_strip, &AnswerStrip::moreRequested, this, &MainWindow::tryLike);
    key(QKeySequence(Qt::ALT | Qt::Key_Left), [this] { stepPrompt(-1); });
    key(QKeySequence(Qt::ALT | Qt::Key_Right), [this] { stepPrompt(1); });
}

void MainWindow::stepPrompt(int by) {
    const PromptSet& set = m_document.session().promptSet();
    if (set.open()) m_document.showPrompt((set.current + by + set.size()) % set.size());
}

bool MainWindow::isPromptFile(const QString& file) {
    const QString ending = QFileInfo(file).suffix().toLower();
    return ending == QLatin1String("jsonl") || ending == QLatin1String("csv");
}

void MainWindow::choosePrompts() {
    const QString file = QFileDialog::getOpenFileName(this, tr("Open prompts"), {},
                                                      tr("Prompts (*.jsonl *.csv);;All files (*)"));
    if (!file.isEmpty()) m_sets->openFile(file);
}

void MainWindow::openFirstPrompts() {
    const auto wrong = connect(m_sets, &PromptSetController::failed, this, [this](const QString& sentence) {
        Q_EMIT failed(sentence);
        connect(
            this, &MainWindow::pictureComplete, this, [this, sentence] { showError(sentence); },
            Qt::SingleShotConnection);
    });
    m_sets->openFile(m_options.prompts);
    disconnect(wrong);
    m_document.undoStack().clear(); // what the program starts with is no edit
}

void MainWindow::tryLike() {
    const Picture* picture = m_scheduler->shown();
    if (!picture || m_sets->making()) return;
    const Session& session = m_document.session();
    // Ids cannot be swapped: what is scored is taken as texts.
    Choice shown = session.choice().answer.empty() ? m_automatic : session.choice();
    for (TokenSet* set : {&shown.answer, &shown.wrong})
        for (TokenChoice& choice : *set)
            if (const auto* id = std::get_if<TokenId>(&choice))
                if (const auto* at = predictionsAt(picture->uncutSide(), session.cursor()))
                    for (const Prediction& prediction : at->top)
                        if (prediction.id == *id && prediction.text) choice = *prediction.text;
    const QString own = QString::fromStdString(session.model().path) + QStringLiteral("/words.json");
    m_sets->tryLike(likeIt, QFileInfo::exists(own) ? own : demoModelPath() + QStringLiteral("/words.json"),
                    shown);
}

void MainWindow::refreshSet() {
    const Session& session = m_document.session();
    const bool open = session.promptSet().open();
    m_band->setVisible(open);
    if (open) m_band->setState(presentSet(session, *m_sets));
    refreshStrip();
    refreshStatus();
}

void MainWindow::presentSetIn(AnswerStripState& state) const {
    const Session& session = m_document.session();
    state.canTryMore = !session.promptSet().open() && !m_sets->making() &&
                       session.sequence().tokens.empty() && !session.model().tokenizer.empty() &&
                       !demoModelPath().isEmpty();
    if (m_sets->making()) state.more = tr("looking for prompts like it…");
    if (!session.promptSet().open()) return;
    const analysis::Summary summary = m_sets->summary();
    state.prompts = std::max(summary.n, 1);
    if (summary.n < 2) return;
    const int decimals = std::max(2, decimalsFor(std::abs(summary.mean)));
    state.share = m_sets->hasCuts()
                      ? tr("mean change %1, n = %2").arg(formatSigned(summary.mean, decimals)).arg(summary.n)
                      : tr("mean %1, n = %2").arg(formatSigned(summary.mean, decimals)).arg(summary.n);
    state.shareAlways = true;
}

} // namespace cutaway::app
