// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/vocabulary.h"

#include <memory>

namespace cutaway::text {

/// Turns one pre-tokenized stretch into ids.
class WordModel {
public:
    virtual ~WordModel() = default;
    virtual Status encode(const std::string& word, std::vector<TokenId>& ids) const = 0;
    virtual std::string description() const = 0; ///< "byte-pair encoding", "word level"
};

/// From the `model` section; the vocabulary outlives the result. A type that is not known is refused by name.
Result<std::unique_ptr<WordModel>> makeWordModel(const nlohmann::json& section, const Vocabulary& vocabulary);

} // namespace cutaway::text
