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

/// Elementwise, but SoLU, which is a softmax over the width. **Source:** Elhage et al. 2022, "Softmax Linear
/// Units".
at::Tensor activated(Activation kind, const at::Tensor& x) {
    switch (kind) {
    case Activation::Relu:
        return at::relu(x);
    case Activation::GeluErf:
        return at::gelu(x, "none");
    case Activation::GeluTanh:
    case Activation::GeluFast:
        return at::gelu(x, "tanh");
    case Activation::Silu:
        return at::silu(x);
    case Activation::SoluLn:
        return x * Transformer::softmax(x);
    }
    return x;
}

/// Radians a token for a sequence of so many, [dim / 2] float32.
at::Tensor frequenciesFor(const model::RotarySpec& rotary, std::int64_t length) {
    const std::vector<double> f = model::rotaryFrequenciesFor(rotary, length);
    return at::tensor(f, at::kDouble).to(at::kFloat);
}

/// Turns the leading entries of each head by these angles; the rest pass through.
at::Tensor turn(const model::RotarySpec& rotary, const at::Tensor& x, const at::Tensor& cosine,
                const at::Tensor& sine) {
    const std::int64_t dim = rotary.dim;
    const at::Tensor turning = x.narrow(-1, 0, dim);
    at::Tensor turned;
    if (rotary.interleaved) {
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

/// [B, S, K, dh] → [B, H, S, dh]: each key/value head serves heads / kv heads query heads.
at::Tensor spread(const at::Tensor& x, std::int64_t heads) {
    const at::Tensor byHead = x.transpose(1, 2);
    const std::int64_t group = heads / byHead.size(1);
    return group == 1 ? byHead : byHead.repeat_interleave(group, 1);
}

} // namespace

Transformer::Transformer(model::ArchitectureSpec spec, TransformerParameters parameters)
    : m_spec(std::move(spec)), m_parameters(std::move(parameters)) {
    for (int layer = 0; layer < m_spec.traits.nLayers; ++layer)
        m_stages.push_back(model::compileStages(m_spec, layer));
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
    at::Tensor resid = offer(pass, HookKind::Embed, -1, tokenEmbedding(tokens)); // [B, T, d]
    if (!traits().hasPosEmbed()) return resid;

    const std::int64_t first = pass.cache ? pass.cache->rows : 0;
    at::Tensor position =
        m_parameters.posEmbed.narrow(0, first, tokens.size(1)).unsqueeze(0).expand_as(resid);
    position = offer(pass, HookKind::PosEmbed, -1, position);
    if (traits().positions == PositionKind::Shortformer) {
        pass.positionEmbedding = position;
        return resid;
    }
    resid = resid + position;
    if (m_parameters.segment.defined()) resid = resid + m_parameters.segment;
    return embeddingNorm(m_parameters.embedNorm, resid);
}

at::Tensor Transformer::tokenEmbedding(const at::Tensor& tokens) const {
    at::Tensor rows = at::embedding(m_parameters.embed, tokens); // [B, T, d]
    // The scale is rounded to the compute dtype first, as the reference does.
    if (m_spec.embeddingScale != 1.0)
        rows = rows * at::full({}, m_spec.embeddingScale, at::kDouble).to(rows.scalar_type());
    if (m_spec.maskToken >= 0) { // Source: Rives et al. 2021; transformers, EsmEmbeddings
        const at::Tensor masked = tokens == m_spec.maskToken;
        const at::Tensor share = masked.to(at::kFloat).mean(-1); // [B]
        const at::Tensor factor = (1.0 - m_spec.trainedMasked) / (1.0 - share);
        rows = (rows.masked_fill(masked.unsqueeze(-1), 0.0) * factor.unsqueeze(-1).unsqueeze(-1))
                   .to(rows.scalar_type());
    }
    return traits().hasPosEmbed() ? rows : embeddingNorm(m_parameters.embedNorm, rows);
}

at::Tensor Transformer::embeddingNorm(const NormParameters& p, const at::Tensor& x) const {
    if (!p.gain.defined()) return x;
    Pass silent;
    const HookPoint none{HookKind::Logits, -1};
    return norm(x, p, silent, none, none, none);
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
    for (const Stage stage : m_stages[static_cast<std::size_t>(layer)])
        run(stage, layer, s, pass);
    return leaveBlock(layer, s, pass);
}

at::Tensor Transformer::leaveBlock(int layer, const BlockState& s, Pass& pass) const {
    const at::Tensor resid = offer(pass, HookKind::ResidPost, layer, s.resid);
    if (!traits().postNorm()) return resid;
    using enum HookKind;
    return norm(resid, m_parameters.layers[static_cast<std::size_t>(layer)].norm2, pass, {Ln2Scale, layer},
                {Ln2Normalized, layer}, {Ln2Out, layer});
}

at::Tensor Transformer::blockFromMid(int layer, at::Tensor residMid, Pass& pass) const {
    if (pass.cancel && pass.cancel->cancelled()) throw CancelledPass{};
    mayFail();
    BlockState s;
    s.resid = traits().hasResidMid() ? offer(pass, HookKind::ResidMid, layer, std::move(residMid))
                                     : std::move(residMid);
    s.in = s.resid;
    if (pass.record) (*pass.record)[static_cast<std::size_t>(layer)].residMid = s.resid;
    const model::LayerStages& stages = m_stages[static_cast<std::size_t>(layer)];
    const auto sum = std::find(stages.begin(), stages.end(), Stage::AddAttention);
    for (auto stage = sum + 1; stage != stages.end(); ++stage)
        run(*stage, layer, s, pass);
    return leaveBlock(layer, s, pass);
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
        return rotate(layer, s, pass);
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
    case Stage::Norm1Sum:
        s.in = s.resid =
            norm(s.resid, w.norm1, pass, {Ln1Scale, layer}, {Ln1Normalized, layer}, {Ln1Out, layer});
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
    case Stage::Experts:
        return experts(layer, s, pass);
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

/// Norm of each query and key head, or of all of them together. **Source:** Henry et al. 2020; Qwen 3,
/// OLMo 2.
void Transformer::normQk(int layer, BlockState& s) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    s.rotQ = headNorm(s.rotQ, w.qNorm);
    s.rotK = headNorm(s.rotK, w.kNorm);
}

/// x [B, T, H, dh]; gain [dh], [H, dh] (a head each) or [H·dh].
at::Tensor Transformer::headNorm(const at::Tensor& x, const NormParameters& p) const {
    Pass silent;
    const HookPoint none{HookKind::Logits, -1};
    if (m_spec.qkNormWhole) return norm(x.flatten(2), p, silent, none, none, none).view_as(x);
    const at::Tensor normed = norm(x, {}, silent, none, none, none);
    at::Tensor y = p.gain.defined() ? normed * p.gain : normed;
    return p.bias.defined() ? y + p.bias : y;
}

/// Turns pairs of entries by an angle that grows with the position. **Source:** Su et al. 2021, RoFormer.
void Transformer::rotate(int layer, BlockState& s, Pass& pass) const {
    const model::RotarySpec& rotary = *m_spec.rotaryAt(layer);
    const std::int64_t first = pass.cache ? pass.cache->rows : 0;
    const std::int64_t end = first + s.q.size(1);
    const at::Tensor frequencies = frequenciesFor(rotary, std::max(end, pass.length)).to(s.q.device());
    const at::Tensor position = at::arange(first, end, frequencies.options()); // [T]
    const at::Tensor angle = at::outer(position, frequencies).unsqueeze(1);    // [T, 1, dim / 2]
    const at::Tensor cosine = (at::cos(angle) * rotary.factor).to(s.q.scalar_type());
    const at::Tensor sine = (at::sin(angle) * rotary.factor).to(s.q.scalar_type());
    s.rotQ = turn(rotary, s.rotQ, cosine, sine);
    s.rotK = turn(rotary, s.rotK, cosine, sine);
}

bool Transformer::rotaryFollowsLength() const {
    return std::any_of(m_spec.rotaries.begin(), m_spec.rotaries.end(),
                       [](const model::RotarySpec& r) { return r.switchAt > 0; });
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
    if (const at::Tensor bias = alibi(layer, k.size(2)); bias.defined())
        score = score + bias.to(score.scalar_type());
    const at::Tensor hidden = forbidden(layer, q.size(2), k.size(2), score);
    constexpr double nothing = -std::numeric_limits<double>::infinity();
    // In place where no gradient needs the value: the array is large.
    return score.requires_grad() ? score.masked_fill(hidden, nothing) : score.masked_fill_(hidden, nothing);
}

/// **Source:** Press et al. 2022, "Train Short, Test Long"; BLOOM and Falcon write it by the key's position,
/// which the softmax cannot tell from distance.
at::Tensor Transformer::alibi(int layer, std::int64_t keys) const {
    const std::vector<double>& s = m_spec.alibiSlopes;
    if (s.empty()) return {};
    const auto options = m_parameters.embed.options().dtype(at::kFloat);
    at::Tensor slopes = at::tensor(s, at::kDouble).to(options).view({-1, 1, 1});
    const at::Tensor position = at::arange(keys, options);
    if (m_spec.alibiRounded)
        slopes = (slopes.to(at::kBFloat16).to(at::kFloat) * position).to(at::kBFloat16).to(at::kFloat);
    else
        slopes = slopes * position;
    return m_spec.alibiScaled ? slopes * m_spec.attentionScale[static_cast<std::size_t>(layer)] : slopes;
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
        if (const at::Tensor bias = alibi(layer, k.size(2)); bias.defined())
            allowed = bias.to(q.scalar_type())
                          .masked_fill(forbidden(layer, q.size(2), k.size(2), q),
                                       -std::numeric_limits<double>::infinity());
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

/// A mixture in place of an MLP: each row goes through the experts that the router rates highest.
/// **Source:** Shazeer et al. 2017; Jiang et al. 2024 (Mixtral); Qwen2-MoE for the shared expert.
void Transformer::experts(int layer, BlockState& s, Pass& pass) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    const at::Tensor x = s.in.flatten(0, 1);                    // [N, d]
    at::Tensor rating = softmax(w.router(s.in).to(at::kFloat)); // [B, T, E]
    rating = offer(pass, HookKind::ExpertWeights, layer, rating);
    auto [weight, chosen] = at::topk(rating, traits().nExpertsUsed, -1); // [B, T, k]
    chosen = offer(pass, HookKind::ExpertIndices, layer, chosen);
    // A row whose experts were all cut out goes through none.
    if (m_spec.normExperts) weight = weight / weight.sum(-1, true).clamp_min(1e-20);
    weight = weight.to(x.scalar_type()).flatten(0, 1);
    chosen = chosen.flatten(0, 1);
    at::Tensor sum = at::zeros_like(x);
    for (std::size_t e = 0; e < w.experts.size(); ++e) {
        const at::Tensor places =
            at::nonzero(chosen == static_cast<std::int64_t>(e)); // [n, 2]: row, which of k
        if (places.size(0) == 0) continue;
        const at::Tensor rows = places.select(1, 0);
        const at::Tensor share = weight.index({rows, places.select(1, 1)}).unsqueeze(-1);
        sum.index_add_(0, rows, expert(w.experts[e], x.index_select(0, rows)) * share);
    }
    if (w.sharedExpert.out.present()) sum = sum + at::sigmoid(w.sharedGate(x)) * expert(w.sharedExpert, x);
    s.mlpOut = sum.view_as(s.in);
}

at::Tensor Transformer::expert(const ExpertParameters& w, const at::Tensor& x) const {
    return w.out(activated(m_spec.activation, w.gate(x)) * w.in(x));
}

void Transformer::activate(int layer, BlockState& s, Pass& pass) const {
    const LayerParameters& w = m_parameters.layers[static_cast<std::size_t>(layer)];
    at::Tensor x = activated(m_spec.activation, s.pre);
    if (m_spec.activation == Activation::SoluLn) x = offer(pass, HookKind::MlpMid, layer, x);
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
    at::Tensor x = normed;
    if (traits().headTransform) { // Source: Devlin et al. 2019, appendix A
        x = activated(m_spec.headActivation, m_parameters.headDense(x));
        x = at::layer_norm(x, {x.size(-1)}, m_parameters.headNorm.gain, m_parameters.headNorm.bias,
                           m_spec.normEpsilon);
    }
    return offer(pass, HookKind::Logits, -1, softCap(m_parameters.unembed(x), m_spec.logitSoftCap));
}

} // namespace cutaway::engine
