// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace cutaway::widgets {

/// Paints one chip: mono text on the accent at up to 34 % by probability, a 2-px ring at the cursor, a line
/// below where a query looks, the hatch where a cut hides it.
class TokenDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// Logical pixels; larger while presenting.
    static int chipHeight();

    using QStyledItemDelegate::QStyledItemDelegate;
    /// The current position, which wears the ring whether or not the view has the focus.
    void setCursor(int row) { m_cursor = row; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_cursor = -1;
};

} // namespace cutaway::widgets
