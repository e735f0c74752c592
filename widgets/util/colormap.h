// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/host_tensor.h"

#include <QImage>
#include <QRgb>

#include <array>
#include <cstdint>
#include <vector>

namespace cutaway::widgets {

/// Which map turns numbers into colours: absolute values read in viridis, signed ones from blue over the
/// page's own colour to orange, so that nothing happening looks like nothing.
enum class MapKind { Absolute, Change };

/// A colour for each of 256 levels, opaque.
using ColourTable = std::array<QRgb, 256>;

/// Viridis. **Source:** matplotlib's `_viridis_data` (S. van der Walt, N. Smith, E. Firing), released CC0.
const ColourTable& viridis();
/// Level 128 is the page, 0 negative, 255 positive; made from the palette in use.
ColourTable diverging();
/// The table for a kind, in the palette in use.
ColourTable colourTable(MapKind kind);

/// The colour of `value` on a scale low…high (clamped; not-a-number reads as low).
QRgb colourOf(const ColourTable& table, float value, float low, float high);

/// A matrix [rows, cols] of levels.
struct Levels {
    int rows = 0;
    int cols = 0;
    std::vector<std::uint8_t> pixels; ///< row-major
};

/// Linear levels of a matrix of floats: `low` is 0 and `high` 255. `values` holds rows × cols.
Levels levelsOf(const float* values, int rows, int cols, float low, float high);

/// The picture of a matrix at `width` × `height` device pixels without smoothing: cells grow as squares, and
/// where there are more cells than pixels each pixel shows the cell that stands out most (the largest;
/// for Change the one furthest from 128), so a one-cell diagonal survives at any length. With `causal`, cells
/// right of the diagonal, which no query can see, are painted as sunk; column 0 is key `firstKey`.
QImage heatImage(const Levels& levels, int width, int height, MapKind kind, bool causal, int firstKey = 0);

} // namespace cutaway::widgets
