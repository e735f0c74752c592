// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/component.h"
#include "core/text/prefix_table.h"
#include "core/text/vocabulary.h"

#include <unordered_set>

namespace cutaway::text {

/// Tokens that are found in the text before anything else is done to it, or after its normalisation.
class AddedTokens {
public:
    AddedTokens() = default;
    AddedTokens(const AddedTokens&) = delete;
    AddedTokens& operator=(const AddedTokens&) = delete;
    AddedTokens(AddedTokens&&) = default;
    AddedTokens& operator=(AddedTokens&&) = default;

    /// From `added_tokens`; adds them to the vocabulary. Errors: BadTokenizer.
    static Result<AddedTokens> read(const nlohmann::json& section, const Normalizer& normalizer,
                                    Vocabulary& vocabulary);

    /// A stretch of text, or an added token.
    struct Part {
        std::string text;
        std::optional<TokenId> token;
    };
    /// Leftmost longest, tokens that stand for raw text (`normalized` false) or for normalised text.
    std::vector<Part> split(const std::string& text, bool normalized) const;

    bool isSpecial(TokenId id) const { return m_special.contains(id); }
    bool contains(TokenId id) const { return m_all.contains(id); }
    /// What a decoder is given for an added token: its normalised form where it is searched for as such.
    const std::string* decoded(TokenId id) const;

private:
    struct Entry {
        std::string content; ///< as it stands in the file
        std::string sought;  ///< as it is searched for
        TokenId id = 0;
        bool singleWord = false, stripLeft = false, stripRight = false, normalized = false, special = false;
    };
    static Result<Entry> readEntry(const nlohmann::json& item, const Normalizer& normalizer);
    const Entry* longestAt(std::string_view text, std::size_t at, bool normalized) const;

    std::vector<Entry> m_entries;
    PrefixTable m_raw, m_normal; ///< contents to places in m_entries, by `normalized`
    std::unordered_set<TokenId> m_special, m_all;
    std::unordered_map<TokenId, std::string> m_normalForms; ///< where they differ from the content
};

} // namespace cutaway::text
