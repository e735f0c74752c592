// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/character_map.h"

#include "core/text/component.h"
#include "core/text/utf8.h"

#include <memory>
#include <unicode/brkiter.h>
#include <unicode/utext.h>

namespace cutaway::text {

namespace {

constexpr std::size_t longestReplacement = 256; ///< bytes; SentencePiece's own longest has 33
constexpr std::size_t longestCluster = 5;       ///< bytes of a grapheme cluster that is looked up whole

tl::unexpected<Error> bad(const std::string& what) {
    return fail(ErrorCode::BadTokenizer, "read tokenizer", "the normalizer's precompiled_charsmap " + what);
}

/// RFC 4648, section 4, with its padding.
std::optional<std::string> decodeBase64(std::string_view text) {
    constexpr std::string_view signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char sign : text) {
        const std::size_t value = signs.find(sign);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xFFU);
    }
    return bytes;
}

std::uint32_t littleEndian(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// A unit of the double array: its byte, whether a value follows, and where its children are.
std::uint32_t labelOf(std::uint32_t unit) {
    return unit & (1U << 31U | 0xFFU);
}
bool hasValue(std::uint32_t unit) {
    return (unit >> 8U & 1U) != 0;
}
std::uint32_t offsetOf(std::uint32_t unit) {
    return unit >> 10U << ((unit & 1U << 9U) >> 6U);
}

/// Whether every text in the list ends before it is absurdly long: texts would grow without bounds.
bool allShort(std::string_view texts) {
    for (std::size_t at = 0; at < texts.size();) {
        const std::size_t end = std::min(texts.find('\0', at), texts.size());
        if (end - at > longestReplacement) return false;
        at = end + 1;
    }
    return true;
}

} // namespace

Result<CharacterMap> CharacterMap::read(const std::string& base64) {
    const auto bytes = decodeBase64(base64);
    if (!bytes) return bad("is no base64");
    if (bytes->size() < 4) return bad("is too short");
    const std::size_t size = littleEndian(*bytes, 0) / 4;
    if (size == 0 || size > (bytes->size() - 4) / 4)
        return bad("tells of " + std::to_string(size) + " units, it has room for " +
                   std::to_string((bytes->size() - 4) / 4));
    CharacterMap map;
    map.m_units.reserve(size);
    for (std::size_t i = 0; i < size; ++i)
        map.m_units.push_back(littleEndian(*bytes, 4 + 4 * i));
    map.m_texts = bytes->substr(4 + 4 * size);
    if (firstInvalidByte(map.m_texts)) return bad("holds replacements that are not valid UTF-8");
    if (!allShort(map.m_texts)) return bad("holds a replacement that is absurdly long");
    return map;
}

std::optional<std::string_view> CharacterMap::replacement(std::string_view part) const {
    std::size_t at = offsetOf(m_units.front());
    for (const char letter : part) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte == 0) break;
        at ^= byte;
        if (at >= m_units.size() || labelOf(m_units[at]) != byte) break;
        const std::uint32_t unit = m_units[at];
        at ^= offsetOf(unit);
        if (!hasValue(unit)) continue;
        if (at >= m_units.size()) break;
        // The shortest match stands for the whole part.
        const std::size_t begin = m_units[at] & ~(1U << 31U);
        if (begin > m_texts.size()) break;
        const std::string_view text =
            std::string_view(m_texts).substr(begin, m_texts.find('\0', begin) - begin);
        return firstInvalidByte(text) ? std::nullopt : std::optional(text); // a place within a character
    }
    return std::nullopt;
}

void CharacterMap::append(std::string_view cluster, std::string& out) const {
    if (cluster.size() <= longestCluster)
        if (const auto whole = replacement(cluster)) {
            out += *whole;
            return;
        }
    for (const std::string_view character : characters(cluster))
        out += replacement(character).value_or(character);
}

Result<std::string> CharacterMap::apply(const std::string& text) const {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> clusters(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    UText view = UTEXT_INITIALIZER;
    utext_openUTF8(&view, text.data(), static_cast<std::int64_t>(text.size()), &status);
    if (U_SUCCESS(status) != 0) clusters->setText(&view, status);
    if (U_FAILURE(status) != 0) {
        utext_close(&view);
        return fail(ErrorCode::Internal, "tokenize", "ICU has no data for grapheme clusters");
    }
    std::string out;
    const std::string_view whole = text;
    const std::size_t limit = largestText(text.size());
    for (std::int32_t begin = clusters->first(), end = clusters->next();
         end != icu::BreakIterator::DONE && out.size() <= limit; begin = end, end = clusters->next())
        append(whole.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), out);
    utext_close(&view);
    if (out.size() > limit) return fail(textTooLarge());
    return out;
}

} // namespace cutaway::text
