// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/head_pruning.h"

#include "core/training/trainer/zero_head.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

namespace cutaway::training {

HeadPruning::HeadPruning(const Gpt2& model) {
    const auto leaf = [&](int layer, const char* name) {
        const std::string full = "transformer.h." + std::to_string(layer) + ".attn." + name;
        return std::find_if(model.leaves.begin(), model.leaves.end(),
                            [&](const Leaf& l) { return l.name == full; })
            ->tensor.detach();
    };
    const ModelTraits& t = model.transformer.traits();
    for (int layer = 0; layer < t.nLayers; ++layer) {
        const at::Tensor qkv = leaf(layer, "c_attn.weight"), bias = leaf(layer, "c_attn.bias"),
                         out = leaf(layer, "c_proj.weight");
        for (int head = 0; head < t.nHeads; ++head) {
            const std::int64_t column = std::int64_t{head} * t.dHead,
                               row = 2 * std::int64_t{t.dModel} + column;
            Head h{layer, head, qkv.narrow(0, row, t.dHead), bias.narrow(0, row, t.dHead),
                   out.narrow(1, column, t.dHead)};
            h.isOut = h.out.count_nonzero().item<std::int64_t>() == 0;
            m_heads.push_back(std::move(h));
        }
    }
}

bool HeadPruning::removeOne(const engine::Transformer& model, const at::Tensor& ids) {
    const c10::NoGradGuard noGradients;
    const std::int64_t last = ids.size(1) - 1;
    const at::Tensor read = ids.narrow(1, 0, last), next = ids.narrow(1, 1, last).reshape({-1});
    Head* least = nullptr;
    double leastLoss = std::numeric_limits<double>::infinity();
    for (Head& head : m_heads) {
        if (head.isOut || lastOfItsLayer(head)) continue;
        ZeroHead cut(head.layer, head.head);
        engine::Pass pass;
        pass.hooks = &cut;
        const double loss =
            at::cross_entropy_loss(model.forward(read, pass).flatten(0, 1), next).item<double>();
        if (loss < leastLoss) leastLoss = loss, least = &head;
    }
    if (least == nullptr) return false;
    least->isOut = true;
    hold();
    return true;
}

void HeadPruning::hold() const {
    const c10::NoGradGuard noGradients;
    for (const Head& head : m_heads)
        if (head.isOut)
            for (const at::Tensor* part : {&head.value, &head.valueBias, &head.out})
                part->zero_();
}

int HeadPruning::left() const {
    return static_cast<int>(
        std::count_if(m_heads.begin(), m_heads.end(), [](const Head& h) { return !h.isOut; }));
}

bool HeadPruning::lastOfItsLayer(const Head& head) const {
    return std::count_if(m_heads.begin(), m_heads.end(),
                         [&](const Head& h) { return h.layer == head.layer && !h.isOut; }) == 1;
}

} // namespace cutaway::training
