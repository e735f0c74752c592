// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace cutaway::tests {

/// A sum of direct contributions on a model made for it.
struct MadeSum {
    double total = 0.0;    ///< as the analysis says it
    double wanted = 0.0;   ///< the same from the logits of a full pass, any soft-cap undone
    double residual = 0.0; ///< what the components miss
    double missing = 0.0;  ///< total − (components + norm + residual): must be nothing
    double largest = 0.0;  ///< |largest term|
    std::vector<std::string> names;
};

/// Architectures that the specification can say and no family in the repository makes: random weights, two
/// layers, so that what is written for them is run. `parallel`, `sandwich` (RMS with 1 + w, soft-capped
/// logits), `sandwich_ln` (with gains and biases), `no_final_norm`.
const std::vector<std::string>& madeModels();
/// Cuts that such a model has a place for, one text each.
std::vector<std::string> madeCuts(const std::string& model);

/// Attribution of output 1 − output 2 under the cut (empty: none) at a position of a prompt of five tokens.
/// Throws what the engine raises, as std::runtime_error.
MadeSum attributeMade(const std::string& model, const std::string& cut, int position);
/// The waterfall of the same.
MadeSum explainMade(const std::string& model, const std::string& cut, int position);
/// Largest distance of the lens's last row from the logits of a full pass under the cut.
double lensMade(const std::string& model, const std::string& cut);
/// The message with which models are refused whose norms stand behind the sums; empty where they are not.
std::string postNormRefusal();

} // namespace cutaway::tests
