// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/word_model.h"

#include <unordered_map>

namespace cutaway::text {

/// Byte-pair encoding: characters merged by rank, the lowest first and leftmost on ties.
/// **Source:** Sennrich et al. 2016, section 3.2; byte fallback as in SentencePiece.
class BpeModel : public WordModel {
public:
    static Result<std::unique_ptr<WordModel>> read(const nlohmann::json& section,
                                                   const Vocabulary& vocabulary);

    Status encode(const std::string& word, std::vector<TokenId>& ids) const override;
    std::string description() const override { return "BPE"; }

private:
    struct Product {
        int rank;
        TokenId id;
    };

    explicit BpeModel(const Vocabulary& vocabulary) : m_vocabulary(vocabulary) {}
    Status readMerges(const nlohmann::json& merges);
    Status addMerge(const std::string& left, const std::string& right, int rank);
    std::vector<TokenId> letters(const std::string& word) const;
    static std::uint64_t pairKey(TokenId left, TokenId right) {
        return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U |
               static_cast<std::uint32_t>(right);
    }

    const Vocabulary& m_vocabulary;
    std::unordered_map<std::uint64_t, Product> m_merges;
    std::optional<TokenId> m_unknown;
    std::string m_prefix; ///< continuing_subword_prefix
    std::string m_suffix; ///< end_of_word_suffix
    bool m_fuseUnknown = false;
    bool m_byteFallback = false;
    bool m_ignoreMerges = false;
};

} // namespace cutaway::text
