// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/transformer.h"
#include "core/engine/torch/faults.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace cutaway::engine {

using model::Activation;
using model::Stage;

namespace {

bool heard(const Pass& pass, HookKind kind, int layer) {
    return pass.hooks && pass.hooks->wants({kind, layer});
}

/// Offers an activation to whoever listens.
at::Tensor offer(Pass& pass, HookKind kind, int layer, at::Tensor x) {
    return heard(pass, kind, layer) ? pass.hooks->at({kind, layer}, std::move(x)) : x;
}

bool isHalf(const at::Tensor& x) {
    return x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16;
}

at::Tensor softCap(const at::Tensor& x, double cap) {
    return cap > 0.0 ? cap * at::tanh(x / cap) : x;
}

/// [B, S, K, dh] → [B, H, S, dh]: each key/value head serves heads / kv heads query heads.
at::Tensor spread(const at::Tensor& x, std::int64_t heads) {
    const at::Tensor byHead = x.transpose(1, 2);
    const std::int64_t group = heads / byHead.size(1);
    return group == 1 ? byHead : byHead.repeat_interleave(group, 1);
}

} // namespace

Transformer::Transformer(model::ArchitectureSpec spec, TransformerParameters parameters)
    : m_spec(std::move(spec)), m_parameters(std::move(parameters)), m_stages(model::compileStages(m_spec)) {
    if (m_spec.traits.hasRotary()) {
        const std::vector<double>& f = m_spec.rotary.inverseFrequencies;
        m_inverseFrequencies = at::empty({static_cast<std::int64_t>(f.size())}, at::kFloat);
        std::transform(f.begin(), f.end(), m_inverseFrequencies.data_ptr<float>(),
                       [](double x) { return static_cast<float>(x); });
        m_inverseFrequencies = m_inverseFrequencies.to(m_parameters.embed.device());
    }
}

at::Tensor Transformer::forward(const at::Tensor& tokens, Pass& pass) const {
    const at::Tensor resid = blocks(0, embed(tokens, pass), pass);
    return unembed(finalNorm(resid, pass), pass);
}

at::Tensor Transformer::forward(const at::Tensor& tokens) const {
    Pass pass;
    return forward(tokens, pass);
}

at::Tensor Transformer::embed(const at::Tensor& tokens, Pass& pass) const {
    const at::Tensor& table = m_parameters.embed;
    at::Tensor resid = at::embedding(table, tokens); // [B, T, d]
    if (m_spec.embeddingScale != 1.0) resid = resid * m_spec.embeddingScale;
    resid = offer(pass, HookKind::Embed, -1, resid);
    if (!traits().hasPosEmbed()) return resid;

    const std::int64_t first = pass.cache ? pass.cache->rows : 0;
    at::Tensor position =
        m_parameters.posEmbed.narrow(0, first, tokens.size(1)).unsqueeze(0).expand_as(resid);
    position = offer(pass, HookKind::PosEmbed, -1, position);
    if (traits().positions == PositionKind::Shortformer) {
        pass.positionEmbedding = position;
        return resid;
    }
    return resid + position;
}

at::Tensor Transformer::blocks(int first, at::Tensor resid, Pass& pass) const {
    for (int layer = first; layer < traits().nLayers; ++layer)
        resid = block(layer, std::move(resid), pass);
    return resid;
}

at::Tensor Transformer::block(int layer, at::Tensor resid, Pass& pass) const {
    if (pass.cancel && pass.cancel->cancelled()) throw CancelledPass{};
    mayFail();
    BlockState s;
    if (pass.record) (*pass.record)[static_cast<std::size_t>(layer)].residPre = resid;
    s.resid = offer(pass, HookKind::ResidPre, layer, std::move(resid));
    s.in = s.resid;
    for (const Stage stage : m_stages)
        run(stage, layer, s, pass);
    return offer(pass, HookKind::ResidPost, layer, s.resid);
}

at::Tensor Transformer::blockFromMid(int layer, at::Tensor residMid, Pass& pass) const {
    if (pass.cancel && pass.cancel->cancelled()) throw CancelledPass{};
    mayFail();
    BlockState s;
    s.resid = traits().hasResidMid() ? offer(pass, HookKind::ResidMid, layer, std::move(residMid))
                                     : std::move(residMid);
    s.in = s.resid;
    if (pass.record) (*pass.record)[static_cast<std::size_t>(layer)].residMid = s.resid;
    const auto sum = std::find(m_stages.begin(), m_stages.end(), Stage::AddAttention);
    for (auto stage = sum + 1; stage != m_stages.end(); ++stage)
        run(*stage, layer, s, pass);
    return offer(pass, HookKind::ResidPost, layer, s.resid);
}

