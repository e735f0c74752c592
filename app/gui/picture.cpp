// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/picture.h"

namespace cutaway::app {

namespace {

std::size_t bytesOf(const RunSide& side) {
    std::size_t bytes = (side.diffs.size() + side.answerProbs.size() + side.wrongProbs.size()) * 8;
    for (const PositionPredictions& at : side.positions)
        bytes += sizeof at + at.top.size() * (sizeof(Prediction) + 16);
    for (const auto& [name, array] : side.arrays)
        bytes += name.size() + array.values.size() * 4 + array.ids.size() * 8;
    return bytes;
}

} // namespace

std::size_t Picture::bytes() const {
    std::size_t bytes = sizeof *this + key.size() * 2 + bytesOf(result.main);
    if (result.uncut) bytes += bytesOf(*result.uncut);
    bytes += pieces.size() * (sizeof(TokenPiece) + 32) + result.tokens.size() * 4;
    for (const auto& [shown, set] : tiles) {
        bytes += set.patternScores.size() * 4;
        for (const Tile& tile : set.tiles)
            bytes += sizeof tile + tile.pixels.size();
    }
    for (const auto& [which, pattern] : patterns)
        bytes += pattern.values.size() * 4;
    return bytes;
}

} // namespace cutaway::app
