// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/added_tokens.h"

#include "core/text/text_pattern.h"
#include "core/text/utf8.h"

#include <algorithm>
#include <unicode/uchar.h>

namespace cutaway::text {

namespace {

bool isSpace(std::string_view character) {
    return u_isUWhiteSpace(static_cast<UChar32>(codePointOf(character))) != 0;
}

bool isWordCharacter(std::string_view character) {
    const auto c = static_cast<UChar32>(codePointOf(character));
    return u_isUAlphabetic(c) != 0 || u_isdigit(c) != 0 || u_charType(c) == U_CONNECTOR_PUNCTUATION ||
           ((1U << static_cast<unsigned>(u_charType(c))) & U_GC_M_MASK) != 0;
}

std::string_view characterBefore(std::string_view text, std::size_t at) {
    if (at == 0) return {};
    std::size_t begin = at - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U)
        --begin;
    return text.substr(begin, at - begin);
}

std::string_view characterAt(std::string_view text, std::size_t at) {
    if (at >= text.size()) return {};
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        ++end;
    return text.substr(at, end - at);
}

} // namespace

Result<AddedTokens> AddedTokens::read(const nlohmann::json& section, const Normalizer& normalizer,
                                      Vocabulary& vocabulary) {
    AddedTokens tokens;
    if (section.is_null()) return tokens;
    if (!section.is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "added_tokens is no list");
    for (const auto& item : section) {
        if (!item.is_object() || !item.contains("id") || !item["id"].is_number_integer() || item["id"] < 0 ||
            item["id"] > 16'000'000)
            return fail(ErrorCode::BadTokenizer, "read tokenizer",
                        "an added token has no id that is a whole number from 0");
        const Result<std::string> content = readText(item, "content", "added token");
        if (!content) return fail(content.error());
        if (content->empty()) continue;
        Entry entry;
        entry.id = item["id"].get<TokenId>();
        const bool special = item.value("special", false);
        entry.normalized = item.value("normalized", !special);
        entry.singleWord = item.value("single_word", false);
        entry.stripLeft = item.value("lstrip", false);
        entry.stripRight = item.value("rstrip", false);
        if (const Status s = vocabulary.add(*content, entry.id); !s) return fail(s.error());
        entry.content = *content;
        if (entry.normalized) {
            Result<std::string> normal = normalizer(*content);
            if (!normal) return fail(normal.error());
            entry.content = std::move(*normal);
        }
        if (special) tokens.m_special.insert(entry.id);
        tokens.m_all.insert(entry.id);
        if (!entry.content.empty()) tokens.m_byFirstByte[entry.content.front()].push_back(std::move(entry));
    }
    for (auto& [byte, entries] : tokens.m_byFirstByte)
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& a, const Entry& b) { return a.content.size() > b.content.size(); });
    return tokens;
}

const AddedTokens::Entry* AddedTokens::longestAt(std::string_view text, std::size_t at,
                                                 bool normalized) const {
    const auto candidates = m_byFirstByte.find(text[at]);
    if (candidates == m_byFirstByte.end()) return nullptr;
    for (const Entry& entry : candidates->second)
        if (entry.normalized == normalized && text.substr(at).starts_with(entry.content)) return &entry;
    return nullptr;
}

std::vector<AddedTokens::Part> AddedTokens::split(const std::string& text, bool normalized) const {
    std::vector<Part> parts;
    std::size_t done = 0;
    const auto flush = [&](std::size_t end) {
        if (end > done) parts.push_back({text.substr(done, end - done), std::nullopt});
    };
    for (std::size_t at = 0; at < text.size();) {
        const Entry* entry = longestAt(text, at, normalized);
        if (entry == nullptr) {
            ++at;
            continue;
        }
        std::size_t begin = at;
        std::size_t end = at + entry->content.size();
        if (entry->singleWord) {
            const auto before = characterBefore(text, begin);
            const auto after = characterAt(text, end);
            if ((!before.empty() && isWordCharacter(before)) || (!after.empty() && isWordCharacter(after))) {
                at = end;
                continue;
            }
        }
        if (entry->stripLeft)
            for (auto c = characterBefore(text, begin); begin > done && !c.empty() && isSpace(c);
                 c = characterBefore(text, begin))
                begin -= c.size();
        if (entry->stripRight)
            for (auto c = characterAt(text, end); !c.empty() && isSpace(c); c = characterAt(text, end))
                end += c.size();
        flush(begin);
        parts.push_back({text.substr(begin, end - begin), entry->id});
        done = at = end;
    }
    flush(text.size());
    return parts;
}

} // namespace cutaway::text
