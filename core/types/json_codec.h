// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"
#include "core/types/run_request.h"
#include "core/types/run_result.h"

#include <nlohmann/json.hpp>

namespace cutaway {

/// JSON with the order of keys as written: replies have a stable key order.
using Json = nlohmann::ordered_json;

/// A request as a document. Keys as a line of `--prompts` has them: `prompt` | `tokens`, `bos`, `donor`,
/// `cuts` (text forms), `answer`, `wrong`, `positions` (`"all"`) or `position`, `top`, `hooks`, `generation`;
/// defaults are omitted.
Json toJson(const RunRequest& request);

/// Reads such a document; keys it does not know are refused by name. Cuts are parsed, not checked against a
/// model. Errors: Usage, BadCut.
Result<RunRequest> runRequestFromJson(const nlohmann::json& document);

/// The reply of `run` (design: cli): numbers that are not finite become null and are named in `warnings`.
Json toJson(const RunResult& result);
Json toJson(const GenerateResult& result);
Json toJson(const ModelInfo& info);
Json toJson(const std::vector<TokenPiece>& tokens); ///< `{"tokens":[{"id","text","bytes"}]}`
Json toJson(const Error& error);                    ///< `{"error":{"code","message","context"}}`

} // namespace cutaway
