// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/normalizer_steps.h"

#include "core/text/character_classes.h"
#include "core/text/utf8.h"

#include <unicode/uchar.h>

namespace cutaway::text {

namespace {

/// Every character of a text as `change` writes it.
template <class Change> std::string eachCharacter(const std::string& text, Change change) {
    std::string out;
    out.reserve(text.size());
    for (const std::string_view character : characters(text))
        change(codePointOf(character), character, out);
    return out;
}

std::string clean(const std::string& text) {
    return eachCharacter(text, [](char32_t c, std::string_view character, std::string& out) {
        if (c == 0 || c == 0xFFFD || isControl(c)) return;
        if (isWhiteSpace(c))
            out += ' ';
        else
            out += character;
    });
}

std::string spaceChineseCharacters(const std::string& text) {
    return eachCharacter(text, [](char32_t c, std::string_view character, std::string& out) {
        if (isChineseCharacter(c))
            out.append(" ").append(character).append(" ");
        else
            out += character;
    });
}

template <bool (*unwanted)(char32_t)> std::string without(const std::string& text) {
    return eachCharacter(text, [](char32_t c, std::string_view character, std::string& out) {
        if (!unwanted(c)) out += character;
    });
}

bool isDroppedByNmt(char32_t c) {
    return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
           c == 0x9F;
}

bool isSpaceToNmt(char32_t c) {
    return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
           c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
}

} // namespace

std::string lowerCase(const std::string& text) {
    return eachCharacter(text, [](char32_t c, std::string_view character, std::string& out) {
        if (c == 0x130)
            out += "i\xCC\x87"; // the one character whose lower case is two
        else if (const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))); lower != c)
            out += encodeCodePoint(lower);
        else
            out += character;
    });
}

std::string withoutCombiningMarks(const std::string& text) {
    return without<isCombiningMark>(text);
}

std::string nmtForm(const std::string& text) {
    return eachCharacter(text, [](char32_t c, std::string_view character, std::string& out) {
        if (isDroppedByNmt(c)) return;
        if (isSpaceToNmt(c))
            out += ' ';
        else
            out += character;
    });
}

Normalizer bertNormalizer(const BertOptions& options, const Normalizer& decompose) {
    return [options, decompose](std::string text) -> Result<std::string> {
        if (options.cleanText) text = clean(text);
        if (options.spaceChineseCharacters) text = spaceChineseCharacters(text);
        if (options.stripAccents) {
            const Result<std::string> parts = decompose(std::move(text));
            if (!parts) return parts;
            text = without<isNonspacingMark>(*parts);
        }
        return options.lowerCase ? lowerCase(text) : text;
    };
}

} // namespace cutaway::text
