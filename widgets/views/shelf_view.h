// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/views/shelf_card.h"

#include <QScrollArea>

#include <vector>

QT_BEGIN_NAMESPACE
class QVBoxLayout;
QT_END_NAMESPACE

namespace cutaway::widgets {

class DropSlot;

/// The shelf: a card for every cut, in the order of the model, and the place to drop more.
class ShelfView : public QScrollArea {
    Q_OBJECT
public:
    /// What is held over the shelf.
    enum class Drop { None, Open /* something is carried */, Over, Forbidden };

    explicit ShelfView(QWidget* parent = nullptr);

    /// Shows these cards in this order. Cards keep their widgets (and a held slider) by id.
    void setCards(const std::vector<ShelfCardState>& cards);
    ShelfCard* card(int id) const;
    /// How the drop place looks; `words` replace its text (the reason why not), empty for its own.
    void setDrop(Drop drop, const QString& words = {});
    /// What is carried would join this card; −1 for none.
    void setDropCard(int id);
    /// The id of the card at a global position, −1 for none.
    int cardAt(const QPoint& global) const;
    /// The kind chip of a card takes the focus.
    void focusCard(int id);
    /// The drop place in this widget's coordinates.
    QRect dropRect() const;

    QSize sizeHint() const override;

Q_SIGNALS:
    void cardSelected(int id);
    void enabledChanged(int id, bool enabled);
    void soloChanged(int id, bool solo);
    void duplicateRequested(int id);
    void splitRequested(int id);
    void moveRequested(int id, int by);
    void kindChosen(int id, const QString& kind);
    void placeChosen(int id, const QString& place);
    /// While the slider moves; one gesture ends with strengthCommitted.
    void strengthChanging(int id, double strength);
    void strengthCommitted(int id, double strength);
    void deleteRequested(int id);
    void fixRequested(int id);
    void textCopied(const QString& text);

private:
    ShelfCard* makeCard(int id);

    QWidget* m_body;
    QVBoxLayout* m_column;
    std::vector<std::pair<int, ShelfCard*>> m_cards; ///< in shown order
    DropSlot* m_slot;
    Drop m_drop = Drop::None;
    QString m_dropWords;
};

} // namespace cutaway::widgets
