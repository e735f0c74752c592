// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/tokenizer_vocabulary.h"

#include "core/model/gguf/gguf_model.h"

namespace cutaway::engine {

namespace {

class TokenizerVocabulary : public Vocabulary {
public:
    explicit TokenizerVocabulary(std::shared_ptr<const text::Tokenizer> tokenizer)
        : m_tokenizer(std::move(tokenizer)) {}

    Result<std::vector<TokenId>> encode(const std::string& text, BosMode bos) const override {
        return m_tokenizer->encode(text, bos);
    }
    Result<std::string> decode(const std::vector<TokenId>& tokens, bool withSpecial) const override {
        return m_tokenizer->decode(tokens, !withSpecial);
    }
    std::optional<TokenId> tokenFor(const std::string& text) const override {
        return m_tokenizer->tokenFor(text);
    }
    std::string nearestToken(const std::string& text) const override {
        return m_tokenizer->nearestToken(text);
    }
    TokenPiece piece(TokenId id) const override { return m_tokenizer->piece(id); }
    std::set<TokenId> specialTokens() const override {
        std::set<TokenId> special;
        for (std::size_t id = 0; id < m_tokenizer->size(); ++id)
            if (m_tokenizer->isSpecial(static_cast<TokenId>(id))) special.insert(static_cast<TokenId>(id));
        return special;
    }
    std::optional<TokenId> maskToken() const override { return m_tokenizer->mask(); }
    std::set<TokenId> endTokens() const override {
        const std::vector<TokenId>& ends = m_tokenizer->endOfText();
        return {ends.begin(), ends.end()};
    }
    std::string description() const override { return m_tokenizer->description(); }

private:
    std::shared_ptr<const text::Tokenizer> m_tokenizer;
};

} // namespace

Result<std::shared_ptr<const Vocabulary>> openTokenizerVocabulary(const std::filesystem::path& tokenizer) {
    Result<std::shared_ptr<const text::Tokenizer>> loaded = model::loadTokenizer(tokenizer);
    if (!loaded) return fail(loaded.error());
    return std::make_shared<const TokenizerVocabulary>(std::move(*loaded));
}

} // namespace cutaway::engine
