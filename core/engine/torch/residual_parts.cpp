// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/residual_parts.h"

#include "core/types/cut_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cutaway::engine {

namespace {

at::Tensor wide(const at::Tensor& x) {
    return x.to(at::kDouble).cpu();
}

/// The MLP's hooks of one block under the cuts, entered behind hook_resid_mid.
class MlpHooks : public Hooks {
public:
    MlpHooks(const Interventions* cuts, std::int64_t row) : m_cuts(cuts), m_row(row) {}
    bool wants(const HookPoint& hook) const override {
        // The stream it starts from is that after the cuts on it; what leaves the block is not used.
        if (hook.kind == HookKind::ResidMid || hook.kind == HookKind::ResidPost) return false;
        return hook.kind == HookKind::MlpOut || (m_cuts && m_cuts->touches(hook));
    }
    at::Tensor at(const HookPoint& hook, at::Tensor activation) override {
        if (m_cuts) activation = m_cuts->apply(hook, activation, m_row);
        if (hook.kind == HookKind::MlpOut) written = activation;
        return activation;
    }

    at::Tensor written; ///< [1, 1, d]

private:
    const Interventions* m_cuts;
    std::int64_t m_row;
};

/// Names of a norm's hooks.
struct NormHooks {
    HookPoint scale, normalized, out;
};

/// Takes one side of a run apart at one position.
class Dissection {
public:
    Dissection(Runner& runner, const SideView& side, std::int64_t position)
        : m_runner(runner), m_model(runner.model()), m_traits(m_model.traits()), m_side(side),
          m_position(position) {}

    FinalParts run() {
        addEmbedding();
        if (m_traits.parallelBlocks && m_traits.hasMlp()) captureMlps();
        for (int layer = 0; layer < m_traits.nLayers; ++layer) {
            applyCuts({HookKind::ResidPre, layer}, m_stream);
            addAttention(layer);
            if (m_traits.hasResidMid()) applyCuts({HookKind::ResidMid, layer}, m_stream);
            if (m_traits.hasMlp())
                m_stream.add("L" + std::to_string(layer) + ".mlp", Target{TargetKind::Mlp, layer},
                             mlpOutput(layer));
            applyCuts({HookKind::ResidPost, layer}, m_stream);
        }
        FinalParts result;
        const at::Tensor last = m_side.run->last.narrow(1, m_position, 1); // [1, 1, d]
        if (m_traits.hasNorm() && m_traits.finalNorm)
            result.scale = throughNorm(
                m_stream, result.constants, wide(last).view(-1), m_model.parameters().finalNorm,
                {{HookKind::LnFinalScale, -1}, {HookKind::LnFinalNormalized, -1}, {HookKind::LnFinalOut, -1}},
                "ln_final.b");
        RunHooks hooks(m_side.cuts, {});
        hooks.firstRow = m_position;
        Pass pass;
        pass.hooks = &hooks;
        result.normed = wide(m_model.finalNorm(last, pass)).view(-1);
        result.stream = std::move(m_stream);
        return result;
    }

private:
    bool touches(const HookPoint& hook) const { return m_side.cuts && m_side.cuts->touches(hook); }

    /// What the cuts at a hook do to everything that was added before it.
    void applyCuts(const HookPoint& hook, PartList& parts, PartList* constants = nullptr) {
        if (!touches(hook)) return;
        const AffineCut cut = affineCut(*m_side.cuts, hook, {m_traits.dModel}, m_position);
        parts.scale(cut.factor);
        if (constants) constants->scale(cut.factor);
        if (cut.constant.count_nonzero().item<std::int64_t>() > 0)
            (constants ? *constants : parts)
                .add(cutsAt(m_side, hook, m_position, m_traits), {}, cut.constant);
    }

    /// A component's own output under the cuts on it. `row` has the hook's axes behind positions.
    at::Tensor underCuts(const HookPoint& hook, const at::Tensor& row) const {
        if (!touches(hook)) return row;
        return m_side.cuts->apply(hook, row.unsqueeze(0).unsqueeze(0), m_position).select(0, 0).select(0, 0);
    }

    void addEmbedding() {
        const TransformerParameters& p = m_model.parameters();
        const at::Tensor tokens = m_runner.tensorOf(m_side.run->tokens); // [1, T]
        const at::Tensor row = wide(m_model.tokenEmbedding(tokens).select(0, 0)[m_position]);
        m_stream.add("embed", hookTarget(HookKind::Embed), underCuts({HookKind::Embed, -1}, row));
        // Shortformer positions are read by queries and keys and never added to the stream.
        if (!m_traits.hasPosEmbed() || m_traits.positions == PositionKind::Shortformer) return;
        const at::Tensor place = wide(p.posEmbed.narrow(0, m_position, 1)).view(-1);
        m_stream.add("pos_embed", hookTarget(HookKind::PosEmbed), underCuts({HookKind::PosEmbed, -1}, place));
    }

    static Target hookTarget(HookKind kind) {
        Target target;
        target.kind = TargetKind::Hook;
        target.hook = kind;
        return target;
    }

