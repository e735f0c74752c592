// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "core/session/command_line.h"
#include "core/session/session.h"
#include "core/session/transformer_lens_code.h"

#include <QString>

#include <string>

/// What leaves the window in words that others can run: pure functions of the document and the shown picture.
namespace cutaway::app {

/// The model as a command line names it: its folder, or `demo` for the shipped one.
std::string modelWord(const ModelInfo& model);

/// The request of what is shown: the cuts in force, at the cursor's position; without cuts where the uncut
/// run is shown. A line of `cutaway-cli run --prompts`.
RunRequest shownRequest(const session::Session& session, const Picture& picture);
/// The same with its cuts in every mode.
RunRequest requestWithCuts(const session::Session& session, const Picture& picture);

/// What is shown as a command. `model` as modelWord() says it, `engine` as `--engine` does.
session::CommandState shownCommand(const session::Session& session, const Picture& picture,
                                   const std::string& model, const std::string& engine);
/// What is shown as a state for TransformerLens.
session::CodeState shownCode(const session::Session& session, const Picture& picture);

/// One line under a picture that leaves the window: model, hash, dtype, cuts, reference, n.
QString presentCaption(const session::Session& session, const Picture& picture);

} // namespace cutaway::app
