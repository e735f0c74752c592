// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/delegates/token_delegate.h"

#include "widgets/models/token_model.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kPadding = 7;
constexpr int kWidest = 220;
constexpr double kShade = 0.34;
} // namespace

int TokenDelegate::chipHeight() {
    return Theme::instance().onStage(28);
}

void TokenDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
    const Palette& p = colours();
    painter->save();
    // A one-row list stretches its items to its own height; the chip keeps its size.
    const double height = std::min<double>(option.rect.height(), chipHeight());
    const QRectF chip(option.rect.left(), option.rect.center().y() + 0.5 - height / 2, option.rect.width(),
                      height);
    const double prob = index.data(TokenModel::ProbabilityRole).toDouble();
    const bool current = index.row() == m_cursor;
    const bool hover = option.state & QStyle::State_MouseOver;
    if (prob > 0.0)
        paintBox(*painter, chip, 5, mixed(p.page, p.accent, kShade * prob));
    else if (hover)
        paintBox(*painter, chip, 5, p.sunk);
    if (index.data(TokenModel::GeneratedRole).toBool() && !current) {
        painter->setPen(QPen(p.faint, 1, Qt::DotLine));
        painter->drawLine(chip.bottomLeft() + QPointF(5, -1), chip.bottomRight() + QPointF(-5, -1));
    }
    painter->setFont(typeFont(Theme::Type::Chip));
    const QString text = index.data().toString();
    // The dot that stands for a space is a mark, not part of the word: it recedes.
    const double baseline = centredBaseline(chip, painter->font());
    double x = chip.left() + kPadding;
    qsizetype dots = 0;
    while (dots < text.size() && text.at(dots) == QChar(0x00B7))
        ++dots;
    painter->setPen(p.mute);
    if (dots > 0) x += paintLine(*painter, x, baseline, text.left(dots), chip.width());
    painter->setPen(p.text);
    paintLine(*painter, x, baseline, text.mid(dots), chip.right() - kPadding + 1 - x);
    if (index.data(TokenModel::HiddenRole).toBool()) paintHatch(*painter, chip);

    const QVariant weight = index.data(TokenModel::WeightRole);
    if (weight.isValid() && weight.toDouble() > 0.004) {
        // How much the query looks here: length and strength of a line under the chip.
        const double share = std::min(1.0, weight.toDouble());
        const double length = (chip.width() - 4) * (0.15 + 0.85 * std::sqrt(share));
        paintBox(*painter, QRectF(chip.center().x() - length / 2, chip.bottom() - 2.5, length, 3), 1.5,
                 faded(p.accent, 0.35 + 0.65 * share));
    }
    if (current)
        paintBox(*painter, chip, 6, {}, p.accent, 2.0);
    else if (hover)
        paintBox(*painter, chip, 5, {}, p.faint, 1.0);
    painter->restore();
}

QSize TokenDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const {
    const QFontMetricsF metrics(typeFont(Theme::Type::Chip));
    const double width = metrics.horizontalAdvance(index.data().toString());
    return {std::min(Theme::instance().onStage(kWidest), static_cast<int>(std::ceil(width)) + 2 * kPadding),
            chipHeight()};
}

} // namespace cutaway::widgets
