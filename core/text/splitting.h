// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/component.h"
#include "core/text/regex.h"

namespace cutaway::text {

/// What happens to the text a pattern matches. Named as tokenizer.json names it.
enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

/// Errors: BadTokenizer naming the behaviour.
Result<Behaviour> behaviourOf(const std::string& name);

/// A place in a text, [begin, end) in bytes, and whether it is what is looked for.
struct Stretch {
    std::size_t begin = 0, end = 0;
    bool matched = false;
};

/// All of a text in order: the matches of a pattern, or of characters, and what stands between them.
using Finder = std::function<Result<std::vector<Stretch>>(const std::string& text)>;
Finder matchesOf(Regex pattern, bool invert);
Finder charactersThat(bool (*belong)(char32_t));

/// Cuts every piece at what is found. Empty pieces are left out.
PreTokenizer splitAt(Finder finder, Behaviour behaviour);

} // namespace cutaway::text
