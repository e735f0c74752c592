// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"
#include "core/types/run_request.h"

#include <map>
#include <string>
#include <vector>

namespace cutaway::session {

/// What the code reproduces: a run as it was, with the ids that ran.
struct CodeState {
    ModelInfo model;
    RunRequest request;                                 ///< cuts, answer, wrong, position; those in force
    std::vector<TokenId> tokens;                        ///< the ids of the prompt
    std::map<std::string, std::vector<TokenId>> donors; ///< the ids of the donors, by name
    std::string reference; ///< JSONL file; empty: `reference.jsonl` beside the model, where there is one
};

/// The TransformerLens version the code is written for and tested with.
inline constexpr const char* transformerLensVersion = "3.9.0";

/// A Python program that runs the same state with TransformerLens and prints one line of JSON:
/// `{"uncut": side, "cut"?: side}`, a side being `{"logit_diff"?, "answer_prob"?, "wrong_prob"?, "top":
/// [{"id", "logit", "prob"}]}` at the request's position. Only ids go in, since TransformerLens tokenises
/// otherwise. Every kind of cut is written as a hook; what TransformerLens has no hook for becomes a comment
/// that says why, and the program stops there. Weights as stored, float32.
/// Precondition: the cuts are legal for the model (checkRunnable).
std::string transformerLensCode(const CodeState& state);

} // namespace cutaway::session
