// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cutaway::text {

/// Token texts and their ids, both ways. Ids may have gaps.
class Vocabulary {
public:
    /// From `model.vocab`: a map of tokens to ids, or (Unigram) a list of tokens with scores, whose places
    /// are the ids. Errors: BadTokenizer on negative, duplicate or absurd ids.
    static Result<Vocabulary> read(const nlohmann::json& vocab);
    /// Adds or renames an entry (added tokens stand above the model's own).
    Status add(const std::string& token, TokenId id);

    std::optional<TokenId> find(std::string_view token) const;
    /// The same without what add() brought: a model's own tokens.
    std::optional<TokenId> findInModel(std::string_view token) const;
    bool isInModel(TokenId id) const { return has(id) && !m_added.contains(id); }
    /// Empty for an id without an entry.
    const std::string& token(TokenId id) const;
    bool has(TokenId id) const;
    /// Largest id + 1.
    std::size_t size() const { return m_tokens.size(); }

private:
    static Result<Vocabulary> readList(const nlohmann::json& vocab);

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
    };
    std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> m_ids;
    std::vector<std::optional<std::string>> m_tokens;
    std::unordered_set<TokenId> m_added;
};

} // namespace cutaway::text
