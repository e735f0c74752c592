// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace cutaway::tests {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double minusInfinity = -std::numeric_limits<double>::infinity();

double geluTanh(double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x)));
}

double activate(const std::string& name, double x) {
    if (name == "relu") return std::max(x, 0.0);
    if (name == "silu") return x / (1 + std::exp(-x));
    if (name == "gelu") return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return geluTanh(x);
    throw std::runtime_error("the slow model knows no activation " + name);
}

std::string block(int layer, const std::string& rest) {
    return layer < 0 ? rest : "blocks." + std::to_string(layer) + "." + rest;
}

Array sum(const Array& a, const Array& b) {
    Array out = a;
    for (std::size_t i = 0; i < out.values.size(); ++i)
        out.values[i] += b.values[i];
    return out;
}

/// One row made exp(x − max) / Σ, all zero where every entry is masked.
void softmaxRow(Array& a, int head, int row) {
    double largest = minusInfinity;
    for (int k = 0; k < a.shape[2]; ++k)
        largest = std::max(largest, a.at(head, row, k));
    double total = 0;
    for (int k = 0; k < a.shape[2]; ++k) {
        double& entry = a.at(head, row, k);
        entry = largest == minusInfinity ? 0 : std::exp(entry - largest);
        total += entry;
    }
    for (int k = 0; k < a.shape[2]; ++k)
        if (total > 0) a.at(head, row, k) /= total;
}

} // namespace

Array ReferenceModel::linear(const Array& x, const std::string& weight, const std::string& bias) const {
    const Array& w = m_w.get(weight);
    Array out({x.shape[0], w.shape[1]});
    for (int t = 0; t < x.shape[0]; ++t)
        for (int o = 0; o < w.shape[1]; ++o) {
            double total = m_w.has(bias) ? m_w.get(bias).at(o) : 0;
            for (int i = 0; i < w.shape[0]; ++i)
                total += x.at(t, i) * w.at(i, o);
            out.at(t, o) = total;
        }
    return out;
}

Array ReferenceModel::heads(const Array& x, const std::string& letter, int layer) const {
    const Array& w = m_w.get(block(layer, "attn.W_" + letter));
    const std::string bias = block(layer, "attn.b_" + letter);
    Array out({x.shape[0], w.shape[0], w.shape[2]});
    for (int t = 0; t < x.shape[0]; ++t)
        for (int h = 0; h < w.shape[0]; ++h)
            for (int j = 0; j < w.shape[2]; ++j) {
                double total = m_w.has(bias) ? m_w.get(bias).at(h, j) : 0;
                for (int i = 0; i < w.shape[1]; ++i)
                    total += x.at(t, i) * w.at(h, i, j);
                out.at(t, h, j) = total;
            }
    return out;
}

Array ReferenceModel::rotated(Array x) const {
    const int half = static_cast<int>(config().rotary.size());
    for (int t = 0; t < x.shape[0]; ++t)
        for (int h = 0; h < x.shape[1]; ++h)
            for (int i = 0; i < half; ++i) {
                const double angle = t * config().rotary[static_cast<std::size_t>(i)];
                const double a = x.at(t, h, i), b = x.at(t, h, i + half);
                x.at(t, h, i) = a * std::cos(angle) - b * std::sin(angle);
                x.at(t, h, i + half) = b * std::cos(angle) + a * std::sin(angle);
            }
    return x;
}

Array ReferenceModel::normalise(Array x, const std::string& name, int layer, const Visit& visit) const {
    const ReferenceConfig& c = config();
    if (c.norm.empty()) return x;
    const auto hook = [&](const std::string& rest) {
        return *parseHookName(block(layer, name + "." + rest));
    };
    const int width = x.shape[1];
    Array scale({x.shape[0], 1});
    for (int t = 0; t < x.shape[0]; ++t) {
        double mean = 0, square = 0;
        for (int i = 0; i < width && c.norm == "LN"; ++i)
            mean += x.at(t, i) / width;
        for (int i = 0; i < width; ++i) {
            x.at(t, i) -= mean;
            square += x.at(t, i) * x.at(t, i) / width;
        }
        scale.at(t, 0) = std::sqrt(square + c.epsilon);
    }
    visit(hook("hook_scale"), scale);
    for (int t = 0; t < x.shape[0]; ++t)
        for (int i = 0; i < width; ++i)
            x.at(t, i) /= scale.at(t, 0);
    visit(hook("hook_normalized"), x);
    const std::string gain = block(layer, name + ".w"), bias = block(layer, name + ".b");
    for (int t = 0; t < x.shape[0]; ++t)
        for (int i = 0; i < width; ++i) {
            if (m_w.has(gain)) x.at(t, i) *= m_w.get(gain).at(i);
            if (m_w.has(bias)) x.at(t, i) += m_w.get(bias).at(i);
        }
    visit(hook("hook_out"), x);
    return x;
}

