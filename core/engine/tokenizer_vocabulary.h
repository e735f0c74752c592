// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/words.h"

namespace cutaway::engine {

/// A model's own tokenizer.json as the vocabulary an engine asks: give this to makeTorchEngine(). Errors as
/// text::Tokenizer::load.
Result<std::shared_ptr<const Vocabulary>> openTokenizerVocabulary(const std::filesystem::path& tokenizer);

} // namespace cutaway::engine
