// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/hook_point.h"
#include "tests/support/reference_weights.h"

#include <functional>
#include <map>
#include <vector>

namespace cutaway::tests {

/// Every hook's array of one run.
using Captures = std::map<HookPoint, Array>;

/// The transformer written a second time, hook by hook, in double loops: no tensor library and nothing shared
/// with the engine but the names of hook points. Slow and obvious on purpose.
class ReferenceModel {
public:
    /// Called at every hook of the model, in the order of the forward pass; may change the array.
    using Visit = std::function<void(const HookPoint&, Array&)>;

    explicit ReferenceModel(ReferenceWeights weights) : m_w(std::move(weights)) {}
    static ReferenceModel load(const std::filesystem::path& folder) {
        return ReferenceModel(ReferenceWeights::load(folder));
    }

    const ReferenceConfig& config() const { return m_w.config; }

    /// Logits [T, outputs], after every hook including `logits` has been visited.
    Array run(const std::vector<int>& tokens, const Visit& visit) const;
    /// All hook values of an uncut run.
    Captures capture(const std::vector<int>& tokens) const;

private:
    Array normalise(Array x, const std::string& name, int layer, const Visit& visit) const;
    Array attention(const Array& queryKeyInput, const Array& valueInput, int layer, const Visit& visit) const;
    Array mlp(const Array& x, int layer, const Visit& visit) const;
    Array heads(const Array& x, const std::string& letter, int layer) const;
    Array rotated(Array x) const;
    Array linear(const Array& x, const std::string& weight, const std::string& bias) const;

    ReferenceWeights m_w;
};

} // namespace cutaway::tests