Array ReferenceModel::attention(const Array& queryKeyInput, const Array& valueInput, int layer,
                                const Visit& visit) const {
    const ReferenceConfig& c = config();
    const int length = valueInput.shape[0];
    Array q = heads(queryKeyInput, "Q", layer);
    Array k = heads(queryKeyInput, "K", layer);
    Array v = heads(valueInput, "V", layer);
    visit({HookKind::Q, layer}, q);
    visit({HookKind::K, layer}, k);
    visit({HookKind::V, layer}, v);
    if (c.positions == "rotary") {
        q = rotated(std::move(q));
        k = rotated(std::move(k));
        visit({HookKind::RotQ, layer}, q);
        visit({HookKind::RotK, layer}, k);
    }
    const int group = c.heads / c.kvHeads; // query heads that share a key/value head
    const double divisor = c.scoreDivisor * (c.divideByLayer ? layer + 1 : 1);
    Array pattern({c.heads, length, length});
    for (int h = 0; h < c.heads; ++h)
        for (int i = 0; i < length; ++i)
            for (int j = 0; j < length; ++j) {
                double dot = 0;
                for (int x = 0; x < c.headWidth; ++x)
                    dot += q.at(i, h, x) * k.at(j, h / group, x);
                pattern.at(h, i, j) = c.causal && j > i ? minusInfinity : dot / divisor;
            }
    visit({HookKind::AttnScores, layer}, pattern);
    for (int h = 0; h < c.heads; ++h)
        for (int i = 0; i < length; ++i)
            softmaxRow(pattern, h, i);
    visit({HookKind::Pattern, layer}, pattern);
    Array z({length, c.heads, c.headWidth});
    for (int t = 0; t < length; ++t)
        for (int h = 0; h < c.heads; ++h)
            for (int x = 0; x < c.headWidth; ++x)
                for (int j = 0; j < length; ++j)
                    z.at(t, h, x) += pattern.at(h, t, j) * v.at(j, h / group, x);
    visit({HookKind::Z, layer}, z);
    const Array& wo = m_w.get(block(layer, "attn.W_O"));
    const std::string bias = block(layer, "attn.b_O");
    Array result({length, c.heads, c.width});
    for (int t = 0; t < length; ++t)
        for (int h = 0; h < c.heads; ++h)
            for (int o = 0; o < c.width; ++o)
                for (int x = 0; x < c.headWidth; ++x)
                    result.at(t, h, o) += z.at(t, h, x) * wo.at(h, x, o);
    visit({HookKind::AttnResult, layer}, result);
    Array out({length, c.width});
    for (int t = 0; t < length; ++t)
        for (int o = 0; o < c.width; ++o) {
            if (m_w.has(bias)) out.at(t, o) = m_w.get(bias).at(o);
            for (int h = 0; h < c.heads; ++h)
                out.at(t, o) += result.at(t, h, o);
        }
    visit({HookKind::AttnOut, layer}, out);
    return out;
}

