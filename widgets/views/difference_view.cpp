// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/difference_view.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace cutaway::widgets {

namespace {
const QString kArrow = QStringLiteral(" → ");
} // namespace

DifferenceView::DifferenceView(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    followTheme(this);
}

void DifferenceView::setDifferences(std::optional<double> uncut, std::optional<double> cut, bool change,
                                    bool stale) {
    m_uncut = uncut;
    m_cut = cut;
    m_change = change;
    m_stale = stale;
    QString said;
    if (m_uncut) said = tr("Logit difference %1").arg(formatSigned(*m_uncut));
    if (m_uncut && m_cut)
        said = tr("Logit difference %1 uncut, %2 cut").arg(formatSigned(*m_uncut), formatSigned(*m_cut));
    if (m_stale) said += tr(", out of date");
    setAccessibleName(said);
    updateGeometry();
    update();
}

QSize DifferenceView::sizeHint() const {
    const QFont big = typeFont(Theme::Type::Answer);
    double width = 0;
    // Room for both numbers and two digits before the point, so that nothing moves when a cut comes or goes.
    const double number = tabularWidth(big, QStringLiteral("+00.00"));
    if (m_uncut) width += 2 * number + QFontMetricsF(big).horizontalAdvance(kArrow);
    return {static_cast<int>(std::ceil(width)) + 56, 36};
}

void DifferenceView::paintEvent(QPaintEvent*) {
    if (!m_uncut) return;
    QPainter painter(this);
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Answer));
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    painter.setOpacity(m_stale ? 0.5 : 1.0);
    double x = 0;
    if (m_cut && m_change) {
        painter.setPen(p.cut);
        x += paintTabular(painter, x, baseline, formatSigned(*m_cut - *m_uncut));
    } else if (m_cut) {
        painter.setPen(p.mute);
        x += paintTabular(painter, x, baseline, formatSigned(*m_uncut));
        painter.setPen(p.faint);
        painter.drawText(QPointF(x, baseline), kArrow);
        x += QFontMetricsF(painter.font()).horizontalAdvance(kArrow);
        painter.setPen(p.cut);
        x += paintTabular(painter, x, baseline, formatSigned(*m_cut));
    } else {
        painter.setPen(p.text);
        x += paintTabular(painter, x, baseline, formatSigned(*m_uncut));
    }
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    painter.drawText(QPointF(x + 12, baseline), tr("logits"));
    if (m_cut && m_change) painter.drawText(QPointF(x + 12, baseline - 13), tr("change"));
}

} // namespace cutaway::widgets
