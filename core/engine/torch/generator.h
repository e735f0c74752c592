// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/engine/torch/runner.h"

#include <optional>
#include <set>

namespace cutaway::engine {

/// How to continue a sequence.
struct ContinueRequest {
    std::vector<Cut> cuts;
    std::map<std::string, TokenIds> donors;
    int maxTokens = 32;
    std::optional<double> temperature; ///< greedy where absent
    std::uint64_t seed = 0;
    std::set<TokenId> stops; ///< end-of-text ids
};

/// A continued sequence and whether the context was full before the wish was met.
struct Continued {
    TokenIds tokens;
    bool contextFull = false;
};

/// Continues `prompt`, each step equal to a full run over its tokens. Keys and values are kept between steps
/// where no cut changes its mind about earlier positions; else every step is a full run. Raises Failure,
/// CancelledPass.
Continued continueText(Runner& runner, const TokenIds& prompt, const ContinueRequest& request,
                       const ProgressSink& progress, const CancelToken& cancel);

/// Whether rows already run under these cuts stay as they are when the sequence grows.
bool rowsStay(const std::vector<Cut>& cuts);

} // namespace cutaway::engine
