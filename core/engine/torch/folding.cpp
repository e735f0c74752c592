// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/folding.h"

#include "core/engine/torch/failure.h"

namespace cutaway::engine {

namespace {

at::Tensor centred(const at::Tensor& x, std::int64_t axis) {
    return x - x.mean(axis, true);
}

/// Folding in float64: the products are sums over the width.
class Folder {
public:
    explicit Folder(const model::ArchitectureSpec& spec)
        : m_traits(spec.traits), m_centres(spec.traits.norm == NormKind::LayerNorm) {}

    /// y = W·(gain ⊙ x + bias) + b as y = W′·x + b′; under a layer norm x has mean 0, so W′ may be centred
    /// too.
    void behindNorm(const NormParameters& norm, Linear& linear) const {
        if (!linear.present()) return;
        at::Tensor weight = wide(linear.plainWeight()), bias = wide(linear.bias());
        if (norm.bias.defined()) {
            const at::Tensor shift = at::mv(weight, wide(norm.bias));
            bias = bias.defined() ? bias + shift : shift;
        }
        if (norm.gain.defined()) weight = weight * wide(norm.gain);
        if (m_centres && m_traits.hasNorm()) weight = centred(weight, 1);
        put(linear, weight, bias);
    }

    /// What writes to the stream, centred: W [d, in], b [d].
    void centreWriting(Linear& linear) const {
        if (!linear.present()) return;
        at::Tensor bias = wide(linear.bias());
        if (bias.defined()) bias = centred(bias, 0);
        put(linear, centred(wide(linear.plainWeight()), 0), bias);
    }

    /// The value heads' biases pass every pattern unchanged, since its rows sum to 1: they belong to b_O.
    void valueBiases(LayerParameters& layer) const {
        const at::Tensor all = wide(layer.qkv.bias());
        if (!all.defined()) return;
        const std::int64_t dh = m_traits.dHead, heads = m_traits.nHeads, kv = m_traits.nKvHeads;
        const std::int64_t first = (heads + kv) * dh;
        const at::Tensor own = all.narrow(0, first, kv * dh)
                                   .view({kv, 1, dh})
                                   .expand({kv, heads / kv, dh})
                                   .reshape({heads * dh});
        const at::Tensor weight = wide(layer.out.plainWeight());
        const at::Tensor shift = at::mv(weight, own);
        const at::Tensor before = wide(layer.out.bias());
        put(layer.out, weight, before.defined() ? before + shift : shift);
        at::Tensor rest = all.clone();
        rest.narrow(0, first, kv * dh).zero_();
        put(layer.qkv, wide(layer.qkv.plainWeight()), rest);
    }

    void layer(LayerParameters& l) const {
        behindNorm(l.norm1, l.qkv);
        for (Linear* linear :
             {&l.in, &l.gate, &l.router, &l.sharedExpert.in, &l.sharedExpert.gate, &l.sharedGate})
            behindNorm(l.norm2, *linear);
        for (ExpertParameters& expert : l.experts) {
            behindNorm(l.norm2, expert.in);
            behindNorm(l.norm2, expert.gate);
        }
        l.norm1 = l.norm2 = {};
        if (l.mlpNorm.gain.defined()) behindNorm(l.mlpNorm, l.mlpOut);
        l.mlpNorm = {};
        valueBiases(l);
        if (!writes()) return;
        centreWriting(l.out);
        centreWriting(l.mlpOut);
    }

    /// Whether the mean of what is written to the stream is lost in every norm behind it.
    bool writes() const { return m_centres && m_traits.hasNorm() && m_traits.finalNorm; }

    static at::Tensor wide(const at::Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; }

    static void put(Linear& linear, const at::Tensor& weight, const at::Tensor& bias) {
        const at::ScalarType type = linear.plainWeight().scalar_type();
        linear = Linear(weight.to(type).contiguous(), bias.defined() ? bias.to(type) : bias, linear.route());
    }

private:
    const ModelTraits& m_traits;
    bool m_centres;
};

} // namespace

void foldWeights(model::ArchitectureSpec& spec, TransformerParameters& p) {
    const ModelTraits& t = spec.traits;
    if (t.postNorm() || t.sandwichOnly() || t.headTransform || t.positions == PositionKind::Shortformer ||
        p.embedNorm.gain.defined())
        raise(ErrorCode::Unsupported, "open model",
              "--weights folded is for models whose norms stand in front of attention, MLP and a linear "
              "head; this "
              "one is read with --weights raw only");
    const Folder folder(spec);
    if (spec.tiedHead) p.unembed = Linear(p.embed.clone(), p.unembed.bias());
    spec.tiedHead = false;
    for (LayerParameters& layer : p.layers)
        folder.layer(layer);
    if (t.finalNorm) folder.behindNorm(p.finalNorm, p.unembed);
    p.finalNorm = {};
    spec.traits.normWeights = false;
    if (folder.writes()) {
        const at::ScalarType type = p.embed.scalar_type();
        p.embed = centred(Folder::wide(p.embed), 1).to(type);
        if (p.posEmbed.defined()) p.posEmbed = centred(Folder::wide(p.posEmbed), 1).to(type);
    }
    if (spec.logitSoftCap > 0.0) return;
    at::Tensor bias = Folder::wide(p.unembed.bias());
    if (bias.defined()) bias = centred(bias, 0);
    Folder::put(p.unembed, centred(Folder::wide(p.unembed.plainWeight()), 0), bias);
}

} // namespace cutaway::engine
