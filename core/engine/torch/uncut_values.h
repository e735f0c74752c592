// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/hook_point.h"

#include <ATen/ATen.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace cutaway::engine {

using TokenIds = std::vector<TokenId>;
/// Activations by hook, without batch axis: [T, …], attention matrices [heads, T, T].
using HookValues = std::map<HookPoint, at::Tensor>;

/// Where replacing cuts get their values: uncut runs of other prompts (and of this one). Implementations
/// cache. Methods raise Failure.
class UncutValues {
public:
    virtual ~UncutValues() = default;
    /// Activations of the uncut run over these tokens.
    virtual HookValues values(const TokenIds& tokens, const std::set<HookPoint>& hooks) = 0;
    /// The reference prompts in the file's order; empty where there is no reference set.
    virtual const std::vector<TokenIds>& referencePrompts() = 0;
    /// Mean over every position of the reference prompts but special tokens and first ones (`withBos`
    /// includes them): one row, the hook's shape without its token axis. `tokens` stand in where there is no
    /// set.
    virtual HookValues means(const TokenIds& tokens, const std::set<HookPoint>& hooks, bool withBos) = 0;
    /// Mean position by position over the reference prompts as long as `tokens`.
    virtual HookValues meansByPosition(const TokenIds& tokens, const std::set<HookPoint>& hooks) = 0;
    /// A vector out of a safetensors file: float32, shape as stored.
    virtual at::Tensor vector(const std::string& file, const std::string& key) = 0;
};

} // namespace cutaway::engine
