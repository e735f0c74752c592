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

std::size_t bytesOf(const std::vector<std::vector<float>>& rows) {
    std::size_t bytes = 0;
    for (const std::vector<float>& row : rows)
        bytes += row.size() * 4 + sizeof row;
    return bytes;
}

/// The large parts by their contents, the small ones roughly.
struct PartBytes {
    std::size_t operator()(const engine::Tiles& set) const {
        std::size_t bytes = (set.patternScores.size() + set.first.size()) * 4;
        for (const Tile& tile : set.tiles)
            bytes += sizeof tile + tile.pixels.size();
        return bytes;
    }
    std::size_t operator()(const HostTensor& array) const { return array.values.size() * 4; }
    std::size_t operator()(const LensResult& lens) const {
        return lens.rows.size() * lens.tokens.size() * (sizeof(LensCell) + 16);
    }
    std::size_t operator()(const HeadReading& reading) const {
        return bytesOf(reading.keys) + bytesOf(reading.values);
    }
    std::size_t operator()(const AttributionResult& result) const { return result.components.size() * 128; }
    std::size_t operator()(const WaterfallResult& result) const { return result.components.size() * 128; }
    template <class T> std::size_t operator()(const T&) const { return sizeof(T); }
};

} // namespace

PartWish Picture::normal(PartWish wish) const {
    wish.shown = wish.kind == PartKind::Waterfall ? Shown::Change : effective(wish.shown);
    const bool atPosition = wish.kind == PartKind::Attribution || wish.kind == PartKind::Waterfall ||
                            wish.kind == PartKind::Reading || wish.kind == PartKind::Neurons;
    if (atPosition && wish.position < 0) wish.position = length() - 1;
    // These have no difference of their own: under Change they show the run after the cuts.
    if (wish.shown == Shown::Change && (wish.kind == PartKind::Reading || wish.kind == PartKind::Neurons ||
                                        wish.kind == PartKind::Lens || wish.kind == PartKind::Attribution))
        wish.shown = Shown::Cut;
    return wish;
}

bool Picture::needsKept(const PartWish& wish) {
    return wish.kind == PartKind::Tiles || wish.kind == PartKind::Pattern || wish.kind == PartKind::Reading ||
           wish.kind == PartKind::Neurons;
}

engine::Ask Picture::askFor(const PartWish& asked, int tilePixels) const {
    const PartWish wish = normal(asked);
    const auto side = wish.shown == Shown::Uncut ? engine::Side::Uncut : engine::Side::Cut;
    const bool change = wish.shown == Shown::Change, uncut = wish.shown == Shown::Uncut;
    RunRequest run = request;
    run.keep = false;
    if (uncut) run.cuts.clear();
    switch (wish.kind) {
    case PartKind::Tiles:
        return engine::TilesRequest{result.handle, side, tilePixels, change, wish.weighted, wish.folded};
    case PartKind::Pattern:
        return engine::SliceRequest{result.handle, side,
                                    hookName({HookKind::Pattern, wish.layer}) + "[" +
                                        std::to_string(wish.head) + "]",
                                    change, wish.weighted};
    case PartKind::Lens:
        return LensRequest{run};
    case PartKind::Attribution:
        return AttributionRequest{run, wish.position};
    case PartKind::Waterfall:
        return WaterfallRequest{run, wish.position};
    case PartKind::Reading:
        return HeadReadingRequest{result.handle, uncut,          wish.layer,   wish.head,
                                  wish.position, request.answer, request.wrong};
    case PartKind::Neurons:
        break;
    }
    NeuronsRequest neurons;
    neurons.handle = result.handle;
    neurons.uncut = uncut;
    neurons.layer = wish.layer;
    neurons.position = wish.position;
    neurons.answer = request.answer;
    neurons.wrong = request.wrong;
    return neurons;
}

std::size_t Picture::bytes() const {
    std::size_t bytes = sizeof *this + key.size() * 2 + bytesOf(result.main);
    if (result.uncut) bytes += bytesOf(*result.uncut);
    bytes += result.pieces.size() * (sizeof(TokenPiece) + 32) + result.tokens.size() * 4;
    for (const auto& [wish, answer] : parts)
        bytes += sizeof answer + std::visit(PartBytes{}, answer);
    return bytes;
}

} // namespace cutaway::app
