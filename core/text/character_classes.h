// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace cutaway::text {

/// Classes of code points as the `tokenizers` library draws them. Where its tables are those of an old
/// Unicode, so are these (by the age of a character), since ids depend on it.

bool isWhiteSpace(char32_t c);    ///< the property White_Space
bool isNumber(char32_t c);        ///< category N
bool isWordCharacter(char32_t c); ///< \w: Alphabetic, marks, decimal digits, connectors, joiners
bool isPunctuation(char32_t c);   ///< category P of Unicode 8, and every ASCII sign
bool isControl(char32_t c);       ///< control, format and private use of Unicode 8, without tab and line ends
bool isNonspacingMark(char32_t c);   ///< category Mn of Unicode 8
bool isCombiningMark(char32_t c);    ///< category M of Unicode 9
bool isChineseCharacter(char32_t c); ///< the blocks that BERT puts spaces around

/// The script, with what SentencePiece's splitting says of it: kana and Han are one, a space and what came
/// after Unicode 9 have none (0).
int scriptOf(char32_t c);

} // namespace cutaway::text
