// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/trainer/gpt2.h"

#include <vector>

namespace cutaway::training {

/// Takes attention heads out while the rest learns on: the one whose loss is felt least goes first, so that
/// what several heads share comes to stand in few, and single cuts show. A head that is out has values,
/// value bias and output columns of zero; it has no gradient and stays out.
/// **Source:** Michel et al. 2019, "Are sixteen heads really better than one?", section 4 (here with the loss
/// itself in place of its gradient).
class HeadPruning {
public:
    /// Heads that are zero already count as out. Precondition: the leaves are those of makeGpt2.
    explicit HeadPruning(const Gpt2& model);

    /// Takes out the head without which the mean loss over `ids` [rows, length] rises least. The last head of
    /// a layer stays. False where none can go. Costs a forward pass a head.
    bool removeOne(const engine::Transformer& model, const at::Tensor& ids);
    /// To be called after every update: momentum would let heads that are out grow again.
    void hold() const;
    /// Heads that are not out.
    int left() const;

private:
    struct Head {
        int layer = 0, head = 0;
        at::Tensor value, valueBias, out; ///< views of the leaves
        bool isOut = false;
    };
    bool lastOfItsLayer(const Head& head) const;

    std::vector<Head> m_heads; ///< by layer, then head
};

} // namespace cutaway::training
