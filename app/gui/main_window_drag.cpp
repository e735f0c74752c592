// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does while something is carried: previews, tabs that open, texts that come and go.
#include "app/gui/main_window.h"

#include "app/gui/drag_controller.h"
#include "app/gui/model_opener.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/run_scheduler.h"
#include "core/types/cut_text.h"
#include "widgets/util/text.h"

#include <QClipboard>
#include <QDrag>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QTimer>
#include <QUrl>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {

/// A run that takes longer than this is no preview, ms.
constexpr double longestPreview = 150.0;

/// Cuts in their text form, one a line; none where a line is not one.
std::optional<std::vector<Cut>> cutsOf(const QString& text) {
    std::vector<Cut> cuts;
    for (const QString& line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        if (line.trimmed().isEmpty()) continue;
        Result<Cut> cut = parseCut(line.trimmed().toStdString());
        if (!cut) return std::nullopt;
        cuts.push_back(std::move(*cut));
    }
    if (cuts.empty()) return std::nullopt;
    return cuts;
}

} // namespace

void MainWindow::connectDrag() {
    connect(m_drag, &DragController::dropped, this, &MainWindow::applyOffer);
    connect(m_drag, &DragController::previewWanted, this, &MainWindow::preview);
    connect(m_drag, &DragController::previewEnded, this, [this] {
        ++m_previewSerial;
        m_host->cancel(JobTag::Preview);
        if (!m_preview) return;
        m_preview.reset();
        refreshStrip();
    });
    connect(m_drag, &DragController::tabHeld, this,
            [this](int tab) { showTab(m_tabs[static_cast<std::size_t>(tab)].name); });
    connect(m_drag, &DragController::leftWindow, this, [this](const QString& text) {
        // A drag of the system runs its own loop: not from within an event of ours.
        QTimer::singleShot(0, this, [this, text] {
            auto* carried = new QMimeData;
            carried->setText(text);
            auto* drag = new QDrag(this);
            drag->setMimeData(carried);
            drag->exec(Qt::CopyAction);
        });
    });
    key(QKeySequence::Paste, [this] {
        const QString text = QGuiApplication::clipboard()->text();
        if (text.trimmed().isEmpty()) return;
        if (!addCutTexts(text)) showError(tr("What is on the clipboard is no cut, such as zero:L3H1@11."));
    });
}

void MainWindow::preview(const Offer& offer) {
    const Picture* picture = m_scheduler->shown();
    const Session& session = m_document.session();
    if (!picture || m_scheduler->stale()) return;
    // Exact or nothing: predicted from the run that is shown. A first mean would run all reference prompts.
    const bool averages = offer.cut.kind == CutKind::Mean && !m_meansReady;
    if (picture->result.milliseconds > longestPreview || averages) return;
    std::vector<Cut> cuts = session.cutsInForce();
    if (offer.id == "group") {
        // The card it joins is in the offer's cut already.
        std::erase_if(cuts, [&](const Cut& cut) {
            return cut.kind == offer.cut.kind && !cut.targets.empty() &&
                   std::equal(cut.targets.begin(), cut.targets.end(), offer.cut.targets.begin());
        });
    }
    cuts.push_back(offer.cut);
    RunRequest request = session.toRunRequest(m_automatic, std::move(cuts));
    if (request.answer.empty() || request.wrong.empty()) return;
    request.allPositions = false;
    request.position = session.cursor();
    request.loss = false;
    request.keep = false;
    request.restCuts = true;
    const int serial = ++m_previewSerial;
    m_host->ask<RunResult>(
        JobTag::Preview, std::move(request), [this, serial](const Result<RunResult>& result) {
            if (serial != m_previewSerial || !result || result->main.diffs.empty()) return;
            const double after = result->main.diffs.front();
            m_preview = after;
            QString words = formatSigned(after);
            if (result->uncut && !result->uncut->diffs.empty())
                words += QStringLiteral(" (%1)").arg(formatSigned(after - result->uncut->diffs.front()));
            m_drag->setPreview(words);
            refreshStrip();
        });
}

bool MainWindow::addCutTexts(const QString& text) {
    const auto cuts = cutsOf(text);
    if (!cuts) return false;
    if (cuts->size() > 1)
        m_document.undoStack().beginMacro(tr("add %n cuts", nullptr, static_cast<int>(cuts->size())));
    for (const Cut& cut : *cuts)
        m_selectedCard = m_document.addCut(cut);
    if (cuts->size() > 1) m_document.undoStack().endMacro();
    refreshShelf();
    return true;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    const bool file = urls.size() == 1 && urls.front().isLocalFile();
    if (file || (urls.isEmpty() && event->mimeData()->hasText())) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.front().isLocalFile()) {
        const QString dropped = urls.front().toLocalFile();
        if (QFileInfo(dropped).suffix().toLower() == QLatin1String("cutaway"))
            openSession(dropped);
        else if (isPromptFile(dropped))
            m_sets->openFile(dropped);
        else if (!m_opener->host().isEmpty())
            showError(
                tr("Models are opened on %1 here, and this one is on this machine.").arg(m_opener->host()));
        else
            m_opener->open(ModelOpener::folderOf(dropped), false);
    } else if (const QString text = event->mimeData()->text(); !text.trimmed().isEmpty()) {
        // A cut goes onto the shelf; any other text runs.
        if (!addCutTexts(text)) promptEdited(text.trimmed(), true);
    } else {
        return;
    }
    event->acceptProposedAction();
}

} // namespace cutaway::app
