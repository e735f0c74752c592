// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/words.h"

#include "core/types/json_front.h"

#include <algorithm>
#include <limits>
#include <sstream>

namespace cutaway::engine {

namespace {

constexpr std::size_t referenceBytes = 256U << 20U;

tl::unexpected<Error> badLine(const std::filesystem::path& file, std::size_t line, const std::string& why) {
    return fail(ErrorCode::BadFile, "read reference prompts",
                file.string() + " line " + std::to_string(line) + ": " + why,
                {{"path", file.string()}, {"line", std::to_string(line)}});
}

} // namespace

Result<std::vector<TokenId>> Words::sequence(const TokenInput& input) const {
    std::vector<TokenId> tokens;
    if (const auto* text = std::get_if<std::string>(&input.value)) {
        if (!m_vocabulary)
            return fail(ErrorCode::NoTokenizer, "tokenize",
                        "the model has no tokenizer.json, texts cannot be read; give token ids");
        Result<std::vector<TokenId>> encoded = m_vocabulary->encode(*text, input.bos);
        if (!encoded) return encoded;
        tokens = std::move(*encoded);
    } else {
        tokens = std::get<std::vector<TokenId>>(input.value);
    }
    if (tokens.empty())
        return fail(ErrorCode::Usage, "read prompt", "the request has no tokens, expected at least one");
    for (std::size_t i = 0; i < tokens.size(); ++i)
        if (tokens[i] < 0 || tokens[i] >= m_traits.dVocab)
            return fail(ErrorCode::OutOfRange, "read prompt",
                        "token " + std::to_string(tokens[i]) + " at position " + std::to_string(i) +
                            " is outside the embedding, which has 0 to " +
                            std::to_string(m_traits.dVocab - 1),
                        {{"position", std::to_string(i)}, {"actual", std::to_string(tokens[i])}});
    if (tokens.size() > static_cast<std::size_t>(m_traits.context))
        return fail(
            ErrorCode::OutOfRange, "read prompt",
            "the prompt has " + std::to_string(tokens.size()) + " tokens, the model's context holds " +
                std::to_string(m_traits.context),
            {{"actual", std::to_string(tokens.size())}, {"expected", std::to_string(m_traits.context)}});
    return tokens;
}

Result<std::int64_t> Words::output(const TokenChoice& choice) const {
    std::optional<std::int64_t> id;
    if (const auto* number = std::get_if<TokenId>(&choice)) {
        id = *number;
    } else {
        const std::string& text = std::get<std::string>(choice);
        if (!m_vocabulary || !m_traits.outputsAreVocabulary())
            return fail(ErrorCode::NoTokenizer, "read answer",
                        "'" + text + "' is a text, but the model's outputs have no texts; name an id as #12");
        id = m_vocabulary->tokenFor(text);
        if (!id) {
            const std::string nearest = m_vocabulary->nearestToken(text);
            return fail(ErrorCode::NotSingleToken, "read answer",
                        "'" + text + "' is not the text of one token" +
                            (nearest.empty() ? std::string() : "; the nearest one is '" + nearest + "'"),
                        {{"text", text}, {"nearest", nearest}});
        }
    }
    if (*id < 0 || *id >= m_traits.dVocabOut)
        return fail(ErrorCode::OutOfRange, "read answer",
                    "the id " + std::to_string(*id) + " is outside the outputs, which are 0 to " +
                        std::to_string(m_traits.dVocabOut - 1));
    return *id;
}

Result<std::vector<std::int64_t>> Words::outputs(const TokenSet& set) const {
    std::vector<std::int64_t> ids;
    for (const TokenChoice& choice : set) {
        const Result<std::int64_t> id = output(choice);
        if (!id) return fail(id.error());
        if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    }
    return ids;
}

void Words::nameTokens(std::vector<PositionPredictions>& positions) const {
    if (!m_vocabulary || !m_traits.outputsAreVocabulary()) return;
    for (PositionPredictions& p : positions)
        for (Prediction& prediction : p.top)
            prediction.text = m_vocabulary->piece(prediction.id).text;
}

Result<std::vector<TokenPiece>> Words::pieces(const TokenInput& input) const {
    if (!m_vocabulary)
        return fail(ErrorCode::NoTokenizer, "tokenize",
                    "the model has no tokenizer.json, expected one beside config.json");
    std::vector<TokenId> ids;
    if (const auto* text = std::get_if<std::string>(&input.value)) {
        Result<std::vector<TokenId>> encoded = m_vocabulary->encode(*text, input.bos);
        if (!encoded) return fail(encoded.error());
        ids = std::move(*encoded);
    } else {
        ids = std::get<std::vector<TokenId>>(input.value);
    }
    std::vector<TokenPiece> list;
    list.reserve(ids.size());
    for (const TokenId id : ids)
        list.push_back(m_vocabulary->piece(id));
    return list;
}

Result<std::vector<std::vector<TokenId>>> Words::prompts(const std::filesystem::path& file) const {
    const Result<std::string> text = readFile(file, referenceBytes, "read reference prompts");
    if (!text) return fail(text.error());
    std::istringstream lines(*text);
    std::vector<std::vector<TokenId>> list;
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const Result<nlohmann::json> json = parseJson(line, {}, "read reference prompts");
        if (!json) return badLine(file, number, json.error().message);
        if (!json->is_object()) return badLine(file, number, "no JSON object");
        TokenInput input;
        if (const auto tokens = json->find("tokens"); tokens != json->end()) {
            if (!tokens->is_array()) return badLine(file, number, "'tokens' is no list of ids");
            std::vector<TokenId> ids;
            for (const nlohmann::json& id : *tokens) {
                if (!id.is_number_integer() || id < 0 || id > std::numeric_limits<TokenId>::max())
                    return badLine(file, number, "'tokens' holds something that is no id");
                ids.push_back(id.get<TokenId>());
            }
            input.value = std::move(ids);
        } else if (const auto prompt = json->find("prompt"); prompt != json->end() && prompt->is_string()) {
            input.value = prompt->get<std::string>();
        } else {
            return badLine(file, number, "expected 'prompt' (a text) or 'tokens' (ids)");
        }
        Result<std::vector<TokenId>> ids = sequence(input);
        if (!ids) return badLine(file, number, ids.error().message);
        list.push_back(std::move(*ids));
    }
    if (list.empty())
        return fail(ErrorCode::BadFile, "read reference prompts", file.string() + " holds no prompts",
                    {{"path", file.string()}});
    return list;
}

} // namespace cutaway::engine