void Transformer::run(Stage stage, int layer, BlockState& s, Pass& pass) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    using enum HookKind;
    switch (stage) {
    case Stage::Norm1:
        s.in = norm(s.resid, w.norm1, pass, {Ln1Scale, layer}, {Ln1Normalized, layer}, {Ln1Out, layer});
        return;
    case Stage::ProjectQkv:
        return projectQkv(layer, s, pass);
    case Stage::NormQk:
        return normQk(layer, s);
    case Stage::Rotate:
        return rotate(s, pass);
    case Stage::Attend:
        return attend(layer, s, pass);
    case Stage::ProjectOut:
        return projectOut(layer, s, pass);
    case Stage::Norm1Post:
        s.attnOut = norm(s.attnOut, w.norm1Post, pass, {Ln1PostScale, layer}, {Ln1PostNormalized, layer},
                         {Ln1PostOut, layer});
        return;
    case Stage::AddAttention:
        s.resid = s.resid + offer(pass, AttnOut, layer, s.attnOut);
        if (traits().hasResidMid()) s.resid = offer(pass, ResidMid, layer, s.resid);
        s.in = s.resid;
        if (pass.record) (*pass.record)[static_cast<std::size_t>(layer)].residMid = s.resid;
        return;
    case Stage::Norm2:
        s.in = norm(s.resid, w.norm2, pass, {Ln2Scale, layer}, {Ln2Normalized, layer}, {Ln2Out, layer});
        return;
    case Stage::MlpIn:
        return mlpIn(layer, s, pass);
    case Stage::Activate:
        return activate(layer, s, pass);
    case Stage::MlpOut:
        s.mlpOut = w.mlpOut(s.post);
        return;
    case Stage::Norm2Post:
        s.mlpOut = norm(s.mlpOut, w.norm2Post, pass, {Ln2PostScale, layer}, {Ln2PostNormalized, layer},
                        {Ln2PostOut, layer});
        return;
    case Stage::AddMlp:
        s.resid = s.resid + offer(pass, MlpOut, layer, s.mlpOut);
        return;
    }
}

/// x [B, T, d] → q [B, T, H, dh], k and v [B, T, K, dh].
void Transformer::projectQkv(int layer, BlockState& s, Pass& pass) const {
    const Linear& qkv = m_parameters.layers[static_cast<std::size_t>(layer)].qkv;
    const std::int64_t heads = traits().nHeads, kv = traits().nKvHeads, dh = traits().dHead;
    const auto split = [&](const at::Tensor& product, std::int64_t first, std::int64_t count) {
        return product.narrow(-1, first * dh, count * dh).unflatten(-1, {count, dh});
    };
    const at::Tensor product = qkv(s.in);
    // Shortformer: positions are added to what queries and keys read, not to what values read.
    const at::Tensor placed = pass.positionEmbedding.defined() ? qkv(s.in + pass.positionEmbedding) : product;
    s.q = offer(pass, HookKind::Q, layer, split(placed, 0, heads));
    s.k = offer(pass, HookKind::K, layer, split(placed, heads, kv));
    s.v = offer(pass, HookKind::V, layer, split(product, heads + kv, kv));
    s.rotQ = s.q;
    s.rotK = s.k;
}

/// RMS norm of each query and key head. **Source:** Henry et al. 2020; Qwen 3.
void Transformer::normQk(int layer, BlockState& s) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    Pass silent;
    const HookPoint none{HookKind::Logits, -1};
    s.rotQ = norm(s.rotQ, w.qNorm, silent, none, none, none);
    s.rotK = norm(s.rotK, w.kNorm, silent, none, none, none);
}

/// Turns pairs of entries by an angle that grows with the position. **Source:** Su et al. 2021, RoFormer.
void Transformer::rotate(BlockState& s, Pass& pass) const {
    const std::int64_t first = pass.cache ? pass.cache->rows : 0;
    const at::Tensor position = at::arange(first, first + s.q.size(1), m_inverseFrequencies.options()); // [T]
    const at::Tensor angle = at::outer(position, m_inverseFrequencies).unsqueeze(1); // [T, 1, dim / 2]
    const double factor = m_spec.rotary.factor;
    const at::Tensor cosine = (at::cos(angle) * factor).to(s.q.scalar_type());
    const at::Tensor sine = (at::sin(angle) * factor).to(s.q.scalar_type());
    s.rotQ = turn(s.rotQ, cosine, sine);
    s.rotK = turn(s.rotK, cosine, sine);
}

