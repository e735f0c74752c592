// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/palette.h"

#include <algorithm>

namespace cutaway::widgets {

// The only place of the program where colours stand as literals; a test looks for others.
Palette Palette::light() {
    Palette p;
    p.page = QColor(0xFB, 0xFA, 0xF7);
    p.panel = QColor(0xFF, 0xFF, 0xFF);
    p.sunk = QColor(0xF3, 0xF1, 0xEB);
    p.line = QColor(0xE3, 0xDF, 0xD6);
    p.text = QColor(0x1D, 0x21, 0x26);
    p.mute = QColor(0x6A, 0x6E, 0x75);
    p.faint = QColor(0xA2, 0xA4, 0x9F);
    p.accent = QColor(0x3F, 0x51, 0xC5);
    p.accentGround = QColor(0xE9, 0xEC, 0xFB);
    p.onAccent = QColor(0xFF, 0xFF, 0xFF);
    p.cut = QColor(0xB5, 0x40, 0x1B);
    p.cutGround = QColor(0xFB, 0xED, 0xE6);
    p.negative = QColor(0x2B, 0x6C, 0xB0);
    p.positive = QColor(0xD9, 0x73, 0x1A);
    p.good = QColor(0x2F, 0x7D, 0x4F);
    p.shadow = QColor(0x1D, 0x21, 0x26, 40);
    p.dark = false;
    return p;
}

Palette Palette::darkened() {
    Palette p;
    p.page = QColor(0x15, 0x17, 0x1B);
    p.panel = QColor(0x1C, 0x1F, 0x25);
    p.sunk = QColor(0x12, 0x14, 0x18);
    p.line = QColor(0x2D, 0x31, 0x39);
    p.text = QColor(0xE8, 0xE7, 0xE3);
    p.mute = QColor(0x9C, 0xA1, 0xA9);
    p.faint = QColor(0x66, 0x6B, 0x74);
    p.accent = QColor(0x8C, 0x9B, 0xFF);
    p.accentGround = QColor(0x27, 0x2C, 0x4A);
    p.onAccent = QColor(0x15, 0x17, 0x1B);
    p.cut = QColor(0xFF, 0x91, 0x66);
    p.cutGround = QColor(0x3A, 0x24, 0x1C);
    p.negative = QColor(0x6A, 0xAE, 0xF0);
    p.positive = QColor(0xF0, 0x95, 0x4A);
    p.good = QColor(0x6C, 0xC0, 0x8B);
    p.shadow = QColor(0x00, 0x00, 0x00, 130);
    p.dark = true;
    return p;
}

QColor mixed(const QColor& ground, const QColor& over, double share) {
    const double s = std::clamp(share, 0.0, 1.0);
    const auto part = [s](int a, int b) { return qRound(a + (b - a) * s); };
    return QColor(part(ground.red(), over.red()), part(ground.green(), over.green()),
                  part(ground.blue(), over.blue()));
}

QColor faded(const QColor& colour, double alpha) {
    QColor c = colour;
    c.setAlphaF(static_cast<float>(std::clamp(alpha, 0.0, 1.0)));
    return c;
}

} // namespace cutaway::widgets
