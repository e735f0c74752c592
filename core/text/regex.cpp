// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/regex.h"

#include "core/text/pattern_dialect.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <algorithm>
#include <array>
#include <chrono>
#include <pcre2.h>

namespace cutaway::text {

namespace {

constexpr std::uint32_t matchLimit = 2'000'000;
constexpr std::chrono::seconds timeLimit{2}; ///< of a text, and 2 µs more for each of its bytes
constexpr std::uint32_t heapLimitKiB = 65536;

std::string errorText(int code) {
    std::array<PCRE2_UCHAR, 200> buffer{};
    pcre2_get_error_message(code, buffer.data(), buffer.size());
    return reinterpret_cast<const char*>(buffer.data());
}

} // namespace

Result<Regex> Regex::compile(const std::string& pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    const Result<std::string> words = translatePattern(pattern);
    if (!words) return fail(words.error());
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(words->data()), words->size(),
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &offset, nullptr);
    if (code == nullptr)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the pattern '" + pattern.substr(0, 120) + "' does not compile at byte " +
                        std::to_string(offset) + ": " + errorText(error));
    Regex regex;
    regex.m_code = std::shared_ptr<void>(code, [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); });
    regex.m_pattern = pattern;
    return regex;
}

Result<Regex> Regex::literal(const std::string& text) {
    std::string pattern;
    for (const char c : text) {
        if (std::string_view("\\^$.[]|()?*+{}#-").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return compile(pattern);
}

Result<std::vector<std::pair<std::size_t, std::size_t>>> Regex::matches(std::string_view utf8) const {
    const auto* code = static_cast<const pcre2_code*>(m_code.get());
    const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
        pcre2_match_data_create_from_pattern(code, nullptr), &pcre2_match_data_free);
    const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context(
        pcre2_match_context_create(nullptr), &pcre2_match_context_free);
    if (!data || !context)
        return fail(ErrorCode::OutOfMemory, "tokenize", "no memory for matching a pattern");
    pcre2_set_match_limit(context.get(), matchLimit);
    pcre2_set_heap_limit(context.get(), heapLimitKiB);
    std::vector<std::pair<std::size_t, std::size_t>> found;
    std::size_t at = 0;
    // The limits above are a match's; many that come near them add up to minutes on a long text.
    using Clock = std::chrono::steady_clock;
    const Clock::time_point until =
        Clock::now() + timeLimit + std::chrono::microseconds(2 * static_cast<std::int64_t>(utf8.size()));
    for (std::size_t tries = 1; at <= utf8.size(); ++tries) {
        if (tries % 64 == 0 && Clock::now() > until)
            return fail(ErrorCode::BadTokenizer, "tokenize",
                        "the tokenizer's pattern '" + m_pattern.substr(0, 120) +
                            "' gave up on this text: it took too long");
        const int count = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(utf8.data()), utf8.size(), at,
                                      PCRE2_NO_UTF_CHECK, data.get(), context.get());
        if (count == PCRE2_ERROR_NOMATCH) break;
        if (count < 0)
            return fail(ErrorCode::BadTokenizer, "tokenize",
                        "the tokenizer's pattern '" + m_pattern.substr(0, 120) +
                            "' gave up on this text: " + errorText(count));
        const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data.get());
        const bool empty = places[1] <= places[0]; // \K can put the start behind the end
        if (!empty || found.empty() || found.back().second != places[1]) {
            const PCRE2_SIZE begin =
                std::max(std::min(places[0], places[1]), found.empty() ? 0 : found.back().second);
            found.emplace_back(begin, std::max(begin, places[1]));
        }
        if (places[1] > at) {
            at = places[1];
            continue;
        }
        ++at;
        while (at < utf8.size() && (static_cast<unsigned char>(utf8[at]) & 0xC0U) == 0x80U)
            ++at;
    }
    return found;
}

} // namespace cutaway::text
