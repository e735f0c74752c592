// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/variant_batch.h"

#include <algorithm>
#include <utility>

namespace cutaway::engine {

namespace {

/// One below the other along the batch axis; undefined ones are left out.
at::Tensor joined(const at::Tensor& a, const at::Tensor& b) {
    if (!a.defined()) return b;
    return b.defined() ? at::cat({a, b}, 0) : a;
}

at::Tensor repeated(const at::Tensor& x, std::int64_t count) {
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.front() = count;
    return count == 1 ? x : x.expand(shape).contiguous();
}

} // namespace

bool VariantHooks::wants(const HookPoint& hook) const {
    return m_base.touches(hook) || std::any_of(active.begin(), active.end(), [&](const Interventions* own) {
               return own && own->touches(hook);
           });
}

at::Tensor VariantHooks::at(const HookPoint& hook, at::Tensor activation) {
    const bool matrix = hookLayout(hook.kind) == HookLayout::HeadMatrix;
    const std::int64_t first = end - activation.size(matrix ? 2 : 1);
    const auto cutRow = [&](const Interventions* own, at::Tensor row) {
        row = m_base.apply(hook, row, first);
        return own ? own->apply(hook, row, first) : row;
    };
    if (active.size() == 1) return cutRow(active.front(), std::move(activation));
    at::Tensor result;
    for (std::size_t i = 0; i < active.size(); ++i) {
        if (!m_base.touches(hook) && !(active[i] && active[i]->touches(hook))) continue;
        if (!result.defined()) result = activation.clone(at::MemoryFormat::Contiguous);
        const auto at = static_cast<std::int64_t>(i);
        result.narrow(0, at, 1).copy_(cutRow(active[i], activation.narrow(0, at, 1)));
    }
    return result.defined() ? result : activation;
}

VariantBatch::VariantBatch(const Transformer& model, const SideRun& base, const Interventions& baseCuts,
                           at::Tensor positionEmbedding, const CancelToken& cancel)
    : m_model(model), m_base(base), m_baseCuts(baseCuts), m_positionEmbedding(std::move(positionEmbedding)),
      m_cancel(cancel), m_hooks(baseCuts) {}

Plan VariantBatch::plan(const Interventions& cut) const {
    Plan plan = planRun(m_model.traits(), cut.hooks(), m_baseCuts.hooks());
    const bool behindAttention = plan.entry == Entry::HeadDelta || plan.entry == Entry::AfterAttention;
    // The kept resid_mid is already under the base's cuts: to enter there would cut it a second time.
    if (behindAttention && m_baseCuts.touches({HookKind::ResidMid, plan.layer})) plan.entry = Entry::Block;
    return plan;
}

at::Tensor VariantBatch::enterBlock(int layer, std::int64_t count, const RowRange& rows) const {
    if (count == 0) return {};
    const at::Tensor& kept = m_base.blocks[static_cast<std::size_t>(layer)].residPre; // [1, T, d]
    return repeated(kept.narrow(1, rows.first, rows.end - rows.first), count);
}

at::Tensor VariantBatch::enterBehindAttention(int layer, std::span<const Variant> variants,
                                              const RowRange& rows) {
    if (variants.empty()) return {};
    const BlockRecord& kept = m_base.blocks[static_cast<std::size_t>(layer)];
    const std::int64_t count = rows.end - rows.first;
    const at::Tensor mid = kept.residMid.narrow(1, rows.first, count);
    if (variants.front().plan.entry == Entry::AfterAttention)
        return repeated(mid, static_cast<std::int64_t>(variants.size()));
    // r_mid + (z′ − z)·W_O: the attention of this block is not run again.
    const at::Tensor z = kept.z.narrow(1, rows.first, count); // [1, rows, H, dh]
    std::vector<at::Tensor> changes;
    for (const Variant& variant : variants)
        changes.push_back(variant.cut.apply({HookKind::Z, layer}, z, rows.first) - z);
    const Linear& out = m_model.parameters().layers[static_cast<std::size_t>(layer)].out;
    return mid + out.withoutBias(at::cat(changes, 0).flatten(2));
}

at::Tensor VariantBatch::runBlock(int layer, at::Tensor streams, const RowRange& rows, Pass& pass) const {
    if (!streams.defined()) return {};
    const bool last = layer + 1 == m_model.traits().nLayers;
    pass.droppedRows = last && rows.lastRowOnly ? rows.end - rows.first - 1 : 0;
    KeyValueCache before; // of the rows in front, which are the base's
    if (rows.first > 0) {
        const auto at = static_cast<std::size_t>(layer);
        const BlockRecord& kept = m_base.blocks[at];
        before.rows = rows.first;
        before.keys.resize(m_base.blocks.size());
        before.values.resize(m_base.blocks.size());
        const auto shared = [&](const at::Tensor& x) {
            return x.narrow(1, 0, rows.first).expand({streams.size(0), -1, -1, -1});
        };
        before.keys[at] = shared(kept.rotK);
        before.values[at] = shared(kept.v);
        pass.cache = &before;
    }
    at::Tensor result = m_model.block(layer, std::move(streams), pass);
    pass.cache = nullptr;
    return result;
}

at::Tensor VariantBatch::run(std::span<const Variant> variants, const RowRange& rows) {
    Pass pass;
    pass.hooks = &m_hooks;
    pass.cancel = &m_cancel;
    pass.length = static_cast<std::int64_t>(m_base.tokens.size());
    if (m_positionEmbedding.defined())
        pass.positionEmbedding = m_positionEmbedding.narrow(1, rows.first, rows.end - rows.first);
    m_hooks.active.clear();
    m_hooks.end = rows.end;
    const int layers = m_model.traits().nLayers;
    at::Tensor streams;
    for (int layer = variants.front().plan.layer; layer < layers; ++layer) {
        std::size_t entering = 0;
        while (entering < variants.size() && variants[entering].plan.layer == layer)
            ++entering;
        const std::span<const Variant> here = variants.first(entering);
        variants = variants.subspan(entering);
        std::vector<const Interventions*> newcomers;
        for (const Variant& variant : here)
            newcomers.push_back(&variant.cut);

        const bool atBlock = !here.empty() && here.front().plan.entry == Entry::Block;
        std::vector<const Interventions*> running = m_hooks.active;
        if (atBlock) {
            running.insert(running.end(), newcomers.begin(), newcomers.end());
            streams = joined(streams, enterBlock(layer, static_cast<std::int64_t>(here.size()), rows));
        }
        m_hooks.active = running;
        streams = runBlock(layer, std::move(streams), rows, pass);
        if (atBlock || here.empty()) continue;

        RowRange needed = rows;
        if (rows.lastRowOnly && layer + 1 == layers) needed.first = rows.end - 1;
        m_hooks.active = newcomers;
        const at::Tensor mid = enterBehindAttention(layer, here, needed);
        streams = joined(streams, m_model.blockFromMid(layer, mid, pass));
        running.insert(running.end(), newcomers.begin(), newcomers.end());
        m_hooks.active = running;
    }
    return streams;
}

} // namespace cutaway::engine
