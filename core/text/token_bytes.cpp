// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/token_bytes.h"

#include <charconv>

namespace cutaway::text {

std::optional<unsigned char> byteOfToken(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
    unsigned value = 0;
    const char* const end = token.data() + 5;
    const char* const digits = end - (token[3] == '+' ? 1 : 2); // a sign counts, as in the reference
    if (std::from_chars(digits, end, value, 16).ptr != end) return std::nullopt;
    return static_cast<unsigned char>(value);
}

std::string tokenOfByte(unsigned char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return {'<', '0', 'x', digits[byte >> 4U], digits[byte & 15U], '>'};
}

bool appendByteTokens(const Vocabulary& vocabulary, std::string_view text, std::vector<TokenId>& ids) {
    const std::size_t before = ids.size();
    for (const char c : text) {
        const auto id = vocabulary.findInModel(tokenOfByte(static_cast<unsigned char>(c)));
        if (!id) {
            ids.resize(before);
            return false;
        }
        ids.push_back(*id);
    }
    return true;
}

} // namespace cutaway::text
