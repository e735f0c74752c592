// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/util/colormap.h"

#include <QColor>
#include <QRectF>
#include <QString>

QT_BEGIN_NAMESPACE
class QPainter;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// The palette's dark or light, whichever reads better on `ground`. Contrast is at least 3.7 on any colour.
QColor readableOn(const QColor& ground);

/// One sentence in the middle of an empty place, mute, in as many lines as it takes.
void paintMessage(QPainter& painter, const QRectF& area, const QString& sentence);

/// Width of a colour bar with its words, logical pixels.
double colourBarWidth(double low, double high, const QString& unit, MapKind kind);
/// A slim colour bar in `line`, from its left: the low end, the colours, the high end, the unit. Signed
/// scales mark their zero.
void paintColourBar(QPainter& painter, const QRectF& line, MapKind kind, double low, double high,
                    const QString& unit);

/// How a bar says what it stands for. Provenance is line, not hue.
struct BarLook {
    bool cut = false;      ///< hatched
    bool estimate = false; ///< dotted
    bool faint = false;    ///< recedes behind the others
};
/// A bar from `zero` to `end` (x, logical pixels) around the height `middle`, blue or orange by its
/// direction; at least 1.5 px long unless it is nothing.
void paintSignedBar(QPainter& painter, double zero, double end, double middle, double thickness,
                    const BarLook& look);
/// The outline that a former value leaves.
void paintFormer(QPainter& painter, double zero, double end, double middle, double thickness);

/// Where a signed scale stands in a strip of pixels: `x(0)` is the axis.
struct SignedAxis {
    double left = 0.0;  ///< x of `low`
    double low = 0.0;   ///< ≤ 0
    double scale = 0.0; ///< pixels a unit
    double x(double value) const { return left + (value - low) * scale; }
};
/// The axis that shows low…high and zero in `width` pixels from `left`.
SignedAxis signedAxis(double low, double high, double left, double width);

} // namespace cutaway::widgets
