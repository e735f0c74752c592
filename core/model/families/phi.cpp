// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool isPhi(const nlohmann::json& config) {
    return isOneOf(config, {"phi"});
}
bool isPhi3(const nlohmann::json& config) {
    return isOneOf(config, {"phi3"});
}

FamilyModel readPhi(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    DecoderDefaults defaults{2048, 24, 32, 0, 0, 8192, 51200, 2048, 1e-5, "layer_norm_eps"};
    defaults.activation = "gelu_new";
    defaults.norm = NormKind::LayerNorm;
    defaults.partial = 0.5;
    model.spec = readDecoder(config, defaults, model.activation);
    ModelTraits& t = model.spec.traits;
    t.gatedMlp = false;
    t.parallelBlocks = true;
    t.qkNorm = config.boolean("qk_layernorm", false);
    config.ignore({"embd_pdrop", "resid_pdrop"});
    if (!config.status()) return model;
    const std::int64_t d = t.dModel, q = std::int64_t{t.nHeads} * t.dHead;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    const std::string& prefix = names.prefix();
    model.weights.embed = tensors.take(prefix + "embed_tokens.weight", {t.dVocab, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = names.at(index);
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = layer.norm2 = names.norm(at + "input_layernorm", d, true); // one norm, read by both
        layer.q = names.linear(at + "self_attn.q_proj", q, d, true);
        layer.k = names.linear(at + "self_attn.k_proj", std::int64_t{t.nKvHeads} * t.dHead, d, true);
        layer.v = names.linear(at + "self_attn.v_proj", std::int64_t{t.nKvHeads} * t.dHead, d, true);
        layer.out = names.linear(at + "self_attn.dense", d, q, true);
        layer.in = names.linear(at + "mlp.fc1", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "mlp.fc2", d, t.dMlp, true);
        if (!t.qkNorm) continue;
        layer.qNorm = {names.norm(at + "self_attn.q_layernorm", t.dHead, true)};
        layer.kNorm = {names.norm(at + "self_attn.k_layernorm", t.dHead, true)};
    }
    model.weights.finalNorm = names.norm(prefix + "final_layernorm", d, true);
    readHead("lm_head.weight", tied, tensors, model);
    model.weights.unembed.bias = tensors.take("lm_head.bias", {t.dVocabOut});
    tensors.ignore([](const std::string& name) { return name.ends_with("rotary_emb.inv_freq"); });
    return model;
}

FamilyModel readPhi3(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", false);
    model.spec = readDecoder(config, {3072, 32, 32, 0, 0, 8192, 32064, 4096, 1e-5}, model.activation);
    const int window = slidingWindow(config, {});
    const ModelTraits& t = model.spec.traits;
    if (window > 0) model.spec.window.assign(static_cast<std::size_t>(t.nLayers), window);
    config.ignore({"embd_pdrop", "resid_pdrop", "attention_bias"});
    if (!config.status()) return model;
    const std::int64_t d = t.dModel, q = std::int64_t{t.nHeads} * t.dHead;
    const std::int64_t kv = std::int64_t{t.nKvHeads} * t.dHead;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        const auto rows = [&](const std::string& name, std::int64_t all, std::int64_t first,
                              std::int64_t count) {
            return LinearWeights{tensors.takeRows(at + name, all, d, first, count), {}};
        };
        layer.norm1 = names.rms(at + "input_layernorm");
        layer.q = rows("self_attn.qkv_proj.weight", q + 2 * kv, 0, q);
        layer.k = rows("self_attn.qkv_proj.weight", q + 2 * kv, q, kv);
        layer.v = rows("self_attn.qkv_proj.weight", q + 2 * kv, q + kv, kv);
        layer.out = names.linear(at + "self_attn.o_proj", d, q, false);
        layer.norm2 = names.rms(at + "post_attention_layernorm");
        layer.gate = rows("mlp.gate_up_proj.weight", std::int64_t{2} * t.dMlp, 0, t.dMlp);
        layer.in = rows("mlp.gate_up_proj.weight", std::int64_t{2} * t.dMlp, t.dMlp, t.dMlp);
        layer.mlpOut = names.linear(at + "mlp.down_proj", d, t.dMlp, false);
    });
    return model;
}

} // namespace

/// **Source:** Gunasekar et al. 2023; Li et al. 2023: attention and MLP side by side behind one norm.
const Family phiFamily{"phi", "Phi-1/2", isPhi, readPhi};
/// **Source:** Abdin et al. 2024; the fused projections are q | k | v and gate | up.
const Family phi3Family{"phi3", "Phi-3", isPhi3, readPhi3};

} // namespace cutaway::model
