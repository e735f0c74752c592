// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/hook_point.h"

#include <string>
#include <vector>

namespace cutaway::engine {

/// Where the cut side of a run enters the model, given a kept uncut run of the same tokens.
enum class Entry {
    Start,          ///< the embedding: everything anew
    Block,          ///< block `layer`, from its kept residual stream
    HeadDelta,      ///< behind block `layer`'s attention, whose change is added: (z′ − z)·W_O
    AfterAttention, ///< behind block `layer`'s attention, from the kept resid_mid
    Head,           ///< the final norm, from the kept last residual stream
    Nowhere,        ///< nothing changes: the uncut run is the cut run
};

/// What to compute. Everything before the entry is the uncut run's.
struct Plan {
    Entry entry = Entry::Start;
    int layer = 0;        ///< Block, HeadDelta, AfterAttention
    int resumedAt = 0;    ///< first layer computed anew, the number of layers where none is
    std::string computed; ///< in words, for RunResult::computed
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// Whether shortcuts are allowed; Full is for tests and measurements.
enum class ExecutionMode { Shortcuts, Full };

/// Picks the entry from the hooks the cuts touch and the hooks whose values after the cuts are wanted. Pure.
/// The plan's result equals a full run up to rounding (design: instant re-runs, rules 1 and 2).
Plan planRun(const ModelTraits& traits, const std::vector<HookPoint>& cutHooks,
             const std::vector<HookPoint>& captured, ExecutionMode mode = ExecutionMode::Shortcuts);

/// Whether a hook's activation is computed at or behind the plan's entry; else the uncut run holds its value.
bool computedAnew(const Plan& plan, const HookPoint& hook, const ModelTraits& traits);

} // namespace cutaway::engine
