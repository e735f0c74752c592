// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/prefix_table.h"
#include "core/text/word_model.h"

namespace cutaway::text {

/// WordPiece: the longest token that a word begins with, then the longest continuing one, and so on; a word
/// that does not come out even is unknown as a whole.
/// **Source:** Devlin et al. 2019, released code, `WordpieceTokenizer`.
class WordPieceModel : public WordModel {
public:
    /// Errors: BadTokenizer.
    static Result<std::unique_ptr<WordModel>> read(const nlohmann::json& section,
                                                   const Vocabulary& vocabulary);

    /// Errors: Usage where a word is unknown and there is no unknown token.
    Status encode(const std::string& word, std::vector<TokenId>& ids) const override;
    std::string description() const override { return "WordPiece"; }

private:
    /// A token and the place where it ends.
    struct Match {
        TokenId id = -1;
        std::size_t end = 0;
    };

    WordPieceModel() = default;
    Match longestAt(const std::string& word, std::size_t at, std::size_t& effort) const;
    Status appendUnknown(const std::string& word, std::vector<TokenId>& ids) const;

    PrefixTable m_table;
    PrefixTable::Range m_continuing; ///< tokens that begin with the prefix
    std::optional<TokenId> m_unknown;
    std::string m_unknownText;
    std::size_t m_longestWord = 100; ///< characters
};

} // namespace cutaway::text
