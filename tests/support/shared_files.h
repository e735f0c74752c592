// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace cutaway::tests {

/// Real models and tokenizers that stand beside the checkout (or under $CUTAWAY_SHARED) and are not part of
/// it. Nothing where they are absent: the test then skips with a message.
inline std::optional<std::filesystem::path> sharedPath(const std::string& relative) {
    const char* named = std::getenv("CUTAWAY_SHARED");
    const std::filesystem::path root =
        named ? std::filesystem::path(named) : std::filesystem::path(CUTAWAY_SOURCE_DIR) / ".." / "shared";
    const std::filesystem::path path = root / relative;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::nullopt;
    return path;
}

} // namespace cutaway::tests
