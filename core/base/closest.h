// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace cutaway {

/// The candidate with the smallest Levenshtein distance to `text`, the first on ties; empty without
/// candidates. For "no X is called that, the nearest is …".
std::string_view closestOf(std::string_view text, std::span<const std::string_view> candidates);

} // namespace cutaway
