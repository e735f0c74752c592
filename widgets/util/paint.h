// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPainter>
#include <QRectF>
#include <QString>

namespace cutaway::widgets {

/// The 45° hatch that says "cut", over whatever is in `rect`. Lines 1 px wide, 6.5 px apart, in logical
/// pixels.
void paintHatch(QPainter& painter, const QRectF& rect);

/// Width of `text` when its digits all take the width of the widest one (Qt before 6.7 cannot ask a font for
/// its tabular figures).
double tabularWidth(const QFont& font, const QString& text);
/// Draws `text` from `left` on `baseline` with tabular figures, in the painter's font and pen; returns the
/// width drawn.
double paintTabular(QPainter& painter, double left, double baseline, const QString& text);

/// A rounded box: filled if `fill` is valid, with a frame of `width` inside `rect` if `frame` is valid.
void paintBox(QPainter& painter, const QRectF& rect, double radius, const QColor& fill,
              const QColor& frame = QColor(), double width = 1.0);

/// Under a number that says how it was computed when pressed: dots while the pointer is over it, a line in
/// the accent while it has the focus.
void paintAskable(QPainter& painter, const QRectF& number, bool hovered, bool focused);

/// A soft shadow around `rect`, for what floats.
void paintShadow(QPainter& painter, const QRectF& rect, double radius, double spread);

/// Baseline that centres the capitals of `font` in `rect`.
double centredBaseline(const QRectF& rect, const QFont& font);

/// Draws one line at a baseline, cut with … at `width`; plain text always. Returns the width drawn.
double paintLine(QPainter& painter, double left, double baseline, const QString& text, double width);

} // namespace cutaway::widgets
