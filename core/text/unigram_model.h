// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/prefix_table.h"
#include "core/text/word_model.h"

namespace cutaway::text {

/// Unigram language model: the split of a stretch whose tokens' scores sum to the most. A character without
/// token scores 10 less than the least token; such characters in a row are one unknown token, or their bytes.
/// **Source:** Kudo 2018, section 3.2; the penalty as in SentencePiece.
class UnigramModel : public WordModel {
public:
    /// Errors: BadTokenizer.
    static Result<std::unique_ptr<WordModel>> read(const nlohmann::json& section,
                                                   const Vocabulary& vocabulary);

    /// Errors: Usage where a character is unknown and there is no unknown token; BadTokenizer where the
    /// search takes too long.
    Status encode(const std::string& word, std::vector<TokenId>& ids) const override;
    std::string description() const override { return "unigram"; }

private:
    struct Step;

    explicit UnigramModel(const Vocabulary& vocabulary) : m_vocabulary(vocabulary) {}
    Result<std::vector<Step>> bestSteps(const std::string& word) const;
    Status appendUnknown(std::string_view text, std::vector<TokenId>& ids) const;

    const Vocabulary& m_vocabulary;
    PrefixTable m_table;
    std::vector<double> m_scores; ///< by id
    double m_unknownScore = 0;
    std::optional<TokenId> m_unknown;
    bool m_byteFallback = false;
};

} // namespace cutaway::text
