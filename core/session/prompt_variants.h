// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/session/prompt_set.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cutaway::session {

/// Words that can stand for each other, by class (`women`, `places`, …). A word is in one class.
using WordClasses = std::map<std::string, std::vector<std::string>>;

/// Reads `words.json`: an object of lists. Errors: not there, not that.
Result<WordClasses> readWordClasses(const std::filesystem::path& file);

/// Prompts like one: every word of a class is swapped for another of its class, the same way everywhere, in
/// answer and wrong too; different words stay different. Seeded, none twice, none equal to the prompt itself;
/// at most `count`, fewer where there are not so many. Empty where the prompt holds no such word.
std::vector<PromptItem> variantsOf(const PromptItem& prompt, const WordClasses& classes, int count,
                                   std::uint64_t seed);

} // namespace cutaway::session
