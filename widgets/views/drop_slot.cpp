// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/drop_slot.h"

#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

namespace cutaway::widgets {

DropSlot::DropSlot(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    followTheme(this);
}

void DropSlot::setLook(Look look) {
    if (look == m_look) return;
    m_look = look;
    update();
}

void DropSlot::setWords(const QString& first, const QString& second) {
    m_first = first;
    m_second = second;
    setAccessibleName(second.isEmpty() ? first : first + QLatin1Char(' ') + second);
    updateGeometry();
    update();
}

QSize DropSlot::sizeHint() const {
    return {240, 62};
}

void DropSlot::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& p = colours();
    const bool lit = m_look == Look::Open || m_look == Look::Over;
    if (m_look == Look::Over) paintBox(painter, QRectF(rect()), 8, p.accentGround);
    painter.setPen(QPen(lit ? p.accent : p.line, lit ? 1.5 : 1.0, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
    const QRectF words = QRectF(rect()).adjusted(12, 10, -12, -10);
    const auto line = [&](Theme::Type type, const QString& text, double baseline, const QColor& colour) {
        painter.setFont(typeFont(type));
        painter.setPen(colour);
        const QFontMetricsF metrics(painter.font());
        const QString shown = metrics.elidedText(text, Qt::ElideRight, words.width());
        painter.drawText(QPointF(words.center().x() - metrics.horizontalAdvance(shown) / 2, baseline), shown);
    };
    const double middle = words.center().y();
    const QColor first = m_look == Look::Forbidden ? p.faint : m_look == Look::Over ? p.text : p.mute;
    line(Theme::Type::Body, m_first, m_second.isEmpty() ? middle + 5 : middle - 3, first);
    if (!m_second.isEmpty()) line(Theme::Type::Caption, m_second, middle + 14, p.mute);
}

} // namespace cutaway::widgets
