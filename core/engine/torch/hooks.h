// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/hook_point.h"

#include <ATen/ATen.h>

namespace cutaway::engine {

/// A visitor of the forward pass. At every hook point of the design's terms the forward offers the activation
/// (with its batch axis in front: [B, T, d], [B, T, heads, dh], [B, heads, T, T]) and goes on with what comes
/// back. The base class listens nowhere.
class Hooks {
public:
    virtual ~Hooks() = default;
    /// Whether at() must be called for this hook. The forward takes shortcuts (fused attention and norms, no
    /// per-head results) where nobody listens.
    virtual bool wants(const HookPoint&) const { return false; }
    /// The activation to go on with; only called where wants() is true.
    virtual at::Tensor at(const HookPoint&, at::Tensor activation) { return activation; }
};

} // namespace cutaway::engine
