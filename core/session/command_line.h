// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/types/run_request.h"

#include <string>
#include <string_view>
#include <vector>

namespace cutaway::session {

/// What a line of `cutaway-cli` says: a command, a model, a request.
struct CommandState {
    std::string command = "run"; ///< run, generate, lens, attribution, waterfall or sweep
    std::string model;           ///< a folder, or `demo`
    RunRequest request;          ///< hooks and generation are left out: `more` names what is saved
    std::string reference;       ///< JSONL file; empty: the one beside the model
    std::string device = "cpu";
    std::string dtype = "f32";
    std::string engine;            ///< `ssh:HOST` where it runs elsewhere
    std::vector<std::string> more; ///< further arguments, unquoted: `--over`, `heads`
};

/// The arguments behind `cutaway-cli`, each as the program gets it. Its parser gives the same request back.
/// Errors: Usage where a command line cannot say it (a NUL in a text, a donor's name that is no word,
/// sequences that differ in their BOS).
Result<std::vector<std::string>> commandArguments(const CommandState& state);

/// The same as one line for a POSIX shell, quoted: `cutaway-cli run demo --prompt 'When Mary'`.
Result<std::string> commandLine(const CommandState& state);

/// A word as a POSIX shell reads it back byte for byte; quoted only where it has to be.
std::string shellQuoted(std::string_view word);

} // namespace cutaway::session
