// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/marks.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr double kBarLength = 120;
constexpr double kWordGap = 6;
constexpr double kUnitGap = 10;
constexpr double kShortest = 1.5; ///< a bar that is there is seen

/// **Source:** WCAG 2.1, relative luminance.
double luminance(const QColor& colour) {
    const auto part = [](double v) { return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * part(colour.redF()) + 0.7152 * part(colour.greenF()) + 0.0722 * part(colour.blueF());
}

struct BarWords {
    QString low, high;
};
BarWords barWords(double low, double high, MapKind kind) {
    const int decimals = decimalsFor(std::max(std::abs(low), std::abs(high)));
    const auto word = [&](double v) {
        const bool whole = std::abs(v - std::round(v)) < 1e-9;
        const int digits = whole ? 0 : decimals;
        return kind == MapKind::Change ? formatSigned(v, digits) : formatNumber(v, digits);
    };
    return {word(low), word(high)};
}

/// The box of a bar, its zero side square on the axis.
QRectF barBox(double zero, double end, double middle, double thickness) {
    const double length = std::max(std::abs(end - zero), kShortest);
    return {end < zero ? zero - length : zero, middle - thickness / 2, length, thickness};
}

void paintStripes(QPainter& painter, const QRectF& box, const QColor& colour) {
    painter.setPen(QPen(colour, 1.4));
    for (double x = box.left() - box.height(); x < box.right() + box.height(); x += 4.5)
        painter.drawLine(QPointF(x, box.top()), QPointF(x + box.height(), box.bottom()));
}

} // namespace

QColor readableOn(const QColor& ground) {
    const Palette& p = colours();
    const QColor& dark = p.dark ? p.page : p.text;
    const QColor& light = p.dark ? p.text : p.panel;
    const double own = luminance(ground) + 0.05;
    return own / (luminance(dark) + 0.05) > (luminance(light) + 0.05) / own ? dark : light;
}

void paintMessage(QPainter& painter, const QRectF& area, const QString& sentence) {
    painter.setFont(typeFont(Theme::Type::Body));
    painter.setPen(colours().mute);
    const double width = std::max(40.0, std::min(area.width() - 32, 460.0));
    painter.drawText(QRectF(area.center().x() - width / 2, area.top(), width, area.height()),
                     Qt::AlignCenter | Qt::TextWordWrap, sentence);
}

double colourBarWidth(double low, double high, const QString& unit, MapKind kind) {
    const QFontMetricsF metrics(typeFont(Theme::Type::Caption));
    const BarWords words = barWords(low, high, kind);
    return metrics.horizontalAdvance(words.low) + metrics.horizontalAdvance(words.high) + kBarLength +
           2 * kWordGap + (unit.isEmpty() ? 0.0 : kUnitGap + metrics.horizontalAdvance(unit));
}

void paintColourBar(QPainter& painter, const QRectF& line, MapKind kind, double low, double high,
                    const QString& unit) {
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    const BarWords words = barWords(low, high, kind);
    const double baseline = centredBaseline(line, painter.font());
    double x = line.left();
    x += paintLine(painter, x, baseline, words.low, line.width()) + kWordGap;
    const ColourTable table = colourTable(kind);
    QImage ramp(static_cast<int>(table.size()), 1, QImage::Format_RGB32);
    std::copy(table.begin(), table.end(), reinterpret_cast<QRgb*>(ramp.scanLine(0)));
    const QRectF bar(x, std::round(line.center().y()) - 4, kBarLength, 8);
    painter.drawImage(bar, ramp);
    painter.setPen(QPen(p.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5));
    if (low < 0 && high > 0) {
        const double zero = bar.left() + bar.width() * -low / (high - low);
        painter.setPen(QPen(p.mute, 1));
        painter.drawLine(QPointF(zero, bar.top() - 2), QPointF(zero, bar.bottom() + 2));
    }
    x = bar.right() + kWordGap;
    painter.setPen(p.mute);
    x += paintLine(painter, x, baseline, words.high, std::max(0.0, line.right() - x)) + kUnitGap;
    paintLine(painter, x, baseline, unit, std::max(0.0, line.right() - x));
}

void paintSignedBar(QPainter& painter, double zero, double end, double middle, double thickness,
                    const BarLook& look) {
    if (!std::isfinite(end) || std::abs(end - zero) < 1e-9) return;
    const Palette& p = colours();
    QColor colour = end < zero ? p.negative : p.positive;
    if (look.faint) colour = mixed(p.panel, colour, 0.45);
    const QRectF box = barBox(zero, end, middle, thickness);
    QPainterPath shape;
    shape.addRoundedRect(box, std::min(2.0, box.width() / 2), 2);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (look.estimate) {
        painter.fillPath(shape, mixed(p.panel, colour, 0.16));
        painter.setClipPath(shape, Qt::IntersectClip);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        // Dots stand on a grid from the axis, so that bars under each other agree.
        const double way = end < zero ? -1.0 : 1.0;
        for (double dx = 2.0; dx < box.width(); dx += 4.0)
            for (double y = box.top() + 1.5; y < box.bottom(); y += 4.0)
                painter.drawEllipse(QPointF(zero + way * dx, y), 1.0, 1.0);
    } else {
        painter.fillPath(shape, colour);
    }
    if (look.cut) {
        painter.setClipPath(shape, Qt::IntersectClip);
        paintStripes(painter, box, mixed(colour, p.panel, p.dark ? 0.72 : 0.62));
    }
    painter.restore();
}

void paintFormer(QPainter& painter, double zero, double end, double middle, double thickness) {
    if (!std::isfinite(end) || std::abs(end - zero) < 1e-9) return;
    const QRectF box = barBox(zero, end, middle, thickness);
    paintBox(painter, box, std::min(2.0, box.width() / 2), {}, colours().mute, 1.0);
}

SignedAxis signedAxis(double low, double high, double left, double width) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    const double span = high - low;
    return {left, low, span > 0 ? width / span : 0.0};
}

} // namespace cutaway::widgets
