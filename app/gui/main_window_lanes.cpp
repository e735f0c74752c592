// SPDX-License-Identifier: GPL-3.0-or-later
// The two lanes of the window: lane B opened, edited, tied and swapped, and single tokens edited in place.
#include "app/gui/main_window.h"

#include "app/gui/drag_controller.h"
#include "app/gui/lane_controller.h"
#include "app/gui/run_scheduler.h"
#include "widgets/views/lanes.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/token_strip.h"

#include <QLineEdit>
#include <QMenu>

namespace cutaway::app {

using namespace session;
using namespace widgets;

void MainWindow::connectLanes() {
    connect(m_bar, &PromptBar::donorRequested, this, &MainWindow::openDonor);
    connect(m_lanes, &Lanes::donorCommitted, &m_document, &Document::setDonor);
    connect(m_lanes, &Lanes::closeRequested, &m_document, &Document::removeDonor);
    connect(m_lanes, &Lanes::swapRequested, &m_document, &Document::swapLanes);
    connect(m_lanes, &Lanes::tieChosen, &m_document, &Document::tie);
    connect(m_lanes, &Lanes::tiesReset, &m_document, &Document::resetTies);
    connect(m_laneController, &LaneController::tokensRead, this, [this] {
        refreshShelf();
        requestRun(false);
        refreshLanes();
    });
    connect(m_laneController, &LaneController::changed, this, [this] {
        refreshLanes();
        refreshStrip();
    });
    TokenStrip* donor = m_lanes->donor();
    connect(donor, &TokenStrip::cursorMoved, this, [this](int position) {
        const int own = m_document.session().ownPosition(position);
        if (own >= 0) setCursor(own);
    });
    connect(donor, &TokenStrip::pickUpRequested, m_drag, &DragController::pickUp);
    connect(donor, &TokenStrip::offersRequested, this,
            [this](const Payload& payload, const QPoint& at) { offerMenu(payload)->popup(at); });
    for (const bool second : {false, true}) {
        TokenStrip* strip = second ? donor : m_chips;
        connect(strip, &TokenStrip::chipActivated, this, [this, second](int at) { editToken(second, at); });
        connect(strip, &TokenStrip::chipEdited, this,
                [this, second](int at, const QString& text) { tokenEdited(second, at, text); });
    }
    key(QKeySequence(Qt::CTRL | Qt::Key_D), [this] { openDonor(); });
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_B), [this] { m_document.swapLanes(); });
    key(QKeySequence(Qt::Key_T), [this] { // ties what the two cursors are at
        if (m_lanes->donor()->hasFocus() && m_lanes->donor()->tokenCursor() >= 0)
            m_document.tie(m_document.session().cursor(), m_lanes->donor()->tokenCursor());
    });
}

void MainWindow::openDonor() {
    const Donor& donor = m_document.session().donor();
    if (!donor.present || (donor.sequence.text.empty() && donor.sequence.tokens.empty()))
        m_document.copyToDonor();
    m_lanes->editDonor();
}

void MainWindow::refreshLanes() {
    const Session& session = m_document.session();
    m_lanes->setDonor(m_laneController->state());
    m_bar->setCanAddDonor(!session.donor().present && session.model().traits.nLayers > 0);
    if (session.donor().present && !m_lanes->donor()->hasFocus())
        m_lanes->donor()->setTokenCursor(session.donorPosition(session.cursor()));
}

namespace {

/// The text of a prompt with one token written anew; none where its pieces are not whole characters, or it
/// runs as ids.
std::optional<QString> withToken(const std::vector<TokenPiece>& pieces, const Sequence& sequence,
                                 int position, const QString& text) {
    if (!sequence.tokens.empty()) return std::nullopt;
    QString made, before;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (pieces[i].special && static_cast<int>(i) != position) continue;
        const QString piece = QString::fromStdString(pieces[i].text);
        if (piece.contains(QChar(0xFFFD))) return std::nullopt;
        before += pieces[i].special ? QString() : piece;
        made += static_cast<int>(i) == position ? text : piece;
    }
    // Tokenizers that add to or drop from a text cannot be edited token by token.
    if (before != QString::fromStdString(sequence.text)) return std::nullopt;
    return made;
}

} // namespace

void MainWindow::editToken(bool donor, int position) {
    const Session& session = m_document.session();
    const Picture* picture = m_scheduler->shown();
    const std::vector<TokenPiece>* pieces = nullptr;
    if (donor && m_laneController->result()) pieces = &m_laneController->result()->pieces;
    if (!donor && picture) pieces = &picture->pieces();
    const Sequence& sequence = donor ? session.donor().sequence : session.sequence();
    const bool there = pieces && position >= 0 && position < static_cast<int>(pieces->size());
    if (!there || (*pieces)[static_cast<std::size_t>(position)].special ||
        !withToken(*pieces, sequence, position, {})) {
        if (donor)
            m_lanes->editDonor();
        else
            m_bar->promptEdit()->setFocus();
        return;
    }
    TokenStrip* strip = donor ? m_lanes->donor() : m_chips;
    strip->editChip(position, QString::fromStdString((*pieces)[static_cast<std::size_t>(position)].text));
}

void MainWindow::tokenEdited(bool donor, int position, const QString& text) {
    const Session& session = m_document.session();
    const Picture* picture = m_scheduler->shown();
    if (donor ? !m_laneController->result() : !picture) return;
    const std::vector<TokenPiece>& pieces = donor ? m_laneController->result()->pieces : picture->pieces();
    // A word in a sentence begins with its space: who forgets it means it.
    const QString former = position < static_cast<int>(pieces.size())
                               ? QString::fromStdString(pieces[static_cast<std::size_t>(position)].text)
                               : QString();
    const bool spaced =
        former.startsWith(QLatin1Char(' ')) && !text.isEmpty() && text.front().isLetterOrNumber();
    const auto made = withToken(pieces, donor ? session.donor().sequence : session.sequence(), position,
                                spaced ? QLatin1Char(' ') + text : text);
    if (!made) return;
    if (donor)
        m_document.setDonor(*made);
    else
        m_document.setPrompt(*made);
}

} // namespace cutaway::app
