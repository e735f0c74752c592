// SPDX-License-Identifier: GPL-3.0-or-later
// The shelf of the window: its cards, what they do alone, the runs that were and the baseline.
#include "app/gui/main_window.h"

#include "app/gui/attention_view.h"
#include "app/gui/card_effects.h"
#include "app/gui/present.h"
#include "app/gui/present_history.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/run_scheduler.h"
#include "core/session/offers.h"
#include "widgets/models/model_tree_model.h"
#include "widgets/util/icons.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/history_panel.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/section_head.h"
#include "widgets/views/shelf_view.h"

#include <QToolButton>

#include <algorithm>

namespace cutaway::app {

using namespace session;
using namespace widgets;

SectionHead* MainWindow::makeShelfHead() {
    auto* head = new SectionHead(tr("Shelf"), {});
    const auto button = [&](const QString& text, const QString& tip) {
        auto* made = new QToolButton;
        made->setProperty("role", QStringLiteral("head"));
        made->setText(text.toUpper());
        made->setAccessibleName(text);
        made->setToolTip(tip);
        head->addButton(made);
        return made;
    };
    m_runs = button({}, tr("The runs of this session (Ctrl+H)"));
    m_runs->setAccessibleName(tr("Runs of this session"));
    m_muteAll = button(tr("Mute all"), tr("Mute every cut; again: hear all"));
    m_releaseSolo = button(tr("Solo"), tr("Release every solo"));
    for (QToolButton* lasting : {m_muteAll, m_releaseSolo})
        lasting->setCheckable(true); // lit while it holds
    connect(m_muteAll, &QToolButton::clicked, &m_document, &Document::muteAll);
    connect(m_releaseSolo, &QToolButton::clicked, &m_document, &Document::releaseSolo);
    connect(m_runs, &QToolButton::clicked, this, &MainWindow::openHistory);
    const auto dress = [this] { m_runs->setIcon(iconFor(Icon::Clock, colours().mute)); };
    connect(&Theme::instance(), &Theme::changed, m_runs, dress);
    dress();
    return head;
}

void MainWindow::connectShelf() {
    connect(m_shelf, &ShelfView::cardSelected, this, [this](int id) {
        m_selectedCard = m_selectedCard == id ? 0 : id;
        refreshShelf();
        const Card* card = m_document.session().card(id);
        if (!card) return;
        for (const Target& target : baseTargets(card->cut))
            if (target.kind == TargetKind::Head && target.layer >= 0 && target.index >= 0)
                return selectHead(target.layer, target.index);
    });
    connect(m_shelf, &ShelfView::enabledChanged, &m_document, &Document::setEnabled);
    connect(m_shelf, &ShelfView::soloChanged, &m_document, &Document::setSolo);
    connect(m_shelf, &ShelfView::splitRequested, &m_document, &Document::split);
    connect(m_shelf, &ShelfView::moveRequested, &m_document, &Document::move);
    connect(m_shelf, &ShelfView::duplicateRequested, this, &MainWindow::duplicateCard);
    connect(m_shelf, &ShelfView::kindChosen, this,
            [this](int id, const QString& kind) { changeKind(id, kind.toStdString()); });
    connect(m_shelf, &ShelfView::strengthChanging, this, [this](int id, double strength) {
        if (m_strengthGesture == 0) m_strengthGesture = m_document.newGesture();
        m_effects->stop(); // the hand goes first
        m_document.setStrength(id, strength, m_strengthGesture);
    });
    connect(m_shelf, &ShelfView::strengthCommitted, this, [this](int, double) {
        m_strengthGesture = 0;
        m_scheduler->gestureEnded();
        rested();
    });
    connect(m_shelf, &ShelfView::placeChosen, this, &MainWindow::changePlace);
    connect(m_shelf, &ShelfView::deleteRequested, &m_document, &Document::removeCard);
    connect(m_shelf, &ShelfView::fixRequested, this, [this](int id) {
        const Card* card = m_document.session().card(id);
        if (!card) return;
        Cut cut = m_document.session().shownCut(*card);
        cut.positions = {};
        m_document.setCardCut(id, std::move(cut), tr("use all positions"));
    });
    connect(m_effects, &CardEffects::changed, this, [this] {
        refreshShelf();
        prepareMeans(); // its pause had been taken
    });
    connect(m_strip, &AnswerStrip::baselineReleased, this, [this] {
        m_history.pin(std::nullopt);
        refreshStrip();
    });
    m_historyPanel = new HistoryPanel(this);
    connect(m_historyPanel, &HistoryPanel::returnRequested, this, [this](int id) {
        const RunRecord* record = m_history.find(id);
        if (!record) return;
        const int position = record->position;
        m_document.returnTo(RunRecord(*record));
        setCursor(position);
    });
    connect(m_historyPanel, &HistoryPanel::pinRequested, this, [this](int id) {
        const bool pinned = m_history.pinned() && m_history.pinned()->id == id;
        m_history.pin(pinned ? std::nullopt : std::optional(id));
        m_historyPanel->setRows(presentHistory(m_history, m_shownRun));
        refreshStrip();
    });
}

void MainWindow::makeShelfKeys() {
    const auto focusedOrSelected = [this] {
        const int focused = focusedCard();
        return focused ? focused : m_selectedCard;
    };
    key(QKeySequence(Qt::Key_M), [this, focusedOrSelected] {
        if (const Card* card = m_document.session().card(focusedOrSelected()))
            m_document.setEnabled(card->id, !card->enabled);
    });
    key(QKeySequence(Qt::SHIFT | Qt::Key_M), [this, focusedOrSelected] {
        if (const Card* card = m_document.session().card(focusedOrSelected()))
            m_document.setSolo(card->id, !card->solo);
    });
    key(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D),
        [this, focusedOrSelected] { duplicateCard(focusedOrSelected()); });
    for (const int by : {-1, 1}) // here too: the slider would take them for its own
        key(QKeySequence(Qt::ALT | (by < 0 ? Qt::Key_Up : Qt::Key_Down)), [this, focusedOrSelected, by] {
            if (const int id = focusedOrSelected()) m_document.move(id, by);
        });
    key(QKeySequence(Qt::CTRL | Qt::Key_H), [this] { openHistory(); });
}

