// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/component.h"
#include "core/text/vocabulary.h"

#include <unordered_set>

namespace cutaway::text {

/// Tokens that are found in the text before anything else is done to it, or after its normalisation.
class AddedTokens {
public:
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

private:
    struct Entry {
        std::string content; ///< as it is searched for
        TokenId id = 0;
        bool singleWord = false, stripLeft = false, stripRight = false, normalized = false;
    };
    const Entry* longestAt(std::string_view text, std::size_t at, bool normalized) const;

    std::unordered_map<char, std::vector<Entry>> m_byFirstByte; ///< longest first
    std::unordered_set<TokenId> m_special, m_all;
};

} // namespace cutaway::text
