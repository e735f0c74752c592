// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/hook_point.h"

#include "core/base/closest.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cutaway {

namespace {

/// One row a hook: its name (below `blocks.{L}.` where per layer) and how its axes read.
struct HookRow {
    HookKind kind;
    std::string_view name;
    bool perLayer;
    HookLayout layout;
};

using enum HookLayout;

/// In the order of the forward pass.
constexpr std::array hookTable{
    HookRow{HookKind::Embed, "hook_embed", false, TokenVector},
    HookRow{HookKind::PosEmbed, "hook_pos_embed", false, TokenVector},
    HookRow{HookKind::ResidPre, "hook_resid_pre", true, TokenVector},
    HookRow{HookKind::Ln1Scale, "ln1.hook_scale", true, TokenScalar},
    HookRow{HookKind::Ln1Normalized, "ln1.hook_normalized", true, TokenVector},
    HookRow{HookKind::Ln1Out, "ln1.hook_out", true, TokenVector},
    HookRow{HookKind::Q, "attn.hook_q", true, HeadVector},
    HookRow{HookKind::K, "attn.hook_k", true, HeadVector},
    HookRow{HookKind::V, "attn.hook_v", true, HeadVector},
    HookRow{HookKind::RotQ, "attn.hook_rot_q", true, HeadVector},
    HookRow{HookKind::RotK, "attn.hook_rot_k", true, HeadVector},
    HookRow{HookKind::AttnScores, "attn.hook_attn_scores", true, HeadMatrix},
    HookRow{HookKind::Pattern, "attn.hook_pattern", true, HeadMatrix},
    HookRow{HookKind::Z, "attn.hook_z", true, HeadVector},
    HookRow{HookKind::AttnResult, "attn.hook_result", true, HeadVector},
    HookRow{HookKind::Ln1PostScale, "ln1_post.hook_scale", true, TokenScalar},
    HookRow{HookKind::Ln1PostNormalized, "ln1_post.hook_normalized", true, TokenVector},
    HookRow{HookKind::Ln1PostOut, "ln1_post.hook_out", true, TokenVector},
    HookRow{HookKind::AttnOut, "hook_attn_out", true, TokenVector},
    HookRow{HookKind::ResidMid, "hook_resid_mid", true, TokenVector},
    HookRow{HookKind::Ln2Scale, "ln2.hook_scale", true, TokenScalar},
    HookRow{HookKind::Ln2Normalized, "ln2.hook_normalized", true, TokenVector},
    HookRow{HookKind::Ln2Out, "ln2.hook_out", true, TokenVector},
    HookRow{HookKind::ExpertWeights, "mlp.hook_expert_weights", true, TokenVector},
    HookRow{HookKind::ExpertIndices, "mlp.hook_expert_indices", true, TokenVector},
    HookRow{HookKind::MlpPre, "mlp.hook_pre", true, TokenVector},
    HookRow{HookKind::MlpPreLinear, "mlp.hook_pre_linear", true, TokenVector},
    HookRow{HookKind::MlpMid, "mlp.hook_mid", true, TokenVector},
    HookRow{HookKind::MlpPost, "mlp.hook_post", true, TokenVector},
    HookRow{HookKind::Ln2PostScale, "ln2_post.hook_scale", true, TokenScalar},
    HookRow{HookKind::Ln2PostNormalized, "ln2_post.hook_normalized", true, TokenVector},
    HookRow{HookKind::Ln2PostOut, "ln2_post.hook_out", true, TokenVector},
    HookRow{HookKind::MlpOut, "hook_mlp_out", true, TokenVector},
    HookRow{HookKind::ResidPost, "hook_resid_post", true, TokenVector},
    HookRow{HookKind::LnFinalScale, "ln_final.hook_scale", false, TokenScalar},
    HookRow{HookKind::LnFinalNormalized, "ln_final.hook_normalized", false, TokenVector},
    HookRow{HookKind::LnFinalOut, "ln_final.hook_out", false, TokenVector},
    HookRow{HookKind::Logits, "logits", false, TokenVector},
};

const HookRow& row(HookKind kind) {
    return *std::find_if(hookTable.begin(), hookTable.end(),
                         [&](const HookRow& r) { return r.kind == kind; });
}

std::string_view nearestHook(std::string_view name, bool perLayer) {
    std::vector<std::string_view> names;
    for (const HookRow& r : hookTable)
        if (r.perLayer == perLayer) names.push_back(r.name);
    return closestOf(name, names);
}

std::string existingHooks(const ModelTraits& traits) {
    std::string list;
    for (const HookRow& r : hookTable) {
        if (!hookExists(r.kind, traits)) continue;
        if (!list.empty()) list += ", ";
        list += r.perLayer ? "blocks.{L}." + std::string(r.name) : std::string(r.name);
    }
    return list;
}

std::optional<int> wholeNumber(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

constexpr std::string_view operation = "find hook";

} // namespace

bool isPerLayer(HookKind kind) {
    return row(kind).perLayer;
}
HookLayout hookLayout(HookKind kind) {
    return row(kind).layout;
}

HookShape hookShape(HookKind kind, const ModelTraits& t) {
    switch (kind) {
    case HookKind::Q:
    case HookKind::Z:
    case HookKind::RotQ:
        return {t.nHeads, t.dHead};
    case HookKind::K:
    case HookKind::V:
    case HookKind::RotK:
        return {t.nKvHeads, t.dHead};
    case HookKind::AttnResult:
        return {t.nHeads, t.dModel};
    case HookKind::AttnScores:
    case HookKind::Pattern:
        return {t.nHeads, 0};
    case HookKind::MlpPre:
    case HookKind::MlpPreLinear:
    case HookKind::MlpMid:
    case HookKind::MlpPost:
        return {0, t.dMlp};
    case HookKind::ExpertWeights:
        return {0, t.nExperts};
    case HookKind::ExpertIndices:
        return {0, t.nExpertsUsed};
    case HookKind::Logits:
        return {0, t.dVocabOut};
    default:
        return {0, hookLayout(kind) == TokenScalar ? 1 : t.dModel};
    }
}

bool hookExists(HookKind kind, const ModelTraits& t, int layer) {
    // Of a mixture: in this layer, or, where none is named, in any.
    const bool sparse = layer < 0 ? t.nExperts > 0 : t.sparseAt(layer);
    const bool dense = layer < 0 ? t.nExperts == 0 || !t.denseLayers.empty() : !t.sparseAt(layer);
    switch (kind) {
    case HookKind::PosEmbed:
        return t.hasPosEmbed();
    case HookKind::ResidMid:
        return t.hasResidMid();
    case HookKind::Ln1Scale:
    case HookKind::Ln1Normalized:
    case HookKind::Ln1Out:
        return t.hasNorm() && !t.sandwichOnly();
    case HookKind::Ln2Scale:
    case HookKind::Ln2Normalized:
    case HookKind::Ln2Out:
        return t.hasNorm() && !t.sandwichOnly() && t.hasMlp();
    case HookKind::Ln1PostScale:
    case HookKind::Ln1PostNormalized:
    case HookKind::Ln1PostOut:
    case HookKind::Ln2PostScale:
    case HookKind::Ln2PostNormalized:
    case HookKind::Ln2PostOut:
        return t.hasNorm() && t.sandwichNorm;
    case HookKind::LnFinalScale:
    case HookKind::LnFinalNormalized:
    case HookKind::LnFinalOut:
        return t.hasNorm() && t.finalNorm;
    case HookKind::RotQ:
    case HookKind::RotK:
        return t.hasRotary() || t.qkNorm;
    case HookKind::MlpOut:
        return t.hasMlp();
    case HookKind::MlpPre:
    case HookKind::MlpPost:
        return t.hasMlp() && dense;
    case HookKind::MlpPreLinear:
        return t.hasMlp() && dense && t.gatedMlp;
    case HookKind::MlpMid:
        return t.hasMlp() && dense && t.soluMlp;
    case HookKind::ExpertWeights:
    case HookKind::ExpertIndices:
        return sparse;
    default:
        return true;
    }
}

std::string hookName(const HookPoint& hook) {
    const HookRow& r = row(hook.kind);
    if (!r.perLayer) return std::string(r.name);
    const std::string layer = hook.layer < 0 ? "*" : std::to_string(hook.layer);
    return "blocks." + layer + "." + std::string(r.name);
}

Result<HookPoint> parseHookName(std::string_view name) {
    constexpr std::string_view prefix = "blocks.";
    const std::string op(operation);
    if (!name.starts_with(prefix)) {
        for (const HookRow& r : hookTable)
            if (!r.perLayer && r.name == name) return HookPoint{r.kind, -1};
        return fail(ErrorCode::UnknownTarget, op,
                    "no hook is called '" + std::string(name) + "', the nearest is '" +
                        std::string(nearestHook(name, false)) + "'; hooks of a layer are 'blocks.{L}.…'");
    }
    const std::string_view rest = name.substr(prefix.size());
    const std::size_t dot = rest.find('.');
    const std::string_view layerText = rest.substr(0, dot);
    const std::optional<int> layer = layerText == "*" ? std::optional<int>(-2) : wholeNumber(layerText);
    if (!layer || dot == std::string_view::npos)
        return fail(ErrorCode::UnknownTarget, op,
                    "'" + std::string(name) + "' names no layer, expected 'blocks.{L}.…' with a number or *");
    const std::string_view below = rest.substr(dot + 1);
    for (const HookRow& r : hookTable)
        if (r.perLayer && r.name == below) return HookPoint{r.kind, *layer};
    return fail(ErrorCode::UnknownTarget, op,
                "no hook is called '" + std::string(name) + "', the nearest is 'blocks." +
                    std::string(layerText) + "." + std::string(nearestHook(below, true)) + "'");
}

Status checkHook(const HookPoint& hook, const ModelTraits& traits) {
    if (!hookExists(hook.kind, traits, hook.layer))
        return fail(ErrorCode::UnknownTarget, std::string(operation),
                    "this model has no '" + hookName(hook) + "'; it has " + existingHooks(traits));
    if (isPerLayer(hook.kind) && hook.layer >= traits.nLayers)
        return fail(ErrorCode::UnknownTarget, std::string(operation),
                    "'" + hookName(hook) + "' names layer " + std::to_string(hook.layer) +
                        ", the model has layers 0 to " + std::to_string(traits.nLayers - 1));
    return {};
}

std::vector<HookPoint> allHooks(const ModelTraits& traits) {
    std::vector<HookPoint> hooks;
    const auto add = [&](auto first, auto last, int layer) {
        for (auto r = first; r != last; ++r)
            if (hookExists(r->kind, traits, layer)) hooks.push_back({r->kind, layer});
    };
    const auto perLayer = [](const HookRow& r) { return r.perLayer; };
    const auto blocks = std::find_if(hookTable.begin(), hookTable.end(), perLayer);
    const auto tail = std::find_if_not(blocks, hookTable.end(), perLayer);
    add(hookTable.begin(), blocks, -1);
    for (int layer = 0; layer < traits.nLayers; ++layer)
        add(blocks, tail, layer);
    add(tail, hookTable.end(), -1);
    return hooks;
}

Result<HookSelector> parseHookSelector(std::string_view text, const ModelTraits& traits) {
    const std::size_t bracket = text.find('[');
    const Result<HookPoint> hook = parseHookName(text.substr(0, bracket));
    if (!hook) return fail(hook.error());
    if (hook->layer == -2)
        return fail(ErrorCode::UnknownTarget, std::string(operation),
                    "'" + std::string(text) +
                        "' names any layer, an array is asked for by one layer's number");
    if (const Status known = checkHook(*hook, traits); !known) return fail(known.error());
    HookSelector selector{*hook, {}};
    if (bracket == std::string_view::npos) return selector;
    std::string_view inside = text.substr(bracket + 1);
    const HookShape shape = hookShape(hook->kind, traits);
    const bool perHead = shape.heads > 0;
    std::vector<int> bounds = perHead ? std::vector<int>{shape.heads} : std::vector<int>{shape.width};
    if (hookLayout(hook->kind) == HeadVector) bounds.push_back(shape.width);
    const auto malformed = [&] {
        return fail(ErrorCode::UnknownTarget, std::string(operation),
                    "'" + std::string(text) + "' has no index that fits, expected [" +
                        std::string(perHead ? "head" : "i") + (bounds.size() == 2 ? "] or [head,i]" : "]"));
    };
    if (inside.empty() || inside.back() != ']') return malformed();
    inside.remove_suffix(1);
    while (true) {
        const std::size_t comma = inside.find(',');
        const std::optional<int> value = wholeNumber(inside.substr(0, comma));
        if (!value || selector.index.size() == bounds.size()) return malformed();
        const int bound = bounds[selector.index.size()];
        if (*value >= bound)
            return fail(ErrorCode::UnknownTarget, std::string(operation),
                        "'" + std::string(text) + "' asks for index " + std::to_string(*value) +
                            ", there are 0 to " + std::to_string(bound - 1));
        selector.index.push_back(*value);
        if (comma == std::string_view::npos) return selector;
        inside.remove_prefix(comma + 1);
    }
}

std::string hookSelectorName(const HookSelector& selector) {
    std::string name = hookName(selector.hook);
    if (selector.index.empty()) return name;
    name += '[';
    for (std::size_t i = 0; i < selector.index.size(); ++i)
        name += (i ? "," : "") + std::to_string(selector.index[i]);
    return name + ']';
}

} // namespace cutaway
