// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/paint.h"

#include "widgets/util/theme.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {

double digitWidth(const QFontMetricsF& metrics) {
    double widest = 0.0;
    for (char16_t c = u'0'; c <= u'9'; ++c)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(c)));
    // A sign takes a digit's place too, so that columns of signed numbers stand.
    return widest;
}

bool inCell(QChar c) {
    return c.isDigit() || c == QLatin1Char('+') || c == QChar(0x2212);
}

} // namespace

void paintHatch(QPainter& painter, const QRectF& rect) {
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colours().cut, 1.0));
    const double step = 6.5;
    for (double x = rect.left() - rect.height(); x < rect.right(); x += step)
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()));
    painter.restore();
}

double tabularWidth(const QFont& font, const QString& text) {
    const QFontMetricsF metrics(font);
    const double cell = digitWidth(metrics);
    double width = 0.0;
    for (const QChar c : text)
        width += inCell(c) ? cell : metrics.horizontalAdvance(c);
    return width;
}

double paintTabular(QPainter& painter, double left, double baseline, const QString& text) {
    const QFontMetricsF metrics(painter.font());
    const double cell = digitWidth(metrics);
    double x = left;
    for (const QChar c : text) {
        const double own = metrics.horizontalAdvance(c);
        const double width = inCell(c) ? cell : own;
        painter.drawText(QPointF(x + (width - own) / 2, baseline), QString(c));
        x += width;
    }
    return x - left;
}

void paintBox(QPainter& painter, const QRectF& rect, double radius, const QColor& fill, const QColor& frame,
              double width) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter.setPen(frame.isValid() ? QPen(frame, width) : QPen(Qt::NoPen));
    const double inset = frame.isValid() ? width / 2 : 0.0;
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius);
    painter.restore();
}

void paintAskable(QPainter& painter, const QRectF& number, bool hovered, bool focused) {
    if (!hovered && !focused) return;
    painter.setPen(focused ? QPen(colours().accent, 2) : QPen(colours().mute, 1, Qt::DotLine));
    painter.drawLine(number.bottomLeft(), number.bottomRight());
}

void paintShadow(QPainter& painter, const QRectF& rect, double radius, double spread) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    const QColor shadow = colours().shadow;
    for (double d = 0.5; d < spread; d += 1.0) {
        const double share = 1.0 - d / spread;
        painter.setPen(QPen(faded(shadow, shadow.alphaF() * share * share), 1.2));
        painter.drawRoundedRect(rect.adjusted(-d, -d, d, d), radius + d, radius + d);
    }
    painter.restore();
}

double centredBaseline(const QRectF& rect, const QFont& font) {
    const QFontMetricsF metrics(font);
    return std::round(rect.center().y() + metrics.capHeight() / 2);
}

double paintLine(QPainter& painter, double left, double baseline, const QString& text, double width) {
    const QFontMetricsF metrics(painter.font());
    const QString shown = metrics.elidedText(text, Qt::ElideRight, width);
    painter.drawText(QPointF(left, baseline), shown);
    return metrics.horizontalAdvance(shown);
}

} // namespace cutaway::widgets
