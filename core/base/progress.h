// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace cutaway {

/// How far a long job has come.
struct Progress {
    std::string stage;      ///< in words: "reading weights"
    std::int64_t done = 0;  ///< in the job's own unit (bytes, tokens, layers)
    std::int64_t total = 0; ///< 0 where unknown
};

/// Receives progress on the thread that works; must be quick and must not throw. May be empty.
using ProgressSink = std::function<void(const Progress&)>;

} // namespace cutaway
