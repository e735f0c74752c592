// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"
#include "core/types/run_request.h"
#include "core/types/run_result.h"

#include <filesystem>
#include <functional>
#include <set>

namespace cutaway::engine {

/// What the engine asks of a tokenizer, so that it runs with none as well.
class Vocabulary {
public:
    virtual ~Vocabulary() = default;
    virtual Result<std::vector<TokenId>> encode(const std::string& text, BosMode bos) const = 0;
    /// Ids decoded together; special tokens left out where asked.
    virtual Result<std::string> decode(const std::vector<TokenId>& tokens, bool withSpecial) const = 0;
    /// One token as it is shown; unknown ids have empty bytes.
    virtual TokenPiece piece(TokenId id) const = 0;
    /// The token whose text is exactly this.
    virtual std::optional<TokenId> tokenFor(const std::string& text) const = 0;
    /// The text of the token nearest to this one, for messages.
    virtual std::string nearestToken(const std::string& text) const = 0;
    virtual std::set<TokenId> specialTokens() const = 0;
    virtual std::optional<TokenId> maskToken() const { return std::nullopt; } ///< a token to be predicted
    virtual std::set<TokenId> endTokens() const = 0;                          ///< end-of-text ids
    virtual std::string description() const = 0;                              ///< `byte-level BPE, 50257`
};

/// The words of requests against one model: sequences, answers and prompts as ids, checked. Without a
/// vocabulary ids alone are understood.
class Words {
public:
    Words(const ModelTraits& traits, std::shared_ptr<const Vocabulary> vocabulary)
        : m_traits(traits), m_vocabulary(std::move(vocabulary)) {}

    const Vocabulary* vocabulary() const { return m_vocabulary.get(); }

    /// Ids of a sequence the model can run. Errors: NoTokenizer, Usage (no tokens), OutOfRange (an id outside
    /// the embedding, more tokens than the context).
    Result<std::vector<TokenId>> sequence(const TokenInput& input) const;
    /// Outputs scored together. Errors: NotSingleToken naming the nearest token, OutOfRange, NoTokenizer.
    Result<std::vector<std::int64_t>> outputs(const TokenSet& set) const;
    /// Texts of predictions, where outputs are vocabulary and there is a tokenizer.
    void nameTokens(std::vector<PositionPredictions>& positions) const;
    Result<std::vector<TokenPiece>> pieces(const TokenInput& input) const;
    /// Prompts of a JSONL file, a line each with `prompt` or `tokens`. Errors name the line.
    Result<std::vector<std::vector<TokenId>>> prompts(const std::filesystem::path& file) const;

private:
    Result<std::int64_t> output(const TokenChoice& choice) const;

    ModelTraits m_traits;
    std::shared_ptr<const Vocabulary> m_vocabulary;
};

} // namespace cutaway::engine
