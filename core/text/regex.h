// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cutaway::text {

/// A compiled pattern from a tokenizer file, Unicode-aware, with limits on backtracking. Thread-safe.
class Regex {
public:
    /// Errors: BadTokenizer naming the pattern and the place, Unsupported naming the pattern.
    static Result<Regex> compile(const std::string& pattern);
    /// A pattern that matches `text` itself.
    static Result<Regex> literal(const std::string& text);

    /// Non-overlapping matches as [begin, end) byte offsets; an empty one counts where it does not touch the
    /// end of the match before. `utf8` must be valid. Errors: BadTokenizer when the limits are hit.
    Result<std::vector<std::pair<std::size_t, std::size_t>>> matches(std::string_view utf8) const;

private:
    std::shared_ptr<void> m_code;
    std::string m_pattern;
};

} // namespace cutaway::text
