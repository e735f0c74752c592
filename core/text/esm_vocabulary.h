// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

namespace cutaway::text {

/// ESM's folders hold no tokenizer.json: their `vocab.txt` has a token a line and tokenizer_config.json names
/// the class `EsmTokenizer`. The tokenizer.json that does the same: every token is cut out of the text, white
/// space parts what is left, whose stretches are unknown. Nothing where the folder is no such; errors as
/// readFile's.
/// **Source:** Lin et al. 2023, released models; `EsmTokenizer` of transformers 5.
Result<std::optional<nlohmann::json>> esmDocument(const std::filesystem::path& folder);

} // namespace cutaway::text
