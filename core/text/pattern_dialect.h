// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <string>

namespace cutaway::text {

/// A pattern as tokenizer files write it, in PCRE2's words. Differences that matter to tokenizers: sets
/// inside sets join (`[^a[bc]]`), and \s, \w, \d, \h mean other characters. Errors: Unsupported where a set
/// is cut with another
/// (`&&`) or holds one that is negated.
/// **Source:** Oniguruma, doc/RE, the Ruby syntax.
Result<std::string> translatePattern(const std::string& pattern);

} // namespace cutaway::text
