// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/messages.h"
#include "core/types/json_codec.h"

#include <optional>
#include <string>

namespace cutaway::engine {

/// What a request document asks for, and where its arrays go.
struct DocumentAsk {
    Ask ask;
    bool info = false;               ///< the open model, which is no Ask
    std::optional<std::string> save; ///< `run`: the safetensors file for the arrays of `hooks`
};

/// Reads a request document, as `cutaway-cli serve` takes them: the keys of runRequestFromJson() and
/// `command`
/// (`run` where it is absent), with the options that the command has on the command line under their own
/// names: `max_tokens`, `temperature`, `seed`, `ignore_eos` (generate), `over`, `kind`, `metric` (sweep),
/// `decode` (tokenize), `save` (run). `info` has none. Keys that the command does not have are refused by
/// name. Not checked against a model. Errors: Usage, BadCut.
Result<DocumentAsk> askFromJson(const nlohmann::json& document);

/// The reply of a command (design: cli). Arrays of a run are not in it.
Json toJson(const Answer& answer);

} // namespace cutaway::engine
