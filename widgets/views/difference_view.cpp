// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/difference_view.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
const QString kArrow = QStringLiteral(" → ");
constexpr int shareRoom = 104; ///< right of the numbers
} // namespace

DifferenceView::DifferenceView(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    followTheme(this);
}

void DifferenceView::setDifferences(std::optional<double> uncut, std::optional<double> cut, bool change,
                                    bool stale) {
    m_uncut = uncut;
    m_cut = cut;
    m_change = change;
    m_stale = stale;
    describe();
    updateGeometry();
    update();
}

void DifferenceView::setShare(const QString& share) {
    if (share == m_share) return;
    m_share = share;
    describe();
    updateGeometry();
    update();
}

void DifferenceView::setPreview(std::optional<double> preview) {
    if (preview == m_preview) return;
    m_preview = preview;
    describe();
    update();
}

void DifferenceView::describe() {
    QString said;
    if (m_uncut) said = tr("Logit difference %1").arg(formatSigned(*m_uncut));
    if (m_uncut && m_cut)
        said = tr("Logit difference %1 uncut, %2 cut").arg(formatSigned(*m_uncut), formatSigned(*m_cut));
    if (m_stale) said += tr(", out of date");
    if (!m_share.isEmpty()) said += QStringLiteral(", ") + m_share;
    if (m_preview) said = tr("Preview: logit difference %1").arg(formatSigned(*m_preview));
    setAccessibleName(said);
}

QSize DifferenceView::sizeHint() const {
    const QFont big = typeFont(Theme::Type::Answer);
    double width = 0;
    // Room for both numbers and two digits before the point, so that nothing moves when a cut comes or goes.
    const double number = tabularWidth(big, QStringLiteral("+00.00"));
    const double said = QFontMetricsF(typeFont(Theme::Type::Caption)).horizontalAdvance(m_share);
    if (m_uncut) width += 2 * number + QFontMetricsF(big).horizontalAdvance(kArrow);
    return {static_cast<int>(std::ceil(width)) + std::max(shareRoom, static_cast<int>(said) + 16),
            Theme::instance().onStage(40)};
}

void DifferenceView::paintEvent(QPaintEvent*) {
    if (!m_uncut) return;
    QPainter painter(this);
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Answer));
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    painter.setOpacity(m_stale ? 0.5 : 1.0);
    double x = 0;
    const std::optional<double> after = m_preview ? m_preview : m_cut;
    double framed = x;
    if (after && m_change) {
        painter.setPen(p.cut);
        x += paintTabular(painter, x, baseline, formatSigned(*after - *m_uncut));
    } else if (after) {
        painter.setPen(p.mute);
        x += paintTabular(painter, x, baseline, formatSigned(*m_uncut));
        painter.setPen(p.faint);
        painter.drawText(QPointF(x, baseline), kArrow);
        x += QFontMetricsF(painter.font()).horizontalAdvance(kArrow);
        framed = x;
        painter.setPen(p.cut);
        x += paintTabular(painter, x, baseline, formatSigned(*after));
    } else {
        painter.setPen(p.text);
        x += paintTabular(painter, x, baseline, formatSigned(*m_uncut));
    }
    if (m_preview) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(p.cut, 1, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(framed - 4, 1.5, x - framed + 8, height() - 3), 6, 6);
    }
    paintAskable(painter, QRectF(0, 0, x, height() - 1), underMouse(), hasFocus());
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    const QString second = m_preview ? tr("preview") : m_share;
    const double first = second.isEmpty() ? baseline : baseline - 9;
    painter.drawText(QPointF(x + 12, first), after && m_change ? tr("logits, change") : tr("logits"));
    painter.setPen(p.cut);
    painter.drawText(QPointF(x + 12, first + 14), second);
}

} // namespace cutaway::widgets
