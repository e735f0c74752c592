// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/hooks.h"

namespace cutaway::training {

/// Sets one head's z to zero.
class ZeroHead : public engine::Hooks {
public:
    ZeroHead(int layer, int head) : m_layer(layer), m_head(head) {}
    bool wants(const HookPoint& hook) const override { return hook == HookPoint{HookKind::Z, m_layer}; }
    at::Tensor at(const HookPoint&, at::Tensor z) override {
        at::Tensor cut = z.clone();
        cut.select(2, m_head).zero_();
        return cut;
    }

private:
    int m_layer, m_head;
};

} // namespace cutaway::training
