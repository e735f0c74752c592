// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/options.h"
#include "core/base/cancel.h"
#include "core/engine/engine.h"

#include <functional>
#include <memory>

namespace cutaway::app {

/// The engine, in this process or where `--engine` says, with the model of the options open. `hash`: compute
/// the weights' SHA-256 too. Errors: those of Engine::open and RemoteEngine::start.
Result<std::unique_ptr<engine::Engine>> openEngine(const Options& o, bool hash, const CancelToken& cancel);

/// Answers the one request of the options, or each line of `--prompts`; a line that fails answers its error
/// and the rest goes on. `answer` gets the line's number, or −1 without `--prompts`. Returns the exit status.
int answerAll(const Options& o, const CancelToken& cancel,
              const std::function<Status(int line, const RunRequest& request)>& answer);

} // namespace cutaway::app
