// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/legality.h"

#include "core/types/cut_text.h"

#include <algorithm>
#include <array>

namespace cutaway {

namespace {

constexpr std::array allKinds{CutKind::Zero,  CutKind::Mean,  CutKind::Resample,
                              CutKind::Scale, CutKind::Noise, CutKind::Set,
                              CutKind::Patch, CutKind::Steer, CutKind::Freeze};

tl::unexpected<Error> illegal(CutKind kind, const Target& target, const std::string& reason) {
    return fail(
        ErrorCode::IllegalCut, "check cut",
        std::string(cutKindName(kind)) + " does not go with " + printTarget(target) + ": " + reason,
        {{"kind", std::string(cutKindName(kind))}, {"target", printTarget(target)}, {"reason", reason}});
}

tl::unexpected<Error> unknown(const Target& target, const std::string& has) {
    return fail(ErrorCode::UnknownTarget, "check cut", printTarget(target) + " is not in this model: " + has,
                {{"target", printTarget(target)}, {"reason", has}});
}

std::string range(std::string_view what, int count) {
    return "it has " + std::string(what) + " 0 to " + std::to_string(count - 1);
}

/// What one target is, with its short name undone: the hook behind it, and what steering would add to.
struct Anatomy {
    HookKind hook = HookKind::ResidPre;
    std::vector<int> index;
};

std::vector<Anatomy> anatomy(const Target& t, const ModelTraits& traits) {
    switch (t.kind) {
    case TargetKind::Head:
        return {{HookKind::Z, {t.index}}};
    case TargetKind::Attention:
        return {{HookKind::AttnOut, {}}};
    case TargetKind::Mlp:
        return {{HookKind::MlpOut, {}}};
    case TargetKind::Block:
        return traits.hasMlp() ? std::vector<Anatomy>{{HookKind::AttnOut, {}}, {HookKind::MlpOut, {}}}
                               : std::vector<Anatomy>{{HookKind::AttnOut, {}}};
    case TargetKind::Neuron:
        return {{HookKind::MlpPost, {t.index}}};
    case TargetKind::Edge:
        return {{HookKind::Pattern, {t.index}}};
    case TargetKind::Expert:
        return {{HookKind::ExpertWeights, {t.index}}};
    case TargetKind::Norm1:
        return {{HookKind::Ln1Scale, {}}};
    case TargetKind::Norm2:
        return {{HookKind::Ln2Scale, {}}};
    case TargetKind::NormFinal:
        return {{HookKind::LnFinalScale, {}}};
    case TargetKind::Feature:
        return {};
    case TargetKind::Hook:
        break;
    }
    return {{t.hook, t.hookIndex}};
}

bool isNormScale(HookKind kind) {
    return hookLayout(kind) == HookLayout::TokenScalar;
}

/// Whether one entry of the target is a single number rather than a vector a file could hold.
bool isSingleNumber(const Anatomy& a) {
    const std::size_t axes = hookLayout(a.hook) == HookLayout::HeadVector ? 2 : 1;
    return a.index.size() >= axes;
}

Status checkIndex(const Target& target, const Anatomy& a, const ModelTraits& traits) {
    const HookShape shape = hookShape(a.hook, traits);
    std::vector<std::pair<std::string_view, int>> axes;
    if (shape.heads > 0)
        axes.emplace_back(shape.heads == traits.nHeads ? "heads" : "key/value heads", shape.heads);
    if (shape.width > 0)
        axes.emplace_back(a.hook == HookKind::MlpPost         ? "neurons"
                          : a.hook == HookKind::ExpertWeights ? "experts"
                                                              : "entries",
                          shape.width);
    if (a.index.size() > axes.size())
        return unknown(target, "this hook takes at most " + std::to_string(axes.size()) + " index numbers");
    for (std::size_t i = 0; i < a.index.size(); ++i)
        if (a.index[i] >= axes[i].second) return unknown(target, range(axes[i].first, axes[i].second));
    return {};
}

/// Why a model, or this layer of it, lacks what a short name stands for.
std::string whyAbsent(const Target& t, const Anatomy& a, const ModelTraits& traits) {
    if (t.kind == TargetKind::Expert)
        return traits.nExperts > 0 ? "this layer has a plain MLP, no experts" : "it is no mixture of experts";
    if (isNormScale(a.hook)) return "it has no such norm";
    if (!traits.hasMlp()) return "it has attention only, no MLP";
    return "this layer is a mixture of experts, which have no neurons of one MLP; L" +
           std::to_string(std::max(t.layer, 0)) + "E0 to E" + std::to_string(traits.nExperts - 1) + " are";
}

/// The target exists in the model: layer, head, hook, index.
Status checkTarget(const Target& t, const ModelTraits& traits) {
    if (t.kind == TargetKind::Feature) return unknown(t, "no feature set is loaded");
    if (t.layer >= traits.nLayers) return unknown(t, range("layers", traits.nLayers));
    for (const Anatomy& a : anatomy(t, traits)) {
        if (!hookExists(a.hook, traits, t.layer)) {
            const Status known = checkHook({a.hook, isPerLayer(a.hook) ? std::max(t.layer, 0) : -1}, traits);
            return unknown(t, t.kind == TargetKind::Hook ? known.error().message : whyAbsent(t, a, traits));
        }
        if (const Status s = checkIndex(t, a, traits); !s) return s;
    }
    if (t.kind == TargetKind::Edge && traits.causal && t.query >= 0 && t.key > t.query)
        return unknown(t, "a causal model has no attention from position " + std::to_string(t.query) +
                              " to the later position " + std::to_string(t.key));
    return {};
}

bool onAttentionMatrix(const Target& t) {
    return t.kind == TargetKind::Edge ||
           (t.kind == TargetKind::Hook && hookLayout(t.hook) == HookLayout::HeadMatrix);
}

} // namespace

Status checkLegal(CutKind kind, const Target& target, const ModelTraits& traits) {
    if (const Status s = checkTarget(target, traits); !s) return s;
    if (target.kind == TargetKind::Block && kind == CutKind::Steer)
        return illegal(kind, target,
                       "a block writes twice, name L" + std::to_string(std::max(target.layer, 0)) +
                           ".attn, .mlp or a residual hook instead");
    for (const Anatomy& a : anatomy(target, traits)) {
        if (a.hook == HookKind::ExpertIndices)
            return illegal(kind, target,
                           "indices are choices, not activations; cut an expert's weight (L5E3) instead");
        if (isNormScale(a.hook) && kind == CutKind::Zero)
            return illegal(kind, target,
                           "the residual stream is divided by it; freeze holds it at its uncut value");
        if (kind != CutKind::Steer) continue;
        if (onAttentionMatrix(target))
            return illegal(kind, target, "an attention matrix has no fixed width to add a vector to");
        if (isNormScale(a.hook))
            return illegal(kind, target, "a norm's scale is one number a position; use scale or set");
        if (isSingleNumber(a))
            return illegal(kind, target, "it is one number a position; use set, scale or noise");
    }
    return {};
}

Status checkCut(const Cut& cut, const ModelTraits& traits) {
    if (cut.targets.empty()) return fail(ErrorCode::BadCut, "check cut", "a cut needs a target");
    for (const Target& target : cut.targets) {
        if (const Status s = checkLegal(cut.kind, target, traits); !s) return s;
        const bool edge = target.kind == TargetKind::Edge;
        if (edge && cut.positions.kind != Positions::Kind::All)
            return illegal(cut.kind, target, "an edge names its own positions, '@' is not allowed on it");
        if (!cut.renormalise && !edge) return illegal(cut.kind, target, "renorm=0 is for edges only");
        if (cut.kind == CutKind::Mean && onAttentionMatrix(target) && !cut.byPosition)
            return illegal(cut.kind, target,
                           "a mean of attention needs by=position and reference prompts of equal length");
        const auto scales = anatomy(target, traits);
        const bool norm = !scales.empty() && isNormScale(scales.front().hook);
        if (norm && cut.amount == 0.0 && (cut.kind == CutKind::Scale || cut.kind == CutKind::Set))
            return illegal(cut.kind, target, "the residual stream is divided by it, so it cannot be 0");
    }
    return {};
}

std::vector<ResolvedTarget> resolveTargets(const Cut& cut, const ModelTraits& traits) {
    std::vector<ResolvedTarget> resolved;
    const auto layersOf = [&](const Target& t, HookKind hook) {
        std::vector<int> layers;
        if (!isPerLayer(hook))
            layers = {-1};
        else if (t.layer != anyIndex)
            layers = {t.layer};
        else
            for (int layer = 0; layer < traits.nLayers; ++layer)
                if (hookExists(hook, traits, layer)) layers.push_back(layer);
        return layers;
    };
    for (const Target& t : cut.targets)
        for (const Anatomy& a : anatomy(t, traits))
            for (const int layer : layersOf(t, a.hook)) {
                const HookShape shape = hookShape(a.hook, traits);
                const bool star = !a.index.empty() && a.index.front() == anyIndex;
                const int axis = shape.heads > 0 ? shape.heads : shape.width;
                for (int i = star ? 0 : -1; i < (star ? axis : 0); ++i) {
                    ResolvedTarget r{{a.hook, layer}, a.index, -1, -1, t.kind == TargetKind::Edge};
                    if (star) r.index.front() = i;
                    if (r.index.size() == 2 && r.index[1] == anyIndex) r.index.pop_back();
                    if (r.edge) {
                        r.query = t.query;
                        r.key = t.key;
                    }
                    resolved.push_back(std::move(r));
                }
            }
    const std::vector<HookPoint> order = allHooks(traits);
    const auto place = [&](const ResolvedTarget& r) { return std::find(order.begin(), order.end(), r.hook); };
    std::stable_sort(resolved.begin(), resolved.end(),
                     [&](const auto& x, const auto& y) { return place(x) < place(y); });
    return resolved;
}

std::vector<LegalCell> legalCells(const ModelTraits& traits) {
    std::vector<Target> targets;
    const auto add = [&](Target target) { targets.push_back(std::move(target)); };
    for (const int layer : {0, traits.nLayers - 1}) {
        add({TargetKind::Head, layer, traits.nHeads - 1});
        add({TargetKind::Attention, layer});
        add({TargetKind::Mlp, layer});
        add({TargetKind::Block, layer});
        add({TargetKind::Neuron, layer, traits.dMlp / 2});
        add({TargetKind::Edge, layer, 0, 2, 1});
        add({TargetKind::Expert, layer, 0});
        add({TargetKind::Norm1, layer});
        add({TargetKind::Norm2, layer});
        if (layer == traits.nLayers - 1 && layer == 0) break;
    }
    add({TargetKind::NormFinal});
    for (const HookPoint& hook : allHooks(traits)) {
        if (hook.layer > 0 && hook.layer != traits.nLayers - 1) continue;
        const HookShape shape = hookShape(hook.kind, traits);
        const int layer = hook.layer < 0 ? anyIndex : hook.layer;
        add({TargetKind::Hook, layer, anyIndex, anyIndex, anyIndex, hook.kind, {}});
        if (shape.heads > 0 || shape.width > 1)
            add({TargetKind::Hook,
                 layer,
                 anyIndex,
                 anyIndex,
                 anyIndex,
                 hook.kind,
                 {(shape.heads > 0 ? shape.heads : shape.width) - 1}});
        if (shape.heads > 0 && shape.width > 1)
            add({TargetKind::Hook, layer, anyIndex, anyIndex, anyIndex, hook.kind, {0, shape.width - 1}});
    }
    std::vector<LegalCell> cells;
    for (const Target& target : targets)
        for (const CutKind kind : allKinds)
            if (checkLegal(kind, target, traits)) cells.push_back({kind, target});
    return cells;
}

Status checkRunnable(const Cut& cut, const ModelTraits& traits, int length) {
    if (const Status legal = checkCut(cut, traits); !legal) return legal;
    if (const auto places = resolvePositions(cut.positions, length, length); !places)
        return fail(ErrorCode::OutOfRange, "run cut",
                    "the prompt has no position " + printPositions(cut.positions) + ", it has " +
                        std::to_string(length) + " tokens");
    for (const Target& target : cut.targets) {
        if (target.kind != TargetKind::Edge) continue;
        if (std::max(target.query, target.key) >= length)
            return fail(ErrorCode::OutOfRange, "run cut",
                        "the prompt has no position " + std::to_string(std::max(target.query, target.key)) +
                            ", it has " + std::to_string(length) + " tokens");
    }
    return {};
}

} // namespace cutaway