at::Tensor Transformer::turn(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine) const {
    const std::int64_t dim = m_spec.rotary.dim;
    const at::Tensor turning = x.narrow(-1, 0, dim);
    at::Tensor turned;
    if (m_spec.rotary.interleaved) {
        const at::Tensor pairs = turning.unflatten(-1, {dim / 2, 2});
        const at::Tensor a = pairs.select(-1, 0), b = pairs.select(-1, 1);
        turned = at::stack({a * cosine - b * sine, b * cosine + a * sine}, -1).flatten(-2);
    } else {
        const at::Tensor a = turning.narrow(-1, 0, dim / 2), b = turning.narrow(-1, dim / 2, dim / 2);
        turned = at::cat({a * cosine - b * sine, b * cosine + a * sine}, -1);
    }
    if (dim == x.size(-1)) return turned;
    return at::cat({turned, x.narrow(-1, dim, x.size(-1) - dim)}, -1);
}

/// True where a query may not look: [T, S], queries being the last T of the S rows.
at::Tensor Transformer::forbidden(int layer, std::int64_t queries, std::int64_t keys,
                                  const at::Tensor& like) const {
    const auto options = like.options().dtype(at::kInt);
    const at::Tensor query = at::arange(keys - queries, keys, options).unsqueeze(1);
    const at::Tensor key = at::arange(keys, options).unsqueeze(0);
    at::Tensor out = traits().causal ? key > query : key < 0;
    const int window = m_spec.window.empty() ? 0 : m_spec.window[static_cast<std::size_t>(layer)];
    if (window > 0) out = at::logical_or(out, key <= query - window);
    return out.expand({queries, keys});
}

at::Tensor Transformer::scores(int layer, const at::Tensor& rotQ, const at::Tensor& rotK) const {
    const at::Tensor q = rotQ.transpose(1, 2);    // [B, H, T, dh]
    const at::Tensor k = spread(rotK, q.size(1)); // [B, H, S, dh]
    const double scale = m_spec.attentionScale[static_cast<std::size_t>(layer)];
    at::Tensor score = softCap(at::matmul(q * scale, k.transpose(2, 3)), m_spec.scoreSoftCap);
    const at::Tensor hidden = forbidden(layer, q.size(2), k.size(2), score);
    constexpr double nothing = -std::numeric_limits<double>::infinity();
    // In place where no gradient needs the value: the array is large.
    return score.requires_grad() ? score.masked_fill(hidden, nothing) : score.masked_fill_(hidden, nothing);
}

at::Tensor Transformer::softmax(const at::Tensor& scores) {
    if (!isHalf(scores)) return at::softmax(scores, -1);
    return at::softmax(scores.to(at::kFloat), -1).to(scores.scalar_type());
}

/// q [B, T, H, dh], k and v [B, S, K, dh] → z [B, T, H, dh]. **Source:** Vaswani et al. 2017, section 3.2.1.
void Transformer::attend(int layer, BlockState& s, Pass& pass) const {
    if (traits().hasRotary() || traits().qkNorm) {
        s.rotQ = offer(pass, HookKind::RotQ, layer, s.rotQ);
        s.rotK = offer(pass, HookKind::RotK, layer, s.rotK);
    }
    at::Tensor keys = s.rotK, values = s.v;
    const auto at = static_cast<std::size_t>(layer);
    if (pass.cache && pass.cache->rows > 0) {
        keys = at::cat({pass.cache->keys[at], keys}, 1);
        values = at::cat({pass.cache->values[at], values}, 1);
    }
    if (pass.cache) {
        pass.cache->keys[at] = keys;
        pass.cache->values[at] = values;
    }
    if (pass.droppedRows > 0 && layer + 1 == traits().nLayers) {
        const std::int64_t rest = s.q.size(1) - pass.droppedRows;
        for (at::Tensor* x : {&s.resid, &s.in, &s.q, &s.rotQ})
            *x = x->narrow(1, pass.droppedRows, rest);
    }
    const std::int64_t heads = traits().nHeads;
    const at::Tensor v = spread(values, heads); // [B, H, S, dh]
    at::Tensor z;                               // [B, H, T, dh]
    const bool shown = heard(pass, HookKind::AttnScores, layer) || heard(pass, HookKind::Pattern, layer);
    if (shown || m_spec.scoreSoftCap > 0.0) {
        const at::Tensor score = offer(pass, HookKind::AttnScores, layer, scores(layer, s.rotQ, keys));
        const at::Tensor pattern = offer(pass, HookKind::Pattern, layer, softmax(score)); // [B, H, T, S]
        z = at::matmul(pattern, v);
    } else {
        const at::Tensor q = s.rotQ.transpose(1, 2);
        const at::Tensor k = spread(keys, heads);
        const bool windowed = !m_spec.window.empty() && m_spec.window[at] > 0;
        const bool square = q.size(2) == k.size(2);
        std::optional<at::Tensor> allowed;
        if (windowed || (traits().causal && !square && q.size(2) > 1))
            allowed = at::logical_not(forbidden(layer, q.size(2), k.size(2), q));
        z = at::scaled_dot_product_attention(q, k, v, allowed, 0.0, !allowed && square && traits().causal,
                                             m_spec.attentionScale[at]);
    }
    s.z = offer(pass, HookKind::Z, layer, z.transpose(1, 2));
    if (pass.record) {
        BlockRecord& r = (*pass.record)[at];
        r.q = s.q, r.k = s.k, r.v = s.v, r.rotQ = s.rotQ, r.rotK = s.rotK, r.z = s.z;
    }
}

