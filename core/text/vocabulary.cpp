// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/vocabulary.h"

#include <nlohmann/json.hpp>

namespace cutaway::text {

namespace {
constexpr std::int64_t largestId = 16'000'000;
}

Result<Vocabulary> Vocabulary::readList(const nlohmann::json& vocab) {
    Vocabulary list;
    list.m_tokens.reserve(vocab.size());
    for (const auto& entry : vocab) {
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string())
            return fail(ErrorCode::BadTokenizer, "read tokenizer",
                        "entry " + std::to_string(list.m_tokens.size()) +
                            " of model.vocab is no token with a score");
        list.m_ids[entry[0].get<std::string>()] = static_cast<TokenId>(list.m_tokens.size());
        list.m_tokens.emplace_back(entry[0].get<std::string>());
    }
    return list;
}

Result<Vocabulary> Vocabulary::read(const nlohmann::json& vocab) {
    if (vocab.is_array()) return readList(vocab);
    if (!vocab.is_object())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "model.vocab is no map of tokens to ids");
    Vocabulary list;
    for (const auto& [token, id] : vocab.items()) {
        if (!id.is_number_integer() || id < 0 || id > largestId)
            return fail(ErrorCode::BadTokenizer, "read tokenizer",
                        "the token '" + token.substr(0, 80) + "' has the id " + id.dump() +
                            ", expected a whole number from 0");
        const auto place = static_cast<std::size_t>(id.get<std::int64_t>());
        if (place >= list.m_tokens.size()) list.m_tokens.resize(place + 1);
        if (list.m_tokens[place])
            return fail(ErrorCode::BadTokenizer, "read tokenizer",
                        "two tokens have the id " + std::to_string(place) + ": '" +
                            list.m_tokens[place]->substr(0, 80) + "' and '" + token.substr(0, 80) + "'");
        list.m_tokens[place] = token;
        list.m_ids.emplace(token, static_cast<TokenId>(place));
    }
    return list;
}

Status Vocabulary::add(const std::string& token, TokenId id) {
    if (id < 0 || id > largestId)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the added token '" + token.substr(0, 80) + "' has the id " + std::to_string(id) +
                        ", out of range");
    const auto place = static_cast<std::size_t>(id);
    if (place >= m_tokens.size()) m_tokens.resize(place + 1);
    if (m_tokens[place] && *m_tokens[place] != token)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the added token '" + token.substr(0, 80) + "' has the id " + std::to_string(id) +
                        " of the token '" + m_tokens[place]->substr(0, 80) + "'");
    if (!m_tokens[place]) m_added.insert(id);
    m_tokens[place] = token;
    m_ids[token] = id;
    return {};
}

std::optional<TokenId> Vocabulary::findInModel(std::string_view token) const {
    const auto id = find(token);
    return id && m_added.contains(*id) ? std::nullopt : id;
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
    const auto at = m_ids.find(token);
    return at == m_ids.end() ? std::nullopt : std::optional(at->second);
}

bool Vocabulary::has(TokenId id) const {
    return id >= 0 && static_cast<std::size_t>(id) < m_tokens.size() &&
           m_tokens[static_cast<std::size_t>(id)];
}

const std::string& Vocabulary::token(TokenId id) const {
    static const std::string none;
    return has(id) ? *m_tokens[static_cast<std::size_t>(id)] : none;
}

} // namespace cutaway::text
