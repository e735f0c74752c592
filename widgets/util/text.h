// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/run_result.h"

#include <QString>

namespace cutaway::widgets {

/// Text in which nothing hides: leading and trailing spaces become middle dots, a line break ↵, a tab ⇥,
/// other control characters their pictures (U+24xx), and bidirectional, zero-width and other format
/// characters their code point in angle brackets, so that a token can neither be invisible nor reorder what
/// stands beside it.
QString visibleText(const QString& text);

/// A token as a chip shows it: ⌂ for a special token at the start (BOS), the name of any other special token,
/// bytes that are no whole character as `\xE2\x80`, else visibleText.
QString visibleToken(const TokenPiece& piece, bool first);

/// A token as a word in a sentence: one leading space left out, the rest visible.
QString wordOf(const QString& token);

/// `0.52`, `−3.1`: fixed decimals with a true minus; never `−0.00`. Not-a-number is `–`.
QString formatNumber(double value, int decimals = 2);
/// The same with its sign always shown: `+3.24`.
QString formatSigned(double value, int decimals = 2);
/// Decimals that tell values of a scale apart: 2 where it reaches 0.1, one more for each power of ten below,
/// at most 6.
int decimalsFor(double scale);
/// A probability as the strip shows it: `.85`, `1.00`, `<.01`.
QString formatProb(double probability);
/// `4 ms`, `1.2 s`, `2 min 05 s`; below one millisecond `0.4 ms`.
QString formatMilliseconds(double milliseconds);
/// `3.5 M`, `124 M`, `7.2 B`.
QString formatCount(double count);
/// `498 MB`, `1.2 GB` (powers of 1,000).
QString formatBytes(double bytes);
/// `1,024`: thousands separated.
QString formatInteger(qint64 value);

/// Plain text as a tip shows it: nothing in it acts as markup, and long sentences wrap.
QString tipText(const QString& plain);

} // namespace cutaway::widgets
