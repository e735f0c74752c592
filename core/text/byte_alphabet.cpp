// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"

#include "core/text/utf8.h"

#include <array>
#include <unordered_map>

namespace cutaway::text {

namespace {

struct Alphabet {
    std::array<std::string, 256> ofByte;
    std::unordered_map<char32_t, unsigned char> ofCharacter;

    Alphabet() {
        char32_t next = 0x100;
        for (unsigned byte = 0; byte < 256; ++byte) {
            const bool printable =
                (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
            const char32_t character = printable ? static_cast<char32_t>(byte) : next++;
            ofByte[byte] = encodeCodePoint(character);
            ofCharacter[character] = static_cast<unsigned char>(byte);
        }
    }
};

const Alphabet& alphabet() {
    static const Alphabet instance;
    return instance;
}

} // namespace

std::string bytesToAlphabet(std::string_view bytes) {
    std::string text;
    for (const unsigned char byte : bytes)
        text += alphabet().ofByte[byte];
    return text;
}

std::optional<std::string> alphabetToBytes(std::string_view text) {
    std::string bytes;
    for (const std::string_view character : characters(text)) {
        const auto at = alphabet().ofCharacter.find(codePointOf(character));
        if (at == alphabet().ofCharacter.end()) return std::nullopt;
        bytes += static_cast<char>(at->second);
    }
    return bytes;
}

} // namespace cutaway::text
