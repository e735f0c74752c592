// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unigram_model.h"

#include "core/text/token_bytes.h"
#include "core/text/utf8.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cutaway::text {

/// The best way to reach a place in the word: its last token and the sum of scores.
struct UnigramModel::Step {
    TokenId id = 0;
    double score = 0;
    std::ptrdiff_t from = -1; ///< -1 where no way is known yet
};

namespace {

constexpr double unknownPenalty = 10;

/// Work that a word of that many bytes may cost; tokens of any use are far shorter.
std::size_t largestEffort(std::size_t bytes) {
    return (1U << 20U) + 1024 * bytes;
}

} // namespace

Result<std::unique_ptr<WordModel>> UnigramModel::read(const nlohmann::json& section,
                                                      const Vocabulary& vocabulary) {
    const auto bad = [](const std::string& what) {
        return fail(ErrorCode::BadTokenizer, "read tokenizer", what);
    };
    std::unique_ptr<UnigramModel> model(new UnigramModel(vocabulary));
    const nlohmann::json& vocab = section["vocab"];
    if (!vocab.is_array()) return bad("the Unigram model's vocab is no list of tokens with scores");
    std::vector<std::pair<std::string_view, TokenId>> entries;
    for (std::size_t i = 0; i < vocab.size(); ++i) {
        const auto id = static_cast<TokenId>(i);
        if (!vocab[i][1].is_number()) return bad("token " + std::to_string(i) + " has no score");
        model->m_scores.push_back(vocab[i][1].get<double>());
        entries.emplace_back(vocabulary.token(id), id);
    }
    model->m_table = PrefixTable(std::move(entries));
    const auto least = std::min_element(model->m_scores.begin(), model->m_scores.end());
    model->m_unknownScore = (least == model->m_scores.end() ? 0 : *least) - unknownPenalty;
    model->m_byteFallback = section.value("byte_fallback", false);
    if (const auto unknown = section.find("unk_id"); unknown != section.end() && !unknown->is_null()) {
        if (!unknown->is_number_integer() || *unknown < 0 ||
            *unknown >= static_cast<std::int64_t>(model->m_scores.size()))
            return bad("unk_id is " + unknown->dump() + ", the model has " +
                       std::to_string(model->m_scores.size()) + " tokens");
        model->m_unknown = unknown->get<TokenId>();
    }
    return model;
}

Result<std::vector<UnigramModel::Step>> UnigramModel::bestSteps(const std::string& word) const {
    std::vector<Step> steps(word.size() + 1);
    std::size_t effort = 0;
    std::size_t at = 0;
    const auto offer = [&](std::size_t end, TokenId id, double score) {
        Step& step = steps[end];
        const double sum = steps[at].score + score;
        if (step.from < 0 || sum > step.score) step = {id, sum, static_cast<std::ptrdiff_t>(at)};
    };
    for (const std::string_view character : characters(word)) {
        bool whole = false;
        PrefixTable::Range range = m_table.all();
        for (std::size_t end = at; end < word.size(); ++effort) {
            range = m_table.narrow(range, word[end++]);
            if (range.empty()) break;
            const TokenId id = m_table.ended(range);
            if (id < 0) continue;
            offer(end, id, m_scores[static_cast<std::size_t>(id)]);
            whole = whole || end - at == character.size();
        }
        if (effort > largestEffort(word.size()))
            return fail(ErrorCode::BadTokenizer, "tokenize",
                        "the tokenizer's tokens are so long that the search for the best split gave up");
        if (!whole) offer(at + character.size(), m_unknown.value_or(-1), m_unknownScore);
        at += character.size();
    }
    return steps;
}

Status UnigramModel::appendUnknown(std::string_view text, std::vector<TokenId>& ids) const {
    if (const auto id = m_vocabulary.findInModel(text)) {
        ids.push_back(*id);
        return {};
    }
    if (m_byteFallback && appendByteTokens(m_vocabulary, text, ids)) return {};
    if (!m_unknown)
        return fail(ErrorCode::Usage, "tokenize",
                    "'" + std::string(text.substr(0, 80)) +
                        "' has no token, and the tokenizer has none for the unknown");
    ids.push_back(*m_unknown);
    return {};
}

Status UnigramModel::encode(const std::string& word, std::vector<TokenId>& ids) const {
    const auto steps = bestSteps(word);
    if (!steps) return fail(steps.error());
    struct Token {
        TokenId id;
        std::size_t begin, end;
    };
    std::vector<Token> tokens; // backwards; unknown characters in a row joined
    const TokenId unknown = m_unknown.value_or(-1);
    for (std::size_t end = word.size(); end > 0;) {
        const Step& step = (*steps)[end];
        const auto begin = static_cast<std::size_t>(step.from);
        if (step.id == unknown && !tokens.empty() && tokens.back().id == unknown)
            tokens.back().begin = begin;
        else
            tokens.push_back({step.id, begin, end});
        end = begin;
    }
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
        if (token->id != unknown) {
            ids.push_back(token->id);
            continue;
        }
        const std::string_view text = std::string_view(word).substr(token->begin, token->end - token->begin);
        if (const Status s = appendUnknown(text, ids); !s) return s;
    }
    return {};
}

} // namespace cutaway::text