    void addAttention(int layer) {
        const auto at = static_cast<std::size_t>(layer);
        const LayerParameters& w = m_model.parameters().layers[at];
        const at::Tensor z = m_side.run->blocks[at].z.select(0, 0).select(0, m_position); // [H, dh]
        // Each head's z alone in a row of zeros: one product through W_O, whichever way it is laid out.
        const std::int64_t heads = z.size(0), width = z.size(1);
        const at::Tensor apart = at::zeros({heads, heads, width}, z.options());
        apart.diagonal(0, 0, 1).copy_(z.transpose(0, 1));
        at::Tensor results = wide(w.out.withoutBias(apart.flatten(1))); // [H, d]
        results = underCuts({HookKind::AttnResult, layer}, results);

        const std::string name = "L" + std::to_string(layer);
        PartList parts;
        for (int head = 0; head < m_traits.nHeads; ++head)
            parts.add(name + "H" + std::to_string(head), Target{TargetKind::Head, layer, head},
                      results.select(0, head));
        if (w.out.bias().defined()) parts.add(name + ".b_O", {}, wide(w.out.bias()));
        if (m_traits.hasNorm() && m_traits.sandwichNorm) {
            PartList constants;
            const double scale = throughNorm(parts, constants, parts.sum(m_traits.dModel), w.norm1Post,
                                             {{HookKind::Ln1PostScale, layer},
                                              {HookKind::Ln1PostNormalized, layer},
                                              {HookKind::Ln1PostOut, layer}},
                                             name + ".ln1_post.b");
            parts.scale(at::full({}, 1.0 / scale, at::kDouble));
            parts.add(constants);
        }
        applyCuts({HookKind::AttnOut, layer}, parts);
        m_stream.add(parts);
    }

    /// hook_mlp_out at the position, [d].
    at::Tensor mlpOutput(int layer) {
        if (m_traits.parallelBlocks) return wide(m_mlps.at({HookKind::MlpOut, layer})[m_position]);
        MlpHooks hooks(m_side.cuts, m_position);
        Pass pass;
        pass.hooks = &hooks;
        const at::Tensor& mid = m_side.run->blocks[static_cast<std::size_t>(layer)].residMid;
        m_model.blockFromMid(layer, mid.narrow(1, m_position, 1), pass);
        return wide(hooks.written).view(-1);
    }

    /// A parallel block's MLP reads what its attention reads: the blocks are run again.
    void captureMlps() {
        std::set<HookPoint> hooks;
        for (int layer = 0; layer < m_traits.nLayers; ++layer)
            hooks.insert({HookKind::MlpOut, layer});
        m_mlps = m_runner.slices(*m_side.run, m_side.cuts, hooks);
    }

    /// Carries parts whose sum is `input` through a norm, but for the division by its scale, which is
    /// returned. What is added behind the division goes to `constants`.
    double throughNorm(PartList& parts, PartList& constants, const at::Tensor& input, const NormParameters& w,
                       const NormHooks& at, const std::string& biasName) {
        const bool centred = m_traits.norm == NormKind::LayerNorm;
        const at::Tensor h = centred ? input - input.mean() : input;
        at::Tensor scale = at::sqrt(h.square().mean() + m_model.spec().normEpsilon).view({1});
        scale = underCuts(at.scale, scale);
        if (centred) parts.centre();
        applyCuts(at.normalized, parts, &constants);
        if (w.gain.defined()) {
            parts.scale(wide(w.gain));
            constants.scale(wide(w.gain));
        }
        if (w.bias.defined()) constants.add(biasName, {}, wide(w.bias));
        applyCuts(at.out, parts, &constants);
        return scale.item<double>();
    }

    Runner& m_runner;
    const Transformer& m_model;
    const ModelTraits& m_traits;
    const SideView& m_side;
    std::int64_t m_position;
    PartList m_stream;
    HookValues m_mlps; ///< parallel blocks only
};

} // namespace

void PartList::add(std::string name, std::optional<Target> target, const at::Tensor& value) {
    const auto same =
        std::find_if(m_parts.begin(), m_parts.end(), [&](const auto& p) { return p.name == name; });
    if (same != m_parts.end())
        same->value = same->value + value;
    else
        m_parts.push_back({std::move(name), std::move(target), value});
}

void PartList::add(const PartList& other) {
    for (const ResidualPart& part : other.m_parts)
        add(part.name, part.target, part.value);
}

void PartList::scale(const at::Tensor& factor) {
    for (ResidualPart& part : m_parts)
        part.value = part.value * factor;
}

void PartList::centre() {
    for (ResidualPart& part : m_parts)
        part.value = part.value - part.value.mean();
}

at::Tensor PartList::sum(std::int64_t width) const {
    at::Tensor total = at::zeros({width}, at::kDouble);
    for (const ResidualPart& part : m_parts)
        total += part.value;
    return total;
}

FinalParts finalParts(Runner& runner, const SideView& side, std::int64_t position) {
    return Dissection(runner, side, position).run();
}

AffineCut affineCut(const Interventions& cuts, const HookPoint& hook, at::IntArrayRef shape,
                    std::int64_t position) {
    std::vector<std::int64_t> size{1, 1};
    size.insert(size.end(), shape.begin(), shape.end());
    const auto row = [](const at::Tensor& x) { return x.select(0, 0).select(0, 0); };
    const at::Tensor constant = row(cuts.apply(hook, at::zeros(size, at::kDouble), position));
    return {row(cuts.apply(hook, at::ones(size, at::kDouble), position)) - constant, constant};
}

std::string cutsAt(const SideView& side, const HookPoint& hook, std::int64_t position,
                   const ModelTraits& traits) {
    const int length = static_cast<int>(side.run->tokens.size());
    std::string names;
    for (const Cut& cut : *side.list) {
        const auto places = resolvePositions(cut.positions, length, length);
        const bool here = cut.strength != 0.0 && places &&
                          std::find(places->begin(), places->end(), position) != places->end();
        const std::vector<ResolvedTarget> targets = resolveTargets(cut, traits);
        if (here &&
            std::any_of(targets.begin(), targets.end(), [&](const auto& t) { return t.hook == hook; }))
            names += (names.empty() ? "" : " + ") + printCut(cut);
    }
    return names;
}

} // namespace cutaway::engine
