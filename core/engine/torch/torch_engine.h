// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/planner.h"
#include "core/engine/words.h"

#include <functional>
#include <memory>

namespace cutaway::engine {

/// Opens the tokenizer.json of a model.
using VocabularyOpener =
    std::function<Result<std::shared_ptr<const Vocabulary>>(const std::filesystem::path& tokenizer)>;

/// The engine over libtorch, in this process. Without an opener models are opened without their tokenizers
/// and understand ids alone. `mode` Full takes no shortcuts: for tests and measurements.
std::unique_ptr<Engine> makeTorchEngine(ExecutionMode mode = ExecutionMode::Shortcuts,
                                        VocabularyOpener openVocabulary = {});

} // namespace cutaway::engine