Array ReferenceModel::mlp(const Array& x, int layer, const Visit& visit) const {
    const ReferenceConfig& c = config();
    const int length = x.shape[0];
    Array pre = c.gated ? linear(x, block(layer, "mlp.W_gate"), block(layer, "mlp.b_gate"))
                        : linear(x, block(layer, "mlp.W_in"), block(layer, "mlp.b_in"));
    visit({HookKind::MlpPre, layer}, pre);
    Array post = pre;
    if (c.activation == "solu_ln") {
        for (int t = 0; t < length; ++t) {
            double largest = minusInfinity, total = 0;
            for (int i = 0; i < c.mlpWidth; ++i)
                largest = std::max(largest, pre.at(t, i));
            for (int i = 0; i < c.mlpWidth; ++i)
                total += std::exp(pre.at(t, i) - largest);
            for (int i = 0; i < c.mlpWidth; ++i)
                post.at(t, i) = pre.at(t, i) * std::exp(pre.at(t, i) - largest) / total;
        }
        visit({HookKind::MlpMid, layer}, post);
        const std::string gain = block(layer, "mlp.ln.w"), bias = block(layer, "mlp.ln.b");
        for (int t = 0; t < length; ++t) {
            double mean = 0, square = 0;
            for (int i = 0; i < c.mlpWidth; ++i)
                mean += post.at(t, i) / c.mlpWidth;
            for (int i = 0; i < c.mlpWidth; ++i)
                square += (post.at(t, i) - mean) * (post.at(t, i) - mean) / c.mlpWidth;
            for (int i = 0; i < c.mlpWidth; ++i) {
                double& value = post.at(t, i);
                value = (value - mean) / std::sqrt(square + c.epsilon);
                if (m_w.has(gain)) value = value * m_w.get(gain).at(i) + m_w.get(bias).at(i);
            }
        }
    } else {
        for (double& value : post.values)
            value = activate(c.activation, value);
    }
    if (c.gated) {
        Array along = linear(x, block(layer, "mlp.W_in"), block(layer, "mlp.b_linear"));
        visit({HookKind::MlpPreLinear, layer}, along);
        const std::string bias = block(layer, "mlp.b_in");
        for (int t = 0; t < length; ++t)
            for (int i = 0; i < c.mlpWidth; ++i)
                post.at(t, i) = post.at(t, i) * along.at(t, i) + (m_w.has(bias) ? m_w.get(bias).at(i) : 0);
    }
    visit({HookKind::MlpPost, layer}, post);
    Array out = linear(post, block(layer, "mlp.W_out"), block(layer, "mlp.b_out"));
    visit({HookKind::MlpOut, layer}, out);
    return out;
}

Array ReferenceModel::run(const std::vector<int>& tokens, const Visit& visit) const {
    const ReferenceConfig& c = config();
    const int length = static_cast<int>(tokens.size());
    const auto rows = [&](const std::string& table, bool byToken) {
        Array out({length, c.width});
        for (int t = 0; t < length; ++t)
            for (int i = 0; i < c.width; ++i)
                out.at(t, i) = m_w.get(table).at(byToken ? tokens[static_cast<std::size_t>(t)] : t, i);
        return out;
    };
    Array residual = rows("embed.W_E", true);
    visit({HookKind::Embed, -1}, residual);
    Array positions;
    if (c.positions != "rotary") {
        positions = rows("pos_embed.W_pos", false);
        visit({HookKind::PosEmbed, -1}, positions);
    }
    if (c.positions == "learned") residual = sum(residual, positions);
    for (int layer = 0; layer < c.layers; ++layer) {
        visit({HookKind::ResidPre, layer}, residual);
        const Array normed = normalise(residual, "ln1", layer, visit);
        const Array queryKey = c.positions == "shortformer" ? sum(normed, positions) : normed;
        residual = sum(residual, attention(queryKey, normed, layer, visit));
        if (c.mlpWidth > 0) {
            visit({HookKind::ResidMid, layer}, residual);
            residual = sum(residual, mlp(normalise(residual, "ln2", layer, visit), layer, visit));
        }
        visit({HookKind::ResidPost, layer}, residual);
    }
    Array logits = linear(normalise(residual, "ln_final", -1, visit), "unembed.W_U", "unembed.b_U");
    visit({HookKind::Logits, -1}, logits);
    return logits;
}

Captures ReferenceModel::capture(const std::vector<int>& tokens) const {
    Captures captures;
    run(tokens, [&](const HookPoint& hook, Array& array) { captures[hook] = array; });
    return captures;
}

} // namespace cutaway::tests
