// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/shelf_view.h"

#include "widgets/util/theme.h"
#include "widgets/views/drop_slot.h"

#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace cutaway::widgets {

ShelfView::ShelfView(QWidget* parent)
    : QScrollArea(parent), m_body(new QWidget), m_column(new QVBoxLayout(m_body)), m_slot(new DropSlot) {
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus); // its cards take it, and come into sight with it
    setAccessibleName(tr("Shelf of cuts"));
    m_body->setProperty("role", QStringLiteral("panel"));
    m_column->setContentsMargins(12, 0, 12, 12);
    m_column->setSpacing(10);
    m_column->addWidget(m_slot);
    m_column->addStretch();
    setWidget(m_body);
    setDrop(Drop::None);
}

QSize ShelfView::sizeHint() const {
    return {372, 400};
}

ShelfCard* ShelfView::card(int id) const {
    const auto found =
        std::find_if(m_cards.begin(), m_cards.end(), [id](const auto& c) { return c.first == id; });
    return found == m_cards.end() ? nullptr : found->second;
}

ShelfCard* ShelfView::makeCard(int id) {
    auto* made = new ShelfCard;
    connect(made, &ShelfCard::selected, this, [this, id] { Q_EMIT cardSelected(id); });
    connect(made, &ShelfCard::enabledChanged, this, [this, id](bool on) { Q_EMIT enabledChanged(id, on); });
    connect(made, &ShelfCard::soloChanged, this, [this, id](bool on) { Q_EMIT soloChanged(id, on); });
    connect(made, &ShelfCard::duplicateRequested, this, [this, id] { Q_EMIT duplicateRequested(id); });
    connect(made, &ShelfCard::splitRequested, this, [this, id] { Q_EMIT splitRequested(id); });
    connect(made, &ShelfCard::moveRequested, this, [this, id](int by) { Q_EMIT moveRequested(id, by); });
    connect(made, &ShelfCard::kindChosen, this,
            [this, id](const QString& kind) { Q_EMIT kindChosen(id, kind); });
    connect(made, &ShelfCard::placeChosen, this,
            [this, id](const QString& place) { Q_EMIT placeChosen(id, place); });
    connect(made, &ShelfCard::strengthChanging, this,
            [this, id](double w) { Q_EMIT strengthChanging(id, w); });
    connect(made, &ShelfCard::strengthCommitted, this,
            [this, id](double w) { Q_EMIT strengthCommitted(id, w); });
    connect(made, &ShelfCard::deleteRequested, this, [this, id] { Q_EMIT deleteRequested(id); });
    connect(made, &ShelfCard::fixRequested, this, [this, id] { Q_EMIT fixRequested(id); });
    connect(made, &ShelfCard::textCopied, this, &ShelfView::textCopied);
    return made;
}

void ShelfView::setCards(const std::vector<ShelfCardState>& cards) {
    std::vector<std::pair<int, ShelfCard*>> now;
    for (const ShelfCardState& state : cards) {
        ShelfCard* shown = card(state.id);
        now.emplace_back(state.id, shown ? shown : makeCard(state.id));
    }
    for (const auto& [id, gone] : m_cards) {
        const bool kept =
            std::any_of(now.begin(), now.end(), [one = gone](const auto& c) { return c.second == one; });
        if (kept) continue;
        m_column->removeWidget(gone);
        gone->hide();
        gone->deleteLater(); // it may be the sender
    }
    const bool reordered = now != m_cards;
    m_cards = std::move(now);
    QWidget* before = nullptr;
    for (std::size_t i = 0; i < m_cards.size(); ++i) {
        ShelfCard* shown = m_cards[i].second;
        if (reordered) {
            m_column->insertWidget(static_cast<int>(i), shown);
            if (before) setTabOrder(before, shown);
            before = shown;
            shown->show();
        }
        if (shown->state() != cards[i]) shown->setState(cards[i]);
    }
    setDrop(m_drop, m_dropWords); // a drag may be going on; only its own words can have changed
}

void ShelfView::setDrop(Drop drop, const QString& words) {
    m_drop = drop;
    m_dropWords = words;
    m_slot->setLook(static_cast<DropSlot::Look>(drop));
    if (!words.isEmpty())
        m_slot->setWords(words, {});
    else if (m_cards.empty())
        m_slot->setWords(tr("Nothing is cut. Drag any head, cell or token here,"),
                         tr("or select it and press X."));
    else
        m_slot->setWords(tr("Drag any head, cell or token here"), tr("or select it and press X"));
}

void ShelfView::setDropCard(int id) {
    for (const auto& [other, shown] : m_cards)
        shown->setDropTarget(other == id);
}

int ShelfView::cardAt(const QPoint& global) const {
    for (const auto& [id, shown] : m_cards)
        if (shown->rect().contains(shown->mapFromGlobal(global)) &&
            viewport()->rect().contains(viewport()->mapFromGlobal(global)))
            return id;
    return -1;
}

void ShelfView::focusCard(int id) {
    if (ShelfCard* shown = card(id)) {
        ensureWidgetVisible(shown);
        shown->focusKind();
    }
}

QRect ShelfView::dropRect() const {
    return {m_slot->mapTo(this, QPoint(0, 0)), m_slot->size()};
}

} // namespace cutaway::widgets
