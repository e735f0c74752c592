// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/host_tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cutaway {

/// One predicted token.
struct Prediction {
    TokenId id = 0;
    std::optional<std::string> text; ///< absent without a tokenizer, or where outputs are not vocabulary
    double logit = 0.0;
    double prob = 0.0; ///< softmax over all outputs
    friend bool operator==(const Prediction&, const Prediction&) = default;
};

/// What the model predicts after a position.
struct PositionPredictions {
    int position = 0;
    std::vector<Prediction> top; ///< by logit, ties to the lower id
    double actualProb = -1.0; ///< probability given to the token that follows in the input; −1 at the last
    friend bool operator==(const PositionPredictions&, const PositionPredictions&) = default;
};

/// The side of a run: with the cuts, or without.
struct RunSide {
    std::vector<PositionPredictions> positions;
    std::optional<double> loss;      ///< mean next-token nats; see terms
    std::optional<double> logitDiff; ///< answer − wrong at the last position (at every position: diffs)
    std::vector<double> diffs;       ///< answer − wrong at each of `positions`, where both are given
    std::optional<double> answerLogit, wrongLogit; ///< logsumexp over the set at the last position
    std::optional<double> answerProb, wrongProb;   ///< summed over the set at the last position
    std::vector<double> answerProbs, wrongProbs;   ///< the same at each of `positions`
    std::map<std::string, HostTensor> arrays;      ///< by selector text
    friend bool operator==(const RunSide&, const RunSide&) = default;
};

/// One token as `tokenize` answers it and as chips show it.
struct TokenPiece {
    TokenId id = 0;
    std::string text;  ///< UTF-8 with U+FFFD for partial bytes
    std::string bytes; ///< raw bytes (printed as lower-case hex)
    bool special = false;
    friend bool operator==(const TokenPiece&, const TokenPiece&) = default;
};

/// The answer to a RunRequest.
struct RunResult {
    std::uint64_t generation = 0;
    std::vector<TokenId> tokens;
    std::vector<TokenPiece> pieces; ///< one a token, where asked for; ids as `#12` without a tokenizer
    std::vector<std::string> cuts;  ///< canonical text of those in force
    RunSide main;                   ///< after the cuts (the only side where there are none)
    std::optional<RunSide> uncut;   ///< present when there are cuts
    std::vector<double> kl; ///< KL(uncut ‖ cut) in nats, an entry for each of `positions`; with cuts only
    std::string computed;   ///< `full`, `resumed at layer 5`, `delta at layer 5`
    int resumedAt = 0;      ///< first layer computed anew for the cut side
    std::string device, dtype;
    std::string reference; ///< which reference set served, in words; empty where none was needed
    double milliseconds = 0.0;
    std::uint64_t handle = 0; ///< for fetch(), 0 when not kept
    std::vector<std::string> warnings;
};

struct GenerateResult {
    std::vector<TokenId> tokens;     ///< prompt + new
    std::optional<std::string> text; ///< decoded together, without special tokens
    std::vector<std::string> warnings;
};

} // namespace cutaway
