// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cutaway::training {

/// A byte-level BPE as it was learnt. Token texts are raw bytes; ids 0 and 1 are <bos> and <eos>, the next
/// 256 are single bytes, then one token a merge.
struct BpeVocabulary {
    std::vector<std::string> tokens;         ///< by id
    std::vector<std::pair<int, int>> merges; ///< ids, first learnt first

    static constexpr int kBos = 0, kEos = 1, kFirstByte = 2;
    /// The id of a token with exactly these bytes, or -1.
    int find(std::string_view bytes) const;
    /// The contents of a Hugging Face `tokenizer.json`: ByteLevel, GPT-2's split, a post-processor that
    /// prepends <bos>.
    std::string toJson() const;
};

/// Text and how often it counts.
struct WeightedText {
    std::string text;
    std::int64_t weight = 1;
};

/// Learns a vocabulary of `size` tokens from text. Numbers of more than two digits are not counted, so years
/// stay in two-digit pieces. Deterministic. **Source:** Sennrich et al. 2016, on bytes as in GPT-2.
Result<BpeVocabulary> trainBpe(const std::vector<WeightedText>& texts, int size);

/// Splits text into the pieces that merges never cross. **Source:** the pattern of GPT-2's tokenizer.
Result<std::vector<std::string_view>> splitWords(std::string_view text);

/// The demo model's vocabulary: learnt from its corpus, names and other listed words being one token each.
Result<BpeVocabulary> demoVocabulary();

} // namespace cutaway::training
