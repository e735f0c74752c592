// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace cutaway::widgets {

/// Every colour of the window, by what it is for. One value for light, one for dark; nothing else in the
/// program names a colour.
struct Palette {
    QColor page;         ///< ground of views; the zero of signed scales
    QColor panel;        ///< top bar, tree, shelf, status line
    QColor sunk;         ///< the empty part of plots and bars
    QColor line;         ///< one-pixel separators
    QColor text;         ///< what is read first
    QColor mute;         ///< what is read second
    QColor faint;        ///< marks, unavailable things
    QColor accent;       ///< selection, cursor, the one primary button
    QColor accentGround; ///< ground under what is selected
    QColor onAccent;     ///< text on the primary button
    QColor cut;          ///< hatch, ⊘, sliders, changed numbers; nothing else
    QColor cutGround;    ///< ground of a card's kind
    QColor negative;     ///< end of the diverging scale, bars below zero
    QColor positive;     ///< end of the diverging scale, bars above zero
    QColor good;         ///< trust dot
    QColor shadow;       ///< under what floats, with its alpha
    bool dark = false;

    static Palette light();
    static Palette darkened();

    friend bool operator==(const Palette&, const Palette&) = default;
};

/// `over` laid on `ground` with `share` (0…1) of its own; opaque.
QColor mixed(const QColor& ground, const QColor& over, double share);

/// `colour` with its alpha set to `alpha` (0…1).
QColor faded(const QColor& colour, double alpha);

} // namespace cutaway::widgets
