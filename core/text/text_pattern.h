// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/regex.h"

#include <nlohmann/json_fwd.hpp>

namespace cutaway::text {

/// `"pattern": {"String": …} | {"Regex": …}` of a component. Errors: BadTokenizer.
Result<Regex> readPattern(const nlohmann::json& section, const std::string& what);

/// A required text member of a component. Errors: BadTokenizer.
Result<std::string> readText(const nlohmann::json& section, const std::string& key, const std::string& what);

/// Every match of `pattern` replaced by `content`. Errors: BadTokenizer over `limit` bytes, largestText() by
/// default.
Result<std::string> replaceAll(const Regex& pattern, const std::string& text, const std::string& content);
Result<std::string> replaceAll(const Regex& pattern, const std::string& text, const std::string& content,
                               std::size_t limit);

} // namespace cutaway::text
