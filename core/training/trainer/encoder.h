// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/bpe/bpe_trainer.h"

#include <map>
#include <unordered_map>

namespace cutaway::training {

/// Text to ids with a vocabulary just learnt; remembers words. Not for several threads.
class Encoder {
public:
    explicit Encoder(BpeVocabulary vocabulary);
    /// Ids of the text, no <bos>. Text must be UTF-8 of ours.
    std::vector<int> encode(std::string_view text) const;
    int vocabulary() const { return static_cast<int>(m_vocabulary.tokens.size()); }
    const BpeVocabulary& bpe() const { return m_vocabulary; }

private:
    const std::vector<int>& word(std::string_view text) const;

    BpeVocabulary m_vocabulary;
    std::map<std::pair<int, int>, int> m_ranks; ///< pair → place in the merges
    mutable std::unordered_map<std::string, std::vector<int>> m_known;
};

} // namespace cutaway::training