/// z [B, T, H, dh] → what attention writes [B, T, d]: the sum of the heads' results and b_O.
void Transformer::projectOut(int layer, BlockState& s, Pass& pass) const {
    const Linear& out = m_parameters.layers[static_cast<std::size_t>(layer)].out;
    if (!heard(pass, HookKind::AttnResult, layer)) {
        s.attnOut = out(s.z.flatten(2));
        return;
    }
    const at::Tensor perHead =
        out.plainWeight().unflatten(1, {traits().nHeads, traits().dHead}); // [d, H, dh]
    const at::Tensor result =
        offer(pass, HookKind::AttnResult, layer, at::einsum("bthe,dhe->bthd", {s.z, perHead}));
    s.attnOut = result.sum(2);
    if (out.bias().defined()) s.attnOut = s.attnOut + out.bias();
}

void Transformer::mlpIn(int layer, BlockState& s, Pass& pass) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    const bool gated = traits().gatedMlp;
    s.pre = offer(pass, HookKind::MlpPre, layer, gated ? w.gate(s.in) : w.in(s.in));
    if (gated) s.preLinear = offer(pass, HookKind::MlpPreLinear, layer, w.in(s.in));
}

void Transformer::activate(int layer, BlockState& s, Pass& pass) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    at::Tensor x;
    switch (m_spec.activation) {
    case Activation::Relu:
        x = at::relu(s.pre);
        break;
    case Activation::GeluErf:
        x = at::gelu(s.pre, "none");
        break;
    case Activation::GeluTanh:
    case Activation::GeluFast:
        x = at::gelu(s.pre, "tanh");
        break;
    case Activation::Silu:
        x = at::silu(s.pre);
        break;
    case Activation::SoluLn: // Source: Elhage et al. 2022, "Softmax Linear Units"
        x = offer(pass, HookKind::MlpMid, layer, s.pre * softmax(s.pre));
        break;
    }
    if (traits().gatedMlp) {
        x = x * s.preLinear;
        if (w.inBias.defined()) x = x + w.inBias;
    }
    if (m_spec.activation == Activation::SoluLn)
        x = at::layer_norm(x, {x.size(-1)}, w.mlpNorm.gain, w.mlpNorm.bias, m_spec.normEpsilon);
    s.post = offer(pass, HookKind::MlpPost, layer, x);
}

/// Layer norm (Ba et al. 2016) or RMS norm (Zhang & Sennrich 2019) over the last axis; half precision is
/// raised to float32 inside.
at::Tensor Transformer::norm(const at::Tensor& x, const NormParameters& p, Pass& pass, HookPoint scale,
                             HookPoint normalized, HookPoint out) const {
    const bool listens = pass.hooks && (pass.hooks->wants(scale) || pass.hooks->wants(normalized));
    const bool centred = traits().norm == NormKind::LayerNorm;
    at::Tensor y;
    if (centred && !listens) {
        y = at::layer_norm(x, {x.size(-1)}, p.gain, p.bias, m_spec.normEpsilon);
    } else {
        at::Tensor h = isHalf(x) ? x.to(at::kFloat) : x;
        if (centred) h = h - h.mean(-1, true);
        at::Tensor divisor = at::sqrt(h.square().mean(-1, true) + m_spec.normEpsilon); // [B, T, 1]
        if (listens) divisor = offer(pass, scale.kind, scale.layer, divisor);
        h = h / divisor;
        if (listens) h = offer(pass, normalized.kind, normalized.layer, h);
        h = h.to(x.scalar_type());
        y = p.gain.defined() ? h * p.gain : h;
        if (p.bias.defined()) y = y + p.bias;
    }
    return offer(pass, out.kind, out.layer, y);
}

at::Tensor Transformer::finalNorm(const at::Tensor& resid, Pass& pass) const {
    if (!traits().hasNorm() || !traits().finalNorm) return resid;
    return norm(resid, m_parameters.finalNorm, pass, {HookKind::LnFinalScale, -1},
                {HookKind::LnFinalNormalized, -1}, {HookKind::LnFinalOut, -1});
}

at::Tensor Transformer::unembed(const at::Tensor& normed, Pass& pass) const {
    return offer(pass, HookKind::Logits, -1, softCap(m_parameters.unembed(normed), m_spec.logitSoftCap));
}

} // namespace cutaway::engine
