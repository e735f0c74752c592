// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/hook_point.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cutaway {

enum class CutKind { Zero, Mean, Resample, Scale, Noise, Set, Patch, Steer, Freeze };
std::string_view cutKindName(CutKind kind);

inline constexpr int anyIndex = -1; ///< `*` in a target

/// What a cut acts on. One entry of `{a,b}`; the short names of the design's terms are the first kinds.
enum class TargetKind {
    Head,      ///< L5H3: hook_z of one head
    Attention, ///< L5.attn: hook_attn_out
    Mlp,       ///< L5.mlp: hook_mlp_out
    Block,     ///< L5: attention and MLP
    Neuron,    ///< L5N12: mlp.hook_post[12]
    Edge,      ///< L5H3[7<-2]: attention from key 2 to query 7
    Feature,   ///< res6/1234: needs a feature set (a later part of the program)
    Expert,    ///< L5E3: mlp.hook_expert_weights[3]
    Norm1,     ///< L5.norm1: ln1.hook_scale
    Norm2,     ///< L5.norm2: ln2.hook_scale
    NormFinal, ///< norm_final: ln_final.hook_scale
    Hook,      ///< any hook point, with index
};

/// A place in the sequence as the text form writes it.
struct PositionItem {
    enum class Kind { Single, Range } kind = Kind::Single;
    int first = 0; ///< 0-based; negative counts from the end, −1 is the last (`last`)
    int last = 0;  ///< inclusive, ranges only
    friend bool operator==(const PositionItem&, const PositionItem&) = default;
};

/// `@` part of a cut.
struct Positions {
    enum class Kind { All, Generated, Items } kind = Kind::All;
    std::vector<PositionItem> items;
    friend bool operator==(const Positions&, const Positions&) = default;
};

struct Target {
    TargetKind kind = TargetKind::Head;
    int layer = anyIndex;               ///< anyIndex for `*` (and for targets without a layer)
    int index = anyIndex;               ///< head, neuron, expert or feature
    int query = anyIndex;               ///< Edge
    int key = anyIndex;                 ///< Edge
    HookKind hook = HookKind::ResidPre; ///< Hook
    std::vector<int> hookIndex{};       ///< Hook: `[i]` or `[i,j]`, anyIndex for `*`
    std::string featureSet{};           ///< Feature
    friend bool operator==(const Target&, const Target&) = default;
};

/// `map="2>2,3-5>4-6"`: own positions to donor positions, ranges of equal length.
struct PositionMap {
    struct Range {
        int own = 0;
        int donor = 0;
        int length = 1;
        friend bool operator==(const Range&, const Range&) = default;
    };
    std::vector<Range> ranges;
    friend bool operator==(const PositionMap&, const PositionMap&) = default;
};

/// One intervention as a value. Only the fields its kind uses differ from their defaults, so equality of
/// values is equality of canonical texts.
struct Cut {
    CutKind kind = CutKind::Zero;
    std::vector<Target> targets; ///< more than one: a `{…}` group
    Positions positions;
    double strength = 1.0;   ///< w: (1 − w)·own + w·(value under the cut)
    double amount = 1.0;     ///< scale(A), noise(SIGMA), set(V), steer(…,A)
    std::uint64_t seed = 0;  ///< resample, noise
    std::string donor = "B"; ///< patch
    PositionMap map;         ///< patch
    std::string vectorFile;  ///< steer: FILE.safetensors
    std::string vectorKey;   ///< steer: KEY
    bool byPosition = false; ///< mean(by=position)
    bool withBos = false;    ///< mean(bos=1)
    bool renormalise = true; ///< edge, `renorm=0` turns it off
    friend bool operator==(const Cut&, const Cut&) = default;
};

} // namespace cutaway
