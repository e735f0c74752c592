// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/types/model_traits.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway {

/// Every activation that has a name. The names are TransformerLens's own (design: terms).
enum class HookKind {
    Embed,
    PosEmbed,
    ResidPre,
    ResidMid,
    ResidPost,
    Ln1Scale,
    Ln1Normalized,
    Ln1Out,
    Ln2Scale,
    Ln2Normalized,
    Ln2Out,
    Ln1PostScale,
    Ln1PostNormalized,
    Ln1PostOut,
    Ln2PostScale,
    Ln2PostNormalized,
    Ln2PostOut,
    LnFinalScale,
    LnFinalNormalized,
    LnFinalOut,
    Q,
    K,
    V,
    Z,
    RotQ,
    RotK,
    AttnScores,
    Pattern,
    AttnResult,
    AttnOut,
    MlpOut,
    MlpPre,
    MlpPreLinear,
    MlpPost,
    MlpMid /* solu_ln: after solu, before its norm */,
    ExpertWeights,
    ExpertIndices,
    Logits,
};

/// How the axes of a hook's array read, after the batch axis has been dropped.
enum class HookLayout {
    TokenVector, ///< [T, width]
    TokenScalar, ///< [T, 1]
    HeadVector,  ///< [T, heads, dh] (key/value heads for k and v); result: [T, heads, d]
    HeadMatrix,  ///< [heads, T query, T key]
};

/// One activation of one layer (or of the whole model, layer = −1).
struct HookPoint {
    HookKind kind = HookKind::ResidPre;
    int layer = -1;
    friend auto operator<=>(const HookPoint&, const HookPoint&) = default;
};

bool isPerLayer(HookKind kind);
HookLayout hookLayout(HookKind kind);

/// Width of the last axis, heads of the head axis (0 where there is none).
struct HookShape {
    int heads = 0;
    int width = 0;
};
HookShape hookShape(HookKind kind, const ModelTraits& traits);

/// Whether the model has this hook in a layer, or, without one, in any.
bool hookExists(HookKind kind, const ModelTraits& traits, int layer = -1);

/// `blocks.3.attn.hook_pattern`.
std::string hookName(const HookPoint& hook);

/// Parses a full hook name. `*` as layer gives layer −2 (any). Errors: UnknownTarget, naming the nearest
/// hook.
Result<HookPoint> parseHookName(std::string_view name);

/// Checks that the model has the hook and the layer. Errors: UnknownTarget, saying what there is.
Status checkHook(const HookPoint& hook, const ModelTraits& traits);

/// Every hook point of a model in the order of the forward pass.
std::vector<HookPoint> allHooks(const ModelTraits& traits);

/// A request for an array: a hook and, optionally, `[i]` (head on per-head hooks, else last axis) or `[i,j]`.
struct HookSelector {
    HookPoint hook;
    std::vector<int> index;
    friend bool operator==(const HookSelector&, const HookSelector&) = default;
};
Result<HookSelector> parseHookSelector(std::string_view text, const ModelTraits& traits);
std::string hookSelectorName(const HookSelector& selector);

} // namespace cutaway
