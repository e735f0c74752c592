// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/delegates/model_tree_delegate.h"

#include "widgets/models/model_tree_model.h"
#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QTreeView>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr double kLongestBar = 62.0;
/// Effects below this share of the largest are drawn as marks, not as findings.
constexpr double kNoise = 0.12;
constexpr double kNothing = 0.004; ///< below this not even that

void paintEffect(QPainter& painter, const QRectF& row, const QModelIndex& index, bool cut) {
    const double effect = index.data(ModelTreeModel::EffectRole).toDouble();
    const double scale = index.data(ModelTreeModel::EffectScaleRole).toDouble();
    if (scale <= 0.0 || !std::isfinite(effect)) return;
    const double share = std::min(1.0, std::abs(effect) / scale);
    if (share < kNothing) return;
    const Palette& p = colours();
    // In a narrow tree no bar reaches the names.
    const double longest = std::min(kLongestBar, 0.32 * row.width());
    const double width = std::max(3.0, longest * share);
    const QColor colour = share < kNoise ? p.faint : effect < 0 ? p.negative : p.positive;
    const QRectF bar(row.right() - 14 - width, row.center().y() - 3, width, 6);
    const bool stale = index.data(ModelTreeModel::EffectStaleRole).toBool();
    painter.setOpacity(stale ? 0.35 : 1.0);
    paintBox(painter, bar, 1, faded(colour, 0.85));
    if (cut) paintHatch(painter, bar.adjusted(0, -1, 0, 1));
    painter.setOpacity(1.0);
}

} // namespace

void ModelTreeDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const {
    const Palette& p = colours();
    const auto* tree = qobject_cast<const QTreeView*>(option.widget);
    QRectF row = option.rect;
    row.setLeft(0);
    if (tree) row.setRight(tree->viewport()->width());
    painter->save();
    const bool hover = option.state & QStyle::State_MouseOver;
    const bool chosen = option.state & QStyle::State_Selected;
    if (chosen)
        painter->fillRect(row, p.accentGround);
    else if (hover || m_lit == index)
        painter->fillRect(row, mixed(p.panel, p.text, 0.04));

    const bool inside = index.parent().isValid();
    const double markX = inside ? 32 : 12;
    const double textX = nameLeft(index);
    const QRectF mark(markX, row.center().y() - 6, 12, 12);
    const bool cut = index.data(ModelTreeModel::CutRole).toBool();
    if (index.model()->hasChildren(index)) {
        paintIcon(*painter, tree && tree->isExpanded(index) ? Icon::ChevronDown : Icon::ChevronRight,
                  mark.adjusted(1.5, 1.5, -1.5, -1.5), p.mute);
    } else if (hover && !cut) {
        paintIcon(*painter, Icon::Grip, mark, p.mute);
    } else if (!cut) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(p.faint, 1.1));
        painter->setBrush(Qt::NoBrush);
        painter->drawEllipse(mark.center(), 2.2, 2.2);
    }
    if (cut) {
        const bool arrow = index.model()->hasChildren(index);
        const double right =
            textX + QFontMetricsF(typeFont(Theme::Type::Body)).horizontalAdvance(index.data().toString());
        const QRectF at = arrow ? QRectF(right + 6, row.center().y() - 6, 12, 12) : mark;
        paintIcon(*painter, Icon::Cut, at, p.cut);
    }
    painter->setFont(typeFont(Theme::Type::Body));
    painter->setPen(p.text);
    paintLine(*painter, textX, centredBaseline(row, painter->font()), index.data().toString(),
              row.right() - textX - 12);
    if (index.data(ModelTreeModel::EffectRole).isValid()) paintEffect(*painter, row, index, cut);
    if ((option.state & QStyle::State_HasFocus) && tree && tree->hasFocus())
        paintBox(*painter, row.adjusted(1, 0, -1, 0), 4, {}, p.accent, 1.0);
    painter->restore();
}

QSize ModelTreeDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {120, rowHeight};
}

} // namespace cutaway::widgets
