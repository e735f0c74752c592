// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/contribution_bars.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kPad = 14;
constexpr int kFooterGap = 8;
constexpr double kBar = 13;
constexpr double kWidestName = 150;
constexpr double kWidestNote = 90;
constexpr double kWidestBars = 420;
constexpr double kGap = 10;
} // namespace

ContributionBars::Columns ContributionBars::columns() const {
    const QFontMetricsF mono(typeFont(Theme::Type::Mono));
    const QFontMetricsF caption(typeFont(Theme::Type::Caption));
    double name = 44;
    double figure = 0;
    double note = 0;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        const ContributionBar& bar = barOf(static_cast<int>(row));
        name = std::max(name, mono.horizontalAdvance(bar.name) + (m_rows[row] < 0 ? 14 : 0));
        figure = std::max(figure, tabularWidth(typeFont(Theme::Type::Body), number(bar)));
        note = std::max(note, caption.horizontalAdvance(bar.note));
    }
    Columns at;
    at.nameLeft = kPad;
    at.nameRight = kPad + std::min({std::ceil(name), kWidestName, width() * 0.36});
    at.noteWidth = std::min(std::ceil(note), kWidestNote);
    at.barLeft = at.nameRight + kGap;
    const double right = width() - kPad - (at.noteWidth > 0 ? at.noteWidth + 8 : 0);
    at.barWidth = std::clamp(right - figure - 2 * kGap - at.barLeft, 24.0, kWidestBars);
    at.numberRight = at.barLeft + at.barWidth + kGap + std::ceil(figure);
    at.noteLeft = at.numberRight + 8;
    return at;
}

void ContributionBars::paintRow(QPainter& painter, int row, const Columns& at, const SignedAxis& axis) const {
    const Palette& p = colours();
    const QRectF line(rowRect(row));
    const ContributionBar& bar = barOf(row);
    const int index = m_rows[static_cast<std::size_t>(row)];
    const bool others = index < 0;
    const bool chosen = others ? m_onOthers && hasFocus() : index == m_selected;
    // As wide as what the row says, or as the panel where that is nearly the same.
    const double said = std::max(at.noteLeft + at.noteWidth, at.numberRight) + 6;
    const double wide = width() - said < 48 ? width() - 4.0 : said;
    const QRectF ground(2, line.top() + 0.5, wide, line.height() - 1);
    if (chosen)
        paintBox(painter, ground, 4, p.accentGround, hasFocus() ? p.accent : QColor());
    else if (row == m_hovered || row == m_lit)
        paintBox(painter, ground, 4, faded(p.text, 0.05));
    if (row == m_hovered && bar.payload) paintIcon(painter, Icon::Grip, gripRect(row), p.mute);
    painter.setFont(typeFont(Theme::Type::Mono));
    const double baseline = centredBaseline(line, painter.font());
    const QFontMetricsF mono(painter.font());
    painter.setPen(bar.faint || others ? p.mute : p.text);
    const double room = at.nameRight - at.nameLeft - (others ? 14 : 0);
    const QString name = mono.elidedText(bar.name, Qt::ElideRight, room);
    const double left = at.nameRight - mono.horizontalAdvance(name);
    painter.drawText(QPointF(left, baseline), name);
    if (others)
        paintIcon(painter, m_expanded ? Icon::ChevronDown : Icon::ChevronRight,
                  QRectF(left - 14, line.center().y() - 5, 10, 10), p.mute);
    if (others && m_expanded) return;
    const double middle = line.center().y();
    const double zero = axis.x(0);
    if (std::abs(bar.value) >= 0.5 * std::pow(10.0, -m_decimals)) // what reads as zero is drawn as zero
        paintSignedBar(painter, zero, axis.x(bar.value), middle, kBar,
                       {bar.cut, bar.estimate, bar.faint || others});
    if (bar.former) paintFormer(painter, zero, axis.x(*bar.former), middle, kBar);
    painter.setFont(typeFont(Theme::Type::Body));
    painter.setPen(bar.faint || others ? p.mute : p.text);
    const QString figure = number(bar);
    paintTabular(painter, at.numberRight - tabularWidth(painter.font(), figure), baseline, figure);
    if (bar.note.isEmpty()) return;
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    paintLine(painter, at.noteLeft, baseline, bar.note, std::min(at.noteWidth + 1, width() - at.noteLeft));
}

void ContributionBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    if (!m_state.title.isEmpty() || !m_state.total.isEmpty()) {
        painter.setFont(typeFont(Theme::Type::SectionHead));
        painter.setPen(p.mute);
        const double baseline = centredBaseline(QRectF(0, 0, width(), headHeight() - 4), painter.font());
        const double wide = QFontMetricsF(painter.font()).horizontalAdvance(m_state.total);
        paintLine(painter, kPad, baseline, m_state.title, width() - 3 * kPad - wide);
        painter.drawText(QPointF(width() - kPad - wide, baseline), m_state.total);
    }
    if (!m_state.message.isEmpty()) {
        paintMessage(painter, QRectF(0, headHeight(), width(), height() - headHeight()), m_state.message);
        return;
    }
    if (m_rows.empty()) return;
    painter.setOpacity(m_state.stale ? 0.45 : 1.0);
    const Columns at = columns();
    const SignedAxis axis = signedAxis(m_low, m_high, at.barLeft, at.barWidth);
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row)
        paintRow(painter, row, at, axis);
    const int bars = static_cast<int>(m_rows.size()) - (m_expanded && m_rows.back() < 0 ? 1 : 0);
    painter.setPen(QPen(p.faint, 1));
    const double zero = std::round(axis.x(0)) + (axis.x(0) > at.barLeft ? 0.5 : -0.5);
    painter.drawLine(QPointF(zero, headHeight() + 1), QPointF(zero, rowRect(bars - 1).bottom()));
    if (!m_state.footer.isEmpty()) {
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.mute);
        const double top = rowRect(static_cast<int>(m_rows.size())).top() + kFooterGap;
        painter.drawText(QRectF(kPad, top, width() - 2 * kPad, std::max(0.0, height() - top)),
                         Qt::TextWordWrap, m_state.footer);
    }
}

QPixmap ContributionBars::thumbnail(int row) const {
    const ContributionBar& bar = barOf(row);
    const double scale = devicePixelRatioF();
    const QSize box(72, 24);
    QPixmap pixmap(box * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(colours().panel);
    QPainter painter(&pixmap);
    const SignedAxis axis = signedAxis(m_low, m_high, 4, box.width() - 8);
    paintSignedBar(painter, axis.x(0), axis.x(bar.value), box.height() / 2.0, kBar,
                   {bar.cut, bar.estimate, bar.faint});
    painter.setPen(QPen(colours().faint, 1));
    painter.drawLine(QPointF(axis.x(0), 2), QPointF(axis.x(0), box.height() - 2));
    return pixmap;
}

} // namespace cutaway::widgets
