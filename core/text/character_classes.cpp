// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/character_classes.h"

#include <array>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace cutaway::text {

namespace {

unsigned categoryBit(char32_t c) {
    return U_MASK(static_cast<unsigned>(u_charType(static_cast<UChar32>(c))));
}

/// Whether a character was in Unicode by that version.
bool knownTo(char32_t c, unsigned version) {
    UVersionInfo age{};
    u_charAge(static_cast<UChar32>(c), age);
    return age[0] != 0 && age[0] <= version;
}

} // namespace

bool isWhiteSpace(char32_t c) {
    return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool isNumber(char32_t c) {
    return (categoryBit(c) & U_GC_N_MASK) != 0;
}

bool isWordCharacter(char32_t c) {
    return u_isUAlphabetic(static_cast<UChar32>(c)) != 0 ||
           (categoryBit(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 || c == 0x200C || c == 0x200D;
}

bool isPunctuation(char32_t c) {
    if (c < 0x80) return u_ispunct(static_cast<UChar32>(c)) != 0 || (categoryBit(c) & U_GC_S_MASK) != 0;
    return (categoryBit(c) & U_GC_P_MASK) != 0 && knownTo(c, 8);
}

bool isControl(char32_t c) {
    if (c == '\t' || c == '\n' || c == '\r') return false;
    return (categoryBit(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0 && knownTo(c, 8);
}

bool isNonspacingMark(char32_t c) {
    return (categoryBit(c) & U_GC_MN_MASK) != 0 && knownTo(c, 8);
}

bool isCombiningMark(char32_t c) {
    return (categoryBit(c) & U_GC_M_MASK) != 0 && knownTo(c, 9);
}

bool isChineseCharacter(char32_t c) {
    constexpr std::array<std::array<char32_t, 2>, 8> blocks{{{0x3400, 0x4DBF},
                                                             {0x4E00, 0x9FFF},
                                                             {0xF900, 0xFAFF},
                                                             {0x20000, 0x2A6DF},
                                                             {0x2A700, 0x2B73F},
                                                             {0x2B740, 0x2B81F},
                                                             {0x2B920, 0x2CEAF},
                                                             {0x2F800, 0x2FA1F}}};
    for (const auto& [first, last] : blocks)
        if (c >= first && c <= last) return true;
    return false;
}

int scriptOf(char32_t c) {
    constexpr int none = 0;
    if (c == ' ' || !knownTo(c, 9)) return none;
    if (c == 0x30FC) return USCRIPT_HAN + 1;
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
    if (U_FAILURE(status) != 0 || script == USCRIPT_UNKNOWN) return none;
    if (script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA) return USCRIPT_HAN + 1;
    return script + 1;
}

} // namespace cutaway::text
