// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/added_tokens.h"

#include "core/text/character_classes.h"
#include "core/text/text_pattern.h"
#include "core/text/utf8.h"

#include <algorithm>

namespace cutaway::text {

namespace {

constexpr std::size_t longestContent = 4096;

bool isSpace(std::string_view character) {
    return !character.empty() && isWhiteSpace(codePointOf(character));
}

bool isWord(std::string_view character) {
    return !character.empty() && isWordCharacter(codePointOf(character));
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

Result<AddedTokens::Entry> AddedTokens::readEntry(const nlohmann::json& item, const Normalizer& normalizer) {
    if (!item.is_object() || !item.contains("id") || !item["id"].is_number_integer() || item["id"] < 0 ||
        item["id"] > 16'000'000)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "an added token has no id that is a whole number from 0");
    Result<std::string> content = readText(item, "content", "added token");
    if (!content) return fail(content.error());
    if (content->size() > longestContent)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the added token '" + content->substr(0, 80) + "' is " + std::to_string(content->size()) +
                        " bytes long, at most " + std::to_string(longestContent) + " are read");
    Entry entry;
    entry.id = item["id"].get<TokenId>();
    entry.special = item.value("special", false);
    entry.normalized = item.value("normalized", !entry.special);
    entry.singleWord = item.value("single_word", false);
    entry.stripLeft = item.value("lstrip", false);
    entry.stripRight = item.value("rstrip", false);
    entry.content = std::move(*content);
    Result<std::string> sought =
        entry.normalized ? normalizer(entry.content) : Result<std::string>(entry.content);
    if (!sought) return fail(sought.error());
    entry.sought = std::move(*sought);
    return entry;
}

Result<AddedTokens> AddedTokens::read(const nlohmann::json& section, const Normalizer& normalizer,
                                      Vocabulary& vocabulary) {
    AddedTokens tokens;
    if (section.is_null()) return tokens;
    if (!section.is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "added_tokens is no list");
    for (const auto& item : section) {
        Result<Entry> entry = readEntry(item, normalizer);
        if (!entry) return fail(entry.error());
        if (entry->content.empty()) continue;
        if (const Status s = vocabulary.add(entry->content, entry->id); !s) return fail(s.error());
        if (entry->special) tokens.m_special.insert(entry->id);
        tokens.m_all.insert(entry->id);
        if (entry->sought != entry->content) tokens.m_normalForms[entry->id] = entry->sought;
        if (!entry->sought.empty()) tokens.m_entries.push_back(std::move(*entry));
    }
    std::vector<std::pair<std::string_view, TokenId>> raw;
    std::vector<std::pair<std::string_view, TokenId>> normal;
    for (std::size_t i = 0; i < tokens.m_entries.size(); ++i)
        (tokens.m_entries[i].normalized ? normal : raw)
            .emplace_back(tokens.m_entries[i].sought, static_cast<TokenId>(i));
    tokens.m_raw = PrefixTable(std::move(raw));
    tokens.m_normal = PrefixTable(std::move(normal));
    return tokens;
}

const std::string* AddedTokens::decoded(TokenId id) const {
    const auto at = m_normalForms.find(id);
    return at == m_normalForms.end() ? nullptr : &at->second;
}

const AddedTokens::Entry* AddedTokens::longestAt(std::string_view text, std::size_t at,
                                                 bool normalized) const {
    const PrefixTable& table = normalized ? m_normal : m_raw;
    TokenId longest = -1;
    PrefixTable::Range range = table.all();
    while (at < text.size() && !range.empty()) {
        range = table.narrow(range, text[at++]);
        if (const TokenId place = table.ended(range); place >= 0) longest = place;
    }
    return longest < 0 ? nullptr : &m_entries[static_cast<std::size_t>(longest)];
}

std::vector<AddedTokens::Part> AddedTokens::split(const std::string& text, bool normalized) const {
    std::vector<Part> parts;
    std::size_t done = 0;
    std::size_t stripped = 0;
    const auto flush = [&](std::size_t end) {
        if (end > done) parts.push_back({text.substr(done, end - done), std::nullopt});
    };
    for (std::size_t at = 0; at < text.size();) {
        const Entry* entry = longestAt(text, at, normalized);
        if (entry == nullptr) {
            ++at;
            continue;
        }
        // The search goes on behind the match itself, so a token may stand in what the last one stripped.
        std::size_t begin = at;
        std::size_t end = at += entry->sought.size();
        if (entry->singleWord && (isWord(characterBefore(text, begin)) || isWord(characterAt(text, end))))
            continue;
        if (entry->stripLeft)
            for (auto c = characterBefore(text, begin); begin > done && isSpace(c);
                 c = characterBefore(text, begin))
                begin -= c.size();
        if (entry->stripRight) {
            end = std::max(end, stripped); // white space up to there, as the last strip found
            for (auto c = characterAt(text, end); isSpace(c); c = characterAt(text, end))
                end += c.size();
            stripped = end;
        }
        flush(begin);
        parts.push_back({text.substr(begin, end - begin), entry->id});
        done = end;
    }
    flush(text.size());
    return parts;
}

} // namespace cutaway::text
