// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/views/inside_text.h"

#include <QRectF>

#include <array>

namespace cutaway::widgets {

/// Where the parts of the inside view stand, content pixels (before scrolling).
struct InsideLayout {
    struct Span {
        double left = 0.0, width = 0.0;
        double right() const { return left + width; }
    };

    static constexpr double margin = 16.0;
    static constexpr double gap = 20.0; ///< between columns
    static constexpr double row = 20.0;
    static constexpr double strip = 13.0; ///< height of a strip of dims
    static constexpr double bar = 11.0;
    static constexpr double place = 22.0;  ///< the position beside a token
    static constexpr double figure = 42.0; ///< a number beside its bar

    std::array<Span, 7> columns; ///< by InsideColumn
    bool towards = true;         ///< whether there is that column
    double lead = 0.0;           ///< top of the sentence
    int leadLines = 1;
    double steps = 0.0; ///< top of the four steps' words
    int stepLines = 2;
    double heads = 0.0; ///< top of the columns' heads
    double query = 0.0; ///< top of the query's row
    double rows = 0.0;  ///< top of the first key's row
    int rowCount = 0;   ///< with the row of those folded
    double sums = 0.0;  ///< top of the sums' row
    double say = 0.0;   ///< top of the last step
    double width = 0.0, height = 0.0;

    const Span& at(InsideColumn column) const { return columns[static_cast<std::size_t>(column)]; }
    QRectF cell(int rowIndex, InsideColumn column) const;
    QRectF line(int rowIndex) const;
    /// The strip of dims inside a line of the key or the value column.
    QRectF stripIn(InsideColumn column, double top) const;
    /// The columns a step's words stand over: 0 match, 1 look, 2 take, 3 write.
    Span step(int index) const;
};

/// The layout for a viewport of `width`; `rowCount` lines of keys.
InsideLayout insideLayout(const InsideViewState& state, const InsideRows& rows, int rowCount, double width);

} // namespace cutaway::widgets
