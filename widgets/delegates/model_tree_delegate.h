// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace cutaway::widgets {

/// Paints a row of the model tree over the view's full width: arrow or mark, name, effect bar at the right.
class ModelTreeDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    static constexpr int rowHeight = 24;
    static constexpr int gripWidth = 28; ///< the left of a row, where the arrow stands

    /// Where a row's name begins; left of it stand arrow, mark or grip.
    static int nameLeft(const QModelIndex& index) { return index.parent().isValid() ? 48 : 30; }

    using QStyledItemDelegate::QStyledItemDelegate;
    /// A row shown as if hovered, since its part is hovered in another view.
    void setLit(const QModelIndex& index) { m_lit = index; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    QPersistentModelIndex m_lit;
};

} // namespace cutaway::widgets
