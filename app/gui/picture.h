// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cutaway::app {

/// Which of a run's values: after the cuts, before them, or the difference.
enum class Shown { Cut, Uncut, Change };

/// One answered request with what has been fetched of it so far. Lives on the GUI thread.
struct Picture {
    std::uint64_t generation = 0; ///< of the showing, not of the run: a cached picture shown again is newer
    std::string key;              ///< model and canonical request
    RunRequest request;
    RunResult result;
    std::vector<TokenPiece> pieces;                             ///< one a token of result.tokens
    std::map<Shown, engine::Tiles> tiles;                       ///< attention thumbnails
    std::map<std::tuple<Shown, int, int>, HostTensor> patterns; ///< [T, T] by layer and head

    bool hasCuts() const { return result.uncut.has_value(); }
    const RunSide& uncutSide() const { return result.uncut ? *result.uncut : result.main; }
    /// What is shown in a mode: without cuts there is only the uncut run.
    Shown effective(Shown wanted) const { return hasCuts() ? wanted : Shown::Uncut; }
    std::size_t bytes() const;
};

using PicturePtr = std::shared_ptr<Picture>;

} // namespace cutaway::app
