// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_piece_model.h"

#include "core/text/text_pattern.h"
#include "core/text/utf8.h"

#include <nlohmann/json.hpp>

namespace cutaway::text {

namespace {

/// Work that a word of that many bytes may cost; more is treated as a word over the model's own limit.
std::size_t largestEffort(std::size_t bytes) {
    return (1U << 20U) + 1024 * bytes;
}

} // namespace

Result<std::unique_ptr<WordModel>> WordPieceModel::read(const nlohmann::json& section,
                                                        const Vocabulary& vocabulary) {
    std::unique_ptr<WordPieceModel> model(new WordPieceModel);
    std::vector<std::pair<std::string_view, TokenId>> entries;
    for (TokenId id = 0; static_cast<std::size_t>(id) < vocabulary.size(); ++id)
        if (vocabulary.isInModel(id)) entries.emplace_back(vocabulary.token(id), id);
    model->m_table = PrefixTable(std::move(entries));
    model->m_continuing =
        model->m_table.narrow(model->m_table.all(), section.value("continuing_subword_prefix", "##"));
    model->m_unknownText = section.value("unk_token", "[UNK]");
    model->m_unknown = vocabulary.findInModel(model->m_unknownText);
    if (const auto longest = section.find("max_input_chars_per_word"); longest != section.end()) {
        if (!longest->is_number_integer() || *longest < 0)
            return fail(ErrorCode::BadTokenizer, "read tokenizer",
                        "max_input_chars_per_word is " + longest->dump() +
                            ", expected a whole number from 0");
        model->m_longestWord = longest->get<std::size_t>();
    }
    return model;
}

WordPieceModel::Match WordPieceModel::longestAt(const std::string& word, std::size_t at,
                                                std::size_t& effort) const {
    Match match;
    PrefixTable::Range range = at == 0 ? m_table.all() : m_continuing;
    for (std::size_t end = at; end < word.size() && !range.empty(); ++effort) {
        range = m_table.narrow(range, word[end++]);
        if (const TokenId id = m_table.ended(range); id >= 0) match = {id, end};
    }
    return match;
}

Status WordPieceModel::appendUnknown(const std::string& word, std::vector<TokenId>& ids) const {
    if (!m_unknown)
        return fail(ErrorCode::Usage, "tokenize",
                    "'" + word.substr(0, 80) + "' is not made of tokens, and the unknown token '" +
                        m_unknownText.substr(0, 80) + "' is not in the vocabulary");
    ids.push_back(*m_unknown);
    return {};
}

Status WordPieceModel::encode(const std::string& word, std::vector<TokenId>& ids) const {
    if (characters(word).size() > m_longestWord) return appendUnknown(word, ids);
    std::vector<TokenId> pieces;
    std::size_t effort = 0;
    for (std::size_t at = 0; at < word.size();) {
        const Match match = longestAt(word, at, effort);
        if (match.id < 0 || effort > largestEffort(word.size())) return appendUnknown(word, ids);
        pieces.push_back(match.id);
        at = match.end;
    }
    ids.insert(ids.end(), pieces.begin(), pieces.end());
    return {};
}

} // namespace cutaway::text
