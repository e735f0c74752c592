// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway::text {

/// First byte that is not part of valid UTF-8 (overlong forms and surrogates are not), or nothing.
std::optional<std::size_t> firstInvalidByte(std::string_view bytes);

/// Valid parts as they are, each maximal invalid part as U+FFFD. **Source:** Unicode 15, section 3.9, U+FFFD
/// substitution of maximal subparts.
std::string replaceInvalid(std::string_view bytes);

/// The code points' own slices of valid UTF-8, in order.
std::vector<std::string_view> characters(std::string_view utf8);

/// A code point as UTF-8.
std::string encodeCodePoint(char32_t codePoint);
char32_t codePointOf(std::string_view character); ///< of one valid character

} // namespace cutaway::text
