// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/trainer/gpt2.h"

#include <map>
#include <string>
#include <vector>

namespace cutaway::training {

/// Muon for the blocks' matrices, AdamW for everything else. **Source:** Jordan et al. 2024, "Muon: an
/// optimizer for hidden layers"; Loshchilov & Hutter 2019, AdamW.
class Optimizer {
public:
    struct Rates {
        double matrix = 0.02, other = 3e-3, matrixDecay = 0.05;
    };
    explicit Optimizer(std::vector<Leaf> leaves);

    /// One update from the gradients in the leaves, which it clears.
    void step(const Rates& rates);

    /// Momenta under the leaves' names with a suffix, for a checkpoint; and back. Errors: BadFile.
    std::map<std::string, HostTensor> state() const;
    Status load(const std::map<std::string, HostTensor>& arrays, std::int64_t steps);

private:
    struct Slot {
        Leaf leaf;
        at::Tensor first, second; ///< momentum; AdamW's second moment
    };
    void stepMatrices(double rate, double decay);
    void stepOthers(double rate);

    std::vector<Slot> m_matrices, m_others;
    std::int64_t m_steps = 0;
};

} // namespace cutaway::training
