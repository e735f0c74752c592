// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_model.h"

#include "core/text/bpe_model.h"
#include "core/text/component.h"
#include "core/text/text_pattern.h"
#include "core/text/unigram_model.h"
#include "core/text/word_piece_model.h"

namespace cutaway::text {

namespace {

/// A stretch is a token, or unknown.
class WordLevelModel : public WordModel {
public:
    WordLevelModel(const Vocabulary& vocabulary, std::string unknown)
        : m_vocabulary(vocabulary), m_unknown(vocabulary.find(unknown)), m_unknownText(std::move(unknown)) {}

    Status encode(const std::string& word, std::vector<TokenId>& ids) const override {
        const auto id = m_vocabulary.findInModel(word);
        if (!id && !m_unknown)
            return fail(ErrorCode::Usage, "tokenize",
                        "'" + word.substr(0, 80) + "' is not in the vocabulary, and its unknown token '" +
                            m_unknownText + "' is not either");
        ids.push_back(id ? *id : *m_unknown);
        return {};
    }
    std::string description() const override { return "word level"; }

private:
    const Vocabulary& m_vocabulary;
    std::optional<TokenId> m_unknown;
    std::string m_unknownText;
};

} // namespace

Result<std::unique_ptr<WordModel>> makeWordModel(const nlohmann::json& section,
                                                 const Vocabulary& vocabulary) {
    // Old files leave the type out of BPE models; only those have merges.
    const bool untyped = section.is_object() && !section.contains("type") && section.contains("merges");
    const Result<std::string> type = untyped ? Result<std::string>("BPE") : componentType(section, "model");
    if (!type) return fail(type.error());
    if (*type == "BPE") return BpeModel::read(section, vocabulary);
    if (*type == "Unigram") return UnigramModel::read(section, vocabulary);
    if (*type == "WordPiece") return WordPieceModel::read(section, vocabulary);
    if (*type == "WordLevel") {
        const Result<std::string> unknown = readText(section, "unk_token", "model WordLevel");
        if (!unknown) return fail(unknown.error());
        return std::make_unique<WordLevelModel>(vocabulary, *unknown);
    }
    return unsupportedComponent("tokenizer model", *type);
}

} // namespace cutaway::text
