// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/planner.h"

#include <algorithm>
#include <array>

namespace cutaway::engine {

namespace {

bool isEmbedding(HookKind kind) {
    return kind == HookKind::Embed || kind == HookKind::PosEmbed;
}

bool isNorm1(HookKind kind) {
    return kind == HookKind::Ln1Scale || kind == HookKind::Ln1Normalized || kind == HookKind::Ln1Out;
}

/// What a block does behind its attention's sum.
bool isAfterAttention(HookKind kind, const ModelTraits& traits) {
    if (isNorm1(kind)) return traits.postNorm();
    static constexpr std::array kinds{
        HookKind::ResidMid,      HookKind::Ln2Scale,          HookKind::Ln2Normalized, HookKind::Ln2Out,
        HookKind::MlpPre,        HookKind::MlpPreLinear,      HookKind::MlpMid,        HookKind::MlpPost,
        HookKind::Ln2PostScale,  HookKind::Ln2PostNormalized, HookKind::Ln2PostOut,    HookKind::MlpOut,
        HookKind::ExpertWeights, HookKind::ExpertIndices,     HookKind::ResidPost};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Between z and the attention's sum: what the delta jumps over.
bool isBehindZ(HookKind kind) {
    static constexpr std::array kinds{HookKind::AttnResult, HookKind::Ln1PostScale,
                                      HookKind::Ln1PostNormalized, HookKind::Ln1PostOut, HookKind::AttnOut};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Coarse place in the pass: the embedding, then four stretches a block, then the head.
int stretch(const HookPoint& hook, const ModelTraits& traits) {
    if (isEmbedding(hook.kind)) return -1;
    if (hook.layer < 0) return 4 * traits.nLayers;
    const int within = isAfterAttention(hook.kind, traits) ? 3
                       : isBehindZ(hook.kind)              ? 2
                       : hook.kind == HookKind::Z          ? 1
                                                           : 0;
    return 4 * hook.layer + within;
}

/// The first stretch the plan computes.
int firstStretch(const Plan& plan, const ModelTraits& traits) {
    switch (plan.entry) {
    case Entry::Start:
        return -1;
    case Entry::Block:
        return 4 * plan.layer;
    case Entry::HeadDelta:
        return 4 * plan.layer + 1;
    case Entry::AfterAttention:
        return 4 * plan.layer + 3;
    case Entry::Head:
        return 4 * traits.nLayers;
    case Entry::Nowhere:
        break;
    }
    return 4 * traits.nLayers + 1;
}

} // namespace

Plan planRun(const ModelTraits& traits, const std::vector<HookPoint>& cutHooks,
             const std::vector<HookPoint>& captured, ExecutionMode mode) {
    const Plan full{Entry::Start, 0, 0, "full"};
    if (mode == ExecutionMode::Full) return full;
    if (cutHooks.empty()) return {Entry::Nowhere, 0, traits.nLayers, "unchanged"};
    const auto before = [&](const HookPoint& a, const HookPoint& b) {
        return stretch(a, traits) < stretch(b, traits);
    };
    const HookPoint first = *std::min_element(cutHooks.begin(), cutHooks.end(), before);
    if (isEmbedding(first.kind)) return full;
    if (first.layer < 0) return {Entry::Head, 0, traits.nLayers, "resumed at the head"};

    const int layer = first.layer;
    const std::string number = std::to_string(layer);
    const Plan block{Entry::Block, layer, layer, layer == 0 ? "full" : "resumed at layer " + number};
    if (traits.parallelBlocks) return block; // the MLP reads the same stream: no place behind attention
    if (isAfterAttention(first.kind, traits))
        return {Entry::AfterAttention, layer, layer, "resumed at layer " + number};
    const auto jumpedOver = [&](const HookPoint& hook) {
        return hook.layer == layer && isBehindZ(hook.kind);
    };
    const bool delta = first.kind == HookKind::Z && !traits.sandwichNorm &&
                       std::none_of(cutHooks.begin(), cutHooks.end(), jumpedOver) &&
                       std::none_of(captured.begin(), captured.end(), jumpedOver);
    if (delta) return {Entry::HeadDelta, layer, layer, "delta at layer " + number};
    return block;
}

bool computedAnew(const Plan& plan, const HookPoint& hook, const ModelTraits& traits) {
    return stretch(hook, traits) >= firstStretch(plan, traits);
}

} // namespace cutaway::engine
