// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/types/run_request.h"
#include "core/types/run_result.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cutaway::text {

/// A model's own tokenizer, read from its tokenizer.json. Immutable once loaded, so any thread may use it.
///
/// The steps are those of the file: added tokens, normaliser, pre-tokenizer, model, post-processor; and the
/// decoder backwards. Models: BPE (byte-level or with byte fallback), Unigram, WordPiece, word level. Ids and
/// texts are those of the `tokenizers` library 0.23 (tests/golden/make_tokenizers.py compares).
class Tokenizer {
public:
    /// From a folder with tokenizer.json or ESM's vocab.txt (and, for the names of special tokens,
    /// tokenizer_config.json and config.json), or from the file itself. Errors: FileNotFound, BadJson,
    /// BadTokenizer, Unsupported naming the component.
    static Result<std::shared_ptr<const Tokenizer>> load(const std::filesystem::path& path);
    /// From the members of such a file, named `name` in messages. Errors as above.
    static Result<std::shared_ptr<const Tokenizer>> fromDocument(const nlohmann::json& document,
                                                                 const std::string& name);
    ~Tokenizer();

    /// Errors: Usage when the text is not valid UTF-8 or BOS is forced where there is none.
    Result<std::vector<TokenId>> encode(const std::string& utf8, BosMode bos = BosMode::PostProcessor) const;

    /// Tokens decoded together; bytes that make no text become U+FFFD.
    std::string decode(std::span<const TokenId> tokens, bool skipSpecial) const;

    /// The bytes that a token stands for in the middle of a text.
    std::string tokenBytes(TokenId id) const;
    TokenPiece piece(TokenId id) const;

    bool isSpecial(TokenId id) const;
    std::optional<TokenId> bos() const;
    std::optional<TokenId> mask() const; ///< stands for a token to be predicted, in masked-token models
    const std::vector<TokenId>& endOfText() const;
    /// Largest id + 1.
    std::size_t size() const;

    /// The token that stands for exactly this text; the lowest id where several do.
    std::optional<TokenId> tokenFor(const std::string& text) const;
    /// The token whose text is nearest, for messages.
    std::string nearestToken(const std::string& text) const;

    /// "byte-level BPE, 50257".
    std::string description() const;
    /// Contradictions worth telling, whole sentences.
    const std::vector<std::string>& warnings() const;

private:
    struct Parts;
    explicit Tokenizer(std::unique_ptr<Parts> parts);

    std::unique_ptr<const Parts> m_parts;
};

} // namespace cutaway::text
