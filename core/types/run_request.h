// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/cut.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cutaway {

/// Which of the tokenizer's post-processor tokens (BOS) a text gets.
enum class BosMode { PostProcessor, None, Force };

/// A sequence, as text or as ids.
struct TokenInput {
    std::variant<std::string, std::vector<TokenId>> value;
    BosMode bos = BosMode::PostProcessor; ///< texts only
    friend bool operator==(const TokenInput&, const TokenInput&) = default;
};

/// One token the user names: exact text (`" Mary"`) or an id. A text `#12` is the id 12.
using TokenChoice = std::variant<std::string, TokenId>;
/// A set of tokens scored by the logsumexp of their logits.
using TokenSet = std::vector<TokenChoice>;

/// A run, as a document: model-independent words. The window, the command line, JSONL lines and sessions all
/// make this value; `json_codec.h` writes and reads it.
struct RunRequest {
    std::uint64_t generation = 0; ///< echoed in the result
    TokenInput input;
    std::map<std::string, TokenInput> donors; ///< by name; `B` by default
    std::vector<Cut> cuts;                    ///< in list order
    TokenSet answer;
    TokenSet wrong;
    bool allPositions = false;      ///< top predictions for every position, else for one
    int position = -1;              ///< that one; −1: the last
    int top = 10;                   ///< predictions a position; ties go to the lower id
    std::vector<std::string> hooks; ///< arrays wanted in the result, by selector text; values after the cuts
    bool uncutHooks = false;        ///< the same arrays from the uncut run too
    bool loss = true;               ///< the mean next-token loss: needs the logits of every position
    bool pieces = false;            ///< the texts of the tokens in the result
    bool restCuts = false; ///< cuts that this model or prompt has no place for rest; else they fail the run
    bool keep = false;     ///< keep activations in the engine's store for fetch() under result.handle
    friend bool operator==(const RunRequest&, const RunRequest&) = default;
};

/// Text continuation.
struct GenerateRequest {
    RunRequest run;                    ///< input, donors and cuts
    int maxTokens = 32;                ///< new tokens
    std::optional<double> temperature; ///< greedy where absent
    std::uint64_t seed = 0;
    bool ignoreEos = false;
};

} // namespace cutaway