void MainWindow::duplicateCard(int id) {
    const int copy = m_document.duplicate(id);
    if (copy == 0) return;
    m_selectedCard = copy;
    refreshShelf();
    m_shelf->focusCard(copy);
}

void MainWindow::openHistory() {
    m_historyPanel->setRows(presentHistory(m_history, m_shownRun));
    m_historyPanel->openAt(m_runs->mapToGlobal(m_runs->rect().bottomRight() + QPoint(4, 4)));
}

void MainWindow::refreshShelf() {
    const Session& session = m_document.session();
    QStringList tokens;
    if (const Picture* picture = m_scheduler->shown()) tokens = visibleTokens(*picture);
    std::vector<ShelfCardState> cards = presentShelf(session, tokens, m_selectedCard);
    for (ShelfCardState& card : cards)
        if (const auto effect = m_effects->effect(card.id))
            presentEffect(card, *effect);
        else if (const auto former = m_effects->formerEffect(card.id))
            presentEffect(card, *former, true);
    m_shelf->setCards(cards);
    m_muteAll->setVisible(!cards.empty());
    m_releaseSolo->setVisible(!cards.empty());
    m_releaseSolo->setEnabled(session.anySolo());
    m_releaseSolo->setChecked(session.anySolo());
    const auto muted = [](const Card& card) { return !card.enabled; };
    const auto& all = session.shelf().cards;
    m_muteAll->setChecked(!all.empty() && std::all_of(all.begin(), all.end(), muted));
    std::vector<Target> cuts;
    for (const Card& card : session.shelf().cards)
        if (session.inForce(card))
            for (const Target& target : baseTargets(card.cut))
                cuts.push_back(target);
    m_tree->treeModel()->setCuts(std::move(cuts));
}

const Choice& MainWindow::scoredChoice() const {
    const Choice& chosen = m_document.session().choice();
    return chosen.answer.empty() ? m_automatic : chosen;
}

// The picture stands and nobody is at anything: it goes into the history, and the cards learn what they do.
void MainWindow::rested() {
    const Picture* picture = m_scheduler->shown();
    if (!picture || m_scheduler->stale() || !m_scheduler->complete() || m_strengthGesture != 0) return;
    const Choice scored = scoredChoice();
    if (picture->request.answer != scored.answer || picture->request.wrong != scored.wrong) return;
    if (auto record = recordOf(m_document.session(), *picture, scored)) {
        m_shownRun = m_history.add(std::move(*record));
        if (m_historyPanel->isVisible()) m_historyPanel->setRows(presentHistory(m_history, m_shownRun));
    }
    m_effects->want(scored);
    m_sets->want();
}

} // namespace cutaway::app
