// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/answer_direction.h"

#include "core/engine/torch/failure.h"

namespace cutaway::engine {

HeadRows headRows(const Transformer& model, const std::vector<std::int64_t>& outputs) {
    const Linear& head = model.parameters().unembed;
    const at::Tensor weight = model.spec().tiedHead ? model.parameters().embed : head.plainWeight();
    const at::Tensor ids = at::tensor(outputs, at::kLong).to(weight.device());
    return {weight.index_select(0, ids),
            head.bias().defined() ? head.bias().index_select(0, ids) : at::Tensor()};
}

DirectEffect::DirectEffect(Runner& runner, const SideRun& side, const Interventions* cuts, int position)
    : m_model(runner.model()) {
    const ModelTraits& traits = m_model.traits();
    if (traits.headTransform || (traits.hasNorm() && (traits.sandwichNorm || traits.postNorm())))
        raise(ErrorCode::Unsupported, "read direct effect",
              "this model norms or transforms what a part writes on its way to the output, a direct effect "
              "is for "
              "models that add it as it is");
    const HookPoint scale{HookKind::LnFinalScale, -1};
    const bool normed = traits.hasNorm() && traits.finalNorm;
    RunHooks hooks(cuts, normed ? std::set<HookPoint>{scale} : std::set<HookPoint>{});
    hooks.firstRow = position;
    Pass pass;
    pass.hooks = &hooks;
    m_normed = m_model.finalNorm(side.last.narrow(1, position, 1), pass).select(0, 0);
    if (normed) m_scale = hooks.captured.at(scale).item<double>();
}

at::Tensor DirectEffect::throughNorm(const at::Tensor& added) const {
    const bool centred = m_model.traits().norm == NormKind::LayerNorm && m_model.traits().finalNorm;
    at::Tensor x = (centred ? added - added.mean(-1, true) : added) / m_scale;
    const at::Tensor& gain = m_model.parameters().finalNorm.gain;
    return gain.defined() ? x * gain : x;
}

/// W_U of a set's tokens, each by its share of the run's softmax over the set: [d] float64.
at::Tensor DirectEffect::ofSet(const std::vector<std::int64_t>& set) const {
    const HeadRows rows = headRows(m_model, set);
    const at::Tensor weight = rows.weight.to(at::kDouble);
    if (set.size() == 1) return weight.select(0, 0);
    at::Tensor logits = at::mv(weight, m_normed.select(0, 0).to(at::kDouble));
    if (rows.bias.defined()) logits = logits + rows.bias;
    return at::mv(weight.t(), at::softmax(logits, 0));
}

at::Tensor DirectEffect::direction(const std::vector<std::int64_t>& answer,
                                   const std::vector<std::int64_t>& wrong) const {
    at::Tensor u = ofSet(answer);
    if (!wrong.empty()) u = u - ofSet(wrong);
    const at::Tensor& gain = m_model.parameters().finalNorm.gain;
    if (gain.defined()) u = u * gain;
    const bool centred = m_model.traits().norm == NormKind::LayerNorm && m_model.traits().finalNorm;
    return (centred ? u - u.mean() : u) / m_scale;
}

} // namespace cutaway::engine
