// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inside_layout.h"

#include "widgets/util/theme.h"
#include "widgets/views/inside_marks.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr double kTitle = 44;
constexpr double kLine = 20;
constexpr double kStepHead = 18;
constexpr double kStepLine = 14;
constexpr double kColumnHead = 22;
constexpr double kWidestStrip = 420;
constexpr double kNarrowestStrip = 96;

/// A strip's width on which every dim takes as many pixels as the others, where that does not waste much.
double evenly(double room, std::size_t dims) {
    const auto n = static_cast<double>(std::max<std::size_t>(dims, 1));
    const double even = n * std::floor(room / n);
    return even >= 0.85 * room ? even : std::floor(room);
}
} // namespace

QRectF InsideLayout::line(int rowIndex) const {
    return {margin, rows + rowIndex * row, width - 2 * margin, row};
}

QRectF InsideLayout::cell(int rowIndex, InsideColumn column) const {
    const Span& span = at(column);
    return {span.left, rows + rowIndex * row, span.width, row};
}

QRectF InsideLayout::stripIn(InsideColumn column, double top) const {
    const Span& span = at(column);
    return {span.left, top + std::round((row - strip) / 2), span.width, strip};
}

InsideLayout::Span InsideLayout::step(int index) const {
    const auto over = [this](InsideColumn first, InsideColumn last) {
        return Span{at(first).left, at(last).right() - at(first).left};
    };
    switch (index) {
    case 0:
        return over(InsideColumn::Key, InsideColumn::Score);
    case 1:
        return over(InsideColumn::Pattern, InsideColumn::Pattern);
    case 2:
        return over(InsideColumn::Value, InsideColumn::Value);
    default:
        return over(InsideColumn::Written, towards ? InsideColumn::Towards : InsideColumn::Written);
    }
}

InsideLayout insideLayout(const InsideViewState& state, const InsideRows& rows, int rowCount, double width) {
    InsideLayout out;
    out.rowCount = rowCount;
    out.towards = !state.reading.towards.empty() && !state.answer.isEmpty();
    const QFontMetricsF mono(typeFont(Theme::Type::Mono));
    double token = 56;
    for (const int key : rows.keys)
        token = std::max(token, mono.horizontalAdvance(state.tokens.value(key)));
    token = std::min(std::ceil(token), 120.0) + InsideLayout::place;
    double score = 104;
    double pattern = 136;
    double written = 92;
    double towards = out.towards ? 132 : 0;
    const double gaps = InsideLayout::gap * (out.towards ? 6 : 5);
    const double fixed = token + score + pattern + written + towards + gaps;
    // Below what the narrowest strips need, the picture scrolls sideways.
    out.width = std::max(width, fixed + 2 * kNarrowestStrip + 2 * InsideLayout::margin);
    const double inner = out.width - 2 * InsideLayout::margin;
    const double room = (inner - fixed) / 2;
    const double each = std::clamp(room, kNarrowestStrip, kWidestStrip);
    const double keys = evenly(each, state.reading.q.size());
    const double values = evenly(each, state.reading.z.size());
    // What the strips leave over goes to the bars, most to those that are read last.
    const double spare = std::max(0.0, 2 * room - keys - values);
    const double more = std::min(spare / (out.towards ? 4 : 3), 90.0);
    score += more;
    pattern += more;
    written += more;
    if (out.towards) towards += more;
    double x = InsideLayout::margin;
    const double widths[] = {token, keys, score, pattern, values, written, towards};
    for (std::size_t i = 0; i < out.columns.size(); ++i) {
        out.columns[i] = {std::round(x), std::round(widths[i])};
        x += widths[i] + InsideLayout::gap;
    }
    out.leadLines = std::min(2, richLines(keySentence(state, rows, rows.best), inner));
    const QFontMetricsF caption(typeFont(Theme::Type::Caption));
    out.stepLines = 1;
    for (int step = 0; step < 4; ++step) {
        const QRectF words = caption.boundingRect(QRectF(0, 0, out.step(step).width + 6, 1000),
                                                  Qt::TextWordWrap, stepSentence(state, step));
        out.stepLines =
            std::max(out.stepLines, static_cast<int>(std::lround(words.height() / caption.lineSpacing())));
    }
    out.lead = kTitle;
    out.steps = out.lead + out.leadLines * kLine + 12;
    out.heads = out.steps + kStepHead + out.stepLines * kStepLine + 6;
    out.query = out.heads + kColumnHead;
    out.rows = out.query + InsideLayout::row + 10;
    out.sums = out.rows + rowCount * InsideLayout::row + 8;
    out.say = out.sums + InsideLayout::row + (rows.masked > 0 ? 18 : 0) + 14;
    out.height = out.say + kStepHead + 2 * 24 + kLine + 12;
    return out;
}

} // namespace cutaway::widgets
