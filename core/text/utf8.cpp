// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/utf8.h"

namespace cutaway::text {

namespace {

unsigned byteAt(std::string_view s, std::size_t i) {
    return static_cast<unsigned char>(s[i]);
}

struct Step {
    std::size_t length; ///< bytes of the character, or of the maximal invalid part
    bool valid;
};

/// Reads one character. The second byte's range depends on the first (no overlong forms, no surrogates).
Step step(std::string_view s, std::size_t at) {
    const unsigned lead = byteAt(s, at);
    if (lead < 0x80) return {1, true};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return {1, false};
    for (std::size_t i = 1; i < length; ++i) {
        if (at + i >= s.size()) return {i, false};
        unsigned low = 0x80;
        unsigned high = 0xBF;
        if (i == 1 && lead == 0xE0) low = 0xA0;
        if (i == 1 && lead == 0xED) high = 0x9F;
        if (i == 1 && lead == 0xF0) low = 0x90;
        if (i == 1 && lead == 0xF4) high = 0x8F;
        const unsigned next = byteAt(s, at + i);
        if (next < low || next > high) return {i, false};
    }
    return {length, true};
}

} // namespace

std::optional<std::size_t> firstInvalidByte(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const Step s = step(bytes, at);
        if (!s.valid) return at;
        at += s.length;
    }
    return std::nullopt;
}

std::string replaceInvalid(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size();) {
        const Step s = step(bytes, at);
        text += s.valid ? bytes.substr(at, s.length) : std::string_view("\xEF\xBF\xBD");
        at += s.length;
    }
    return text;
}

std::vector<std::string_view> characters(std::string_view utf8) {
    std::vector<std::string_view> list;
    for (std::size_t at = 0; at < utf8.size();) {
        const std::size_t length = step(utf8, at).length;
        list.push_back(utf8.substr(at, length));
        at += length;
    }
    return list;
}

std::string encodeCodePoint(char32_t c) {
    std::string s;
    const auto tail = [&](unsigned shift) { s += static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80) {
        s += static_cast<char>(c);
    } else if (c < 0x800) {
        s += static_cast<char>(0xC0U | (c >> 6U));
        tail(0);
    } else if (c < 0x10000) {
        s += static_cast<char>(0xE0U | (c >> 12U));
        tail(6);
        tail(0);
    } else {
        s += static_cast<char>(0xF0U | (c >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
    return s;
}

char32_t codePointOf(std::string_view character) {
    const unsigned lead = byteAt(character, 0);
    if (lead < 0x80) return lead;
    char32_t c = lead & (character.size() == 2 ? 0x1FU : character.size() == 3 ? 0x0FU : 0x07U);
    for (std::size_t i = 1; i < character.size(); ++i)
        c = (c << 6U) | (byteAt(character, i) & 0x3FU);
    return c;
}

} // namespace cutaway::text
