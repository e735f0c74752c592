// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inside_marks.h"

#include "widgets/util/colormap.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr double kLine = 20;

/// Lays words out from left to right and calls `draw(x, line, piece, mono)`; returns the lines taken.
template <class Draw> int layWords(const QString& text, double width, const Draw& draw) {
    const QFontMetricsF plain(typeFont(Theme::Type::Body));
    const QFontMetricsF code(typeFont(Theme::Type::Mono));
    const double space = plain.horizontalAdvance(QLatin1Char(' '));
    double x = 0;
    int line = 0;
    bool mono = false;
    for (const QString& word : text.split(QLatin1Char(' '))) {
        const QStringList parts = word.split(QLatin1Char('`'));
        double wide = 0;
        for (qsizetype i = 0; i < parts.size(); ++i)
            wide += (mono != (i % 2 == 1) ? code : plain).horizontalAdvance(parts.at(i));
        if (x > 0 && x + wide > width) {
            ++line;
            x = 0;
        }
        for (qsizetype i = 0; i < parts.size(); ++i) {
            if (i > 0) mono = !mono;
            draw(x, line, parts.at(i), mono);
            x += (mono ? code : plain).horizontalAdvance(parts.at(i));
        }
        x += space;
    }
    return line + 1;
}

} // namespace

int richLines(const QString& text, double width) {
    return layWords(text, width, [](double, int, const QString&, bool) {});
}

void paintRich(QPainter& painter, const QRectF& area, const QString& text, int lines) {
    double end = area.left();
    bool more = false;
    const auto baseline = [&](int line) { return area.top() + 14 + line * kLine; };
    layWords(text, area.width(), [&](double x, int line, const QString& piece, bool mono) {
        more = more || line >= lines;
        if (line >= lines) return;
        painter.setFont(typeFont(mono ? Theme::Type::Mono : Theme::Type::Body));
        painter.drawText(QPointF(area.left() + x, baseline(line)), piece);
        if (line == lines - 1) end = area.left() + x + QFontMetricsF(painter.font()).horizontalAdvance(piece);
    });
    if (more) painter.drawText(QPointF(end + 1, baseline(lines - 1)), QStringLiteral("…"));
}

void paintStrip(QPainter& painter, const QRectF& rect, const std::vector<float>& values, float weight,
                float scale, bool strong) {
    const Palette& p = colours();
    std::vector<float> shown(values.size());
    std::transform(values.begin(), values.end(), shown.begin(), [weight](float v) { return v * weight; });
    const float end = scale > 0 ? scale : 1.0F;
    const Levels levels = levelsOf(shown.data(), 1, static_cast<int>(shown.size()), -end, end);
    const double ratio = painter.device()->devicePixelRatioF();
    painter.drawImage(rect, heatImage(levels, static_cast<int>(std::lround(rect.width() * ratio)), 1,
                                      MapKind::Change, false));
    painter.setPen(QPen(strong ? p.faint : p.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5));
}

void paintThin(QPainter& painter, double from, double to, double middle, bool strong) {
    if (std::abs(to - from) < 0.25) return;
    const double length = std::max(1.0, std::abs(to - from));
    painter.fillRect(QRectF(to < from ? from - length : from, middle - 2.5, length, 5),
                     mixed(colours().page, colours().text, strong ? 0.62 : 0.4));
}

void paintFigure(QPainter& painter, double right, double baseline, const QString& text) {
    paintTabular(painter, right - tabularWidth(painter.font(), text), baseline, text);
}

void paintStepHead(QPainter& painter, double left, double top, int number, const QString& name) {
    const Palette& p = colours();
    const QRectF ring(left, top, 15, 15);
    paintBox(painter, ring, 7.5, p.accentGround);
    painter.setFont(typeFont(Theme::Type::CaptionStrong));
    painter.setPen(p.accent);
    const QString digit = QString::number(number);
    painter.drawText(QPointF(ring.center().x() - QFontMetricsF(painter.font()).horizontalAdvance(digit) / 2,
                             centredBaseline(ring, painter.font())),
                     digit);
    painter.setFont(typeFont(Theme::Type::SectionHead));
    painter.setPen(p.mute);
    painter.drawText(QPointF(ring.right() + 6, centredBaseline(ring, painter.font())), name);
}

} // namespace cutaway::widgets
