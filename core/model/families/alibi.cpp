// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

#include <cmath>

namespace cutaway::model {

namespace {

bool isBloom(const nlohmann::json& config) {
    return isOneOf(config, {"bloom"});
}
bool isFalcon(const nlohmann::json& config) {
    return isOneOf(config, {"falcon"});
}

/// 2^(−8/n), its square, … for n heads where n is a power of two; odd powers of the next finer series fill up
/// other numbers. **Source:** Press et al. 2022, section 3, and its reference code's rule for other numbers.
std::vector<double> alibiSlopes(int heads) {
    const int power = 1 << static_cast<int>(std::floor(std::log2(heads)));
    std::vector<double> slopes;
    for (int i = 1; i <= power; ++i)
        slopes.push_back(std::pow(2.0, -8.0 * i / power));
    for (int i = 1; static_cast<int>(slopes.size()) < heads; i += 2)
        slopes.push_back(std::pow(2.0, -4.0 * i / power));
    return slopes;
}

/// An integer under its new name or its old one.
int either(ConfigReader& config, const char* newer, const char* older, int fallback, int low = 1) {
    const int value = config.integer(older, fallback, low);
    return config.integer(newer, value, low);
}

FamilyModel readBloom(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    ModelTraits& t = model.spec.traits;
    t.dModel = either(config, "hidden_size", "n_embed", 64);
    t.nLayers = either(config, "num_hidden_layers", "n_layer", 2);
    t.nHeads = t.nKvHeads = either(config, "num_attention_heads", "n_head", 8);
    if (t.dModel % t.nHeads != 0)
        config.refuse("n_head", "it does not divide hidden_size, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.context = config.integer("seq_length", 2048);
    t.dMlp = 4 * t.dModel;
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 250880);
    t.positions = PositionKind::Alibi;
    model.spec.alibiSlopes = alibiSlopes(t.nHeads);
    model.spec.normEpsilon = config.number("layer_norm_epsilon", 1e-5, 0.0, 1.0);
    model.activation = "gelu_pytorch_tanh";
    model.spec.activation = Activation::GeluTanh;
    model.spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    if (config.boolean("apply_residual_connection_post_layernorm", false))
        config.refuse("apply_residual_connection_post_layernorm",
                      "a residual behind the norm is not supported");
    config.ignore({"pretraining_tp", "slow_but_exact", "unk_token_id", "masked_softmax_fusion",
                   "bias_dropout_fusion", "skip_bias_add", "skip_bias_add_qkv", "offset_alibi",
                   "attention_softmax_in_fp32", "n_inner"});
    ignoreCommonKeys(config);
    if (!config.status()) return model;
    const std::int64_t d = t.dModel;
    const std::string prefix = tensors.has("transformer.word_embeddings.weight") ? "transformer." : "";
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take(prefix + "word_embeddings.weight", {t.dVocab, d});
    model.weights.embedNorm = names.norm(prefix + "word_embeddings_layernorm", d, true);
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = prefix + "h." + std::to_string(index) + ".";
        const std::string fused = at + "self_attention.query_key_value";
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.norm1 = names.norm(at + "input_layernorm", d, true);
        layer.q = tensors.takeFused(fused, {t.nHeads, 3, t.dHead, d}, 0, 1, true);
        layer.k = tensors.takeFused(fused, {t.nHeads, 3, t.dHead, d}, 1, 1, true);
        layer.v = tensors.takeFused(fused, {t.nHeads, 3, t.dHead, d}, 2, 1, true);
        layer.out = names.linear(at + "self_attention.dense", d, d, true);
        layer.norm2 = names.norm(at + "post_attention_layernorm", d, true);
        layer.in = names.linear(at + "mlp.dense_h_to_4h", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "mlp.dense_4h_to_h", d, t.dMlp, true);
    }
    model.weights.finalNorm = names.norm(prefix + "ln_f", d, true);
    readHead("lm_head.weight", tied, tensors, model);
    return model;
}

/// How Falcon's variants differ.
struct FalconKind {
    bool newer = false, multiQuery = true, bias = false;
    int norms = 1; ///< in front of a parallel block
};

void readFalconSpec(ConfigReader& config, FamilyModel& model, FalconKind& kind) {
    ModelTraits& t = model.spec.traits;
    t.dModel = config.integer("hidden_size", 4544);
    t.nLayers = either(config, "num_hidden_layers", "n_layer", 32);
    t.nHeads = either(config, "num_attention_heads", "n_head", 71);
    if (t.dModel % t.nHeads != 0)
        config.refuse("num_attention_heads", "it does not divide hidden_size, " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    kind.newer = config.boolean("new_decoder_architecture", false);
    kind.multiQuery = config.boolean("multi_query", true) && !kind.newer;
    kind.bias = config.boolean("bias", false);
    const int kv = either(config, "num_kv_heads", "n_head_kv", t.nHeads);
    t.nKvHeads = kind.newer ? kv : kind.multiQuery ? 1 : t.nHeads;
    if (t.nHeads % t.nKvHeads != 0)
        config.refuse("num_kv_heads", "it does not divide num_attention_heads, " + std::to_string(t.nHeads));
    t.parallelBlocks = config.boolean("parallel_attn", true);
    if (kind.newer && !t.parallelBlocks)
        config.refuse("parallel_attn", "the newer decoder's blocks are parallel");
    kind.norms = config.integer("num_ln_in_parallel_attn", kind.newer ? 2 : 1, 1, 2);
    if (!kind.newer) kind.norms = 1;
    t.context = config.integer("max_position_embeddings", 2048);
    t.dMlp = config.integer("ffn_hidden_size", 0, 0);
    if (t.dMlp == 0) t.dMlp = 4 * t.dModel;
    t.dVocab = t.dVocabOut = config.integer("vocab_size", 65024);
    model.spec.normEpsilon = config.number("layer_norm_epsilon", 1e-5, 0.0, 1.0);
    model.activation = config.string("activation", "gelu");
    model.spec.activation = config.activation("activation", "gelu");
    model.spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    if (config.boolean("alibi", false)) {
        t.positions = PositionKind::Alibi;
        model.spec.alibiSlopes = alibiSlopes(t.nHeads);
        model.spec.alibiScaled = model.spec.alibiRounded = true;
        config.ignore({"rope_parameters", "rope_scaling", "rope_theta"});
    } else {
        t.positions = PositionKind::Rotary;
        model.spec.rotaries = {readRotary(config, {t.dHead, 10000.0, 1.0, t.context})};
        t.context = rotaryContext(model.spec.rotaries.front(), t.context);
    }
    config.ignore({"apply_residual_connection_post_layernorm"});
    ignoreCommonKeys(config);
}

FamilyModel readFalcon(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    FalconKind kind;
    const bool tied = config.boolean("tie_word_embeddings", true);
    readFalconSpec(config, model, kind);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel, dh = t.dHead, heads = t.nHeads, kv = t.nKvHeads;
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take("transformer.word_embeddings.weight", {t.dVocab, d});
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = "transformer.h." + std::to_string(index) + ".";
        const std::string fused = at + "self_attention.query_key_value";
        LayerWeights& layer = model.weights.layers.emplace_back();
        // [kv, H/kv queries + key + value, dh]; with one key/value head that is q·H | k | v; else [H, 3, dh].
        const bool grouped = kind.newer || kind.multiQuery;
        const std::int64_t each = grouped ? heads / kv : 1;
        const std::vector<std::int64_t> shape{grouped ? kv : heads, each + 2, dh, d};
        layer.q = tensors.takeFused(fused, shape, 0, each, kind.bias);
        layer.k = tensors.takeFused(fused, shape, each, 1, kind.bias);
        layer.v = tensors.takeFused(fused, shape, each + 1, 1, kind.bias);
        layer.out = names.linear(at + "self_attention.dense", d, d, kind.bias);
        if (t.parallelBlocks && kind.norms == 2) {
            layer.norm1 = names.norm(at + "ln_attn", d, true);
            layer.norm2 = names.norm(at + "ln_mlp", d, true);
        } else {
            layer.norm1 = names.norm(at + "input_layernorm", d, true);
            layer.norm2 =
                t.parallelBlocks ? layer.norm1 : names.norm(at + "post_attention_layernorm", d, true);
        }
        layer.in = names.linear(at + "mlp.dense_h_to_4h", t.dMlp, d, kind.bias);
        layer.mlpOut = names.linear(at + "mlp.dense_4h_to_h", d, t.dMlp, kind.bias);
    }
    model.weights.finalNorm = names.norm("transformer.ln_f", d, true);
    readHead("lm_head.weight", tied, tensors, model);
    return model;
}

} // namespace

/// **Source:** BigScience 2022, BLOOM: a norm behind the embedding, ALiBi.
const Family bloomFamily{"bloom", "BLOOM", isBloom, readBloom};
/// **Source:** Almazrouei et al. 2023, Falcon (7B, the newer decoder of 40B, and RW with ALiBi).
const Family falconFamily{"falcon", "Falcon", isFalcon, readFalcon};

} // namespace cutaway::model
