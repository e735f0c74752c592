// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/runner.h"

#include <vector>

namespace cutaway::engine {

/// Some rows of the unembedding: weight [n, d], bias [n] or undefined. Without unpacking it where the head is
/// tied to the embedding.
struct HeadRows {
    at::Tensor weight, bias;
};
HeadRows headRows(const Transformer& model, const std::vector<std::int64_t>& outputs);

/// What turns a vector added to the residual stream at one position into logits, the final norm's scale of
/// the run held. **Source:** Elhage et al. 2021; Wang et al. 2022, section 3 (direct logit attribution).
class DirectEffect {
public:
    /// Of one position of a kept run; `cuts` are its cuts, null on the uncut side. Raises Failure:
    /// Unsupported where a part's output passes another norm before it is added (sandwich, post-norm).
    DirectEffect(Runner& runner, const SideRun& side, const Interventions* cuts, int position);

    /// added [n, d] → what it adds to the final norm's output, before gain it is centred for layer norms:
    /// [n, d].
    at::Tensor throughNorm(const at::Tensor& added) const;
    /// The direction [d], float64, whose dot with an added vector is its logits of answer − wrong, before
    /// any soft-cap: gain ⊙ (W_U[answer] − W_U[wrong]) / scale, centred for layer norms. Of a set each token
    /// counts by the run's softmax over the set. `wrong` may be empty.
    at::Tensor direction(const std::vector<std::int64_t>& answer,
                         const std::vector<std::int64_t>& wrong) const;

private:
    at::Tensor ofSet(const std::vector<std::int64_t>& set) const;

    const Transformer& m_model;
    at::Tensor m_normed; ///< [1, d] the run's final norm at the position
    double m_scale = 1.0;
};

} // namespace cutaway::engine
