// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainter>
#include <QRectF>
#include <QString>

#include <vector>

namespace cutaway::widgets {

/// Lines of 20 px that `text` takes in `width`; what stands between backticks is set in mono.
int richLines(const QString& text, double width);
/// Draws it in the painter's pen, in up to `lines` lines, cut with … after them.
void paintRich(QPainter& painter, const QRectF& area, const QString& text, int lines);

/// A vector as a row of coloured cells, each dim times `weight`; `scale` is the strongest colour's value.
void paintStrip(QPainter& painter, const QRectF& rect, const std::vector<float>& values, float weight,
                float scale, bool strong);
/// The same in one neutral colour: a length without a sign, or a score around its axis.
void paintThin(QPainter& painter, double from, double to, double middle, bool strong);
/// A number that ends at `right`, with tabular figures.
void paintFigure(QPainter& painter, double right, double baseline, const QString& text);
/// The number of a step in a disc, and its name.
void paintStepHead(QPainter& painter, double left, double top, int number, const QString& name);

} // namespace cutaway::widgets
