// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/messages.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace cutaway::app {

/// Which of a run's values: after the cuts, before them, or the difference.
enum class Shown { Cut, Uncut, Change };

/// What a view shows of a run beside its figures.
enum class PartKind {
    Tiles,       ///< engine::Tiles: every head's thumbnail
    Pattern,     ///< HostTensor [T, T] of a head
    Lens,        ///< LensResult
    Attribution, ///< AttributionResult at a position
    Waterfall,   ///< WaterfallResult at a position
    Reading,     ///< HeadReading of a head at a position
    Neurons,     ///< NeuronsResult of a layer at a position
};

/// Names one part of a picture. Fields that a kind does not use stay as they are here.
struct PartWish {
    PartKind kind = PartKind::Tiles;
    Shown shown = Shown::Cut;
    int layer = -1;
    int head = -1;
    int position = -1;
    bool weighted = false; ///< tiles and patterns: by ‖v·W_O‖
    bool folded = false;   ///< tiles: without the first token
    friend auto operator<=>(const PartWish&, const PartWish&) = default;
};

/// One answered request with what has been fetched of it so far. Lives on the GUI thread.
struct Picture {
    std::uint64_t generation = 0; ///< of the showing, not of the run: a cached picture shown again is newer
    std::string key;              ///< model and canonical request
    RunRequest request;
    RunResult result;
    bool light = false; ///< figures of the cursor's position alone, until those of all are here
    std::map<PartWish, engine::Answer> parts;
    std::map<PartWish, Error> refused; ///< parts that cannot be had, and why

    const std::vector<TokenPiece>& pieces() const { return result.pieces; }
    int length() const { return static_cast<int>(result.tokens.size()); }
    bool hasCuts() const { return result.uncut.has_value(); }
    const RunSide& uncutSide() const { return result.uncut ? *result.uncut : result.main; }
    /// What is shown in a mode: without cuts there is only the uncut run.
    Shown effective(Shown wanted) const { return hasCuts() ? wanted : Shown::Uncut; }

    /// The wish as this picture can answer it.
    PartWish normal(PartWish wish) const;
    /// The part, null while it is not here.
    template <class T> const T* part(const PartWish& wish) const {
        const auto found = parts.find(normal(wish));
        return found == parts.end() ? nullptr : std::get_if<T>(&found->second);
    }
    /// Here, or known not to be had.
    bool has(const PartWish& wish) const {
        return parts.contains(normal(wish)) || refused.contains(normal(wish));
    }
    /// How the engine is asked for it; thumbnails of at most `tilePixels` device pixels a side.
    engine::Ask askFor(const PartWish& wish, int tilePixels) const;
    /// Whether it is read from the kept activations of this run, which the engine may have evicted.
    static bool needsKept(const PartWish& wish);
    std::size_t bytes() const;
};

using PicturePtr = std::shared_ptr<Picture>;

} // namespace cutaway::app
