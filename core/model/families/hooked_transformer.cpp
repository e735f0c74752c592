// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/family.h"

#include <algorithm>
#include <cmath>

namespace cutaway::model {

namespace {

bool recognises(const nlohmann::json& config) {
    const auto type = config.find("model_type");
    const bool named = type != config.end() && !type->is_null();
    return named ? *type == "hooked_transformer" : config.contains("n_ctx") && config.contains("d_model");
}

/// What the layout's `normalization_type` says: absent = LN, null = none.
struct Normalization {
    NormKind kind = NormKind::LayerNorm;
    bool gain = true;
    bool bias = true;
};

Normalization readNormalization(ConfigReader& config, const nlohmann::json& document) {
    const auto at = document.find("normalization_type");
    config.ignore({"normalization_type"});
    if (at == document.end()) return {};
    if (at->is_null()) return {NormKind::None, false, false};
    if (*at == "LN") return {};
    if (*at == "LNPre") return {NormKind::LayerNorm, false, false};
    if (*at == "RMS") return {NormKind::RmsNorm, true, false};
    if (*at == "RMSPre") return {NormKind::RmsNorm, false, false};
    config.refuse("normalization_type", "expected LN, LNPre, RMS, RMSPre or null");
    return {};
}

/// A size that may be −1 or null: derive it.
int derived(ConfigReader& config, const std::string& key, int fallback) {
    const int value = config.integer(key, -1, -1);
    if (value == 0) config.refuse(key, "expected a size from 1, or -1 to derive it");
    return value < 0 ? fallback : value;
}

void readPositions(ConfigReader& config, ArchitectureSpec& spec) {
    ModelTraits& t = spec.traits;
    const std::string kind = config.string("positional_embedding_type", "standard");
    const int rotaryDim = config.integer("rotary_dim", t.dHead, 0);
    const double rotaryBase = config.number("rotary_base", 10000.0, 1e-3, 1e15);
    if (kind == "standard") {
        t.positions = PositionKind::Learned;
    } else if (kind == "shortformer") {
        t.positions = PositionKind::Shortformer;
    } else if (kind == "rotary") {
        t.positions = PositionKind::Rotary;
        if (rotaryDim < 2 || rotaryDim % 2 != 0 || rotaryDim > t.dHead)
            config.refuse("rotary_dim",
                          "expected an even number from 2 to d_head, " + std::to_string(t.dHead));
        spec.rotaries.emplace_back().dim = rotaryDim;
        spec.rotaries.back().inverseFrequencies = rotaryFrequencies(rotaryBase, std::max(2, rotaryDim));
    } else {
        config.refuse("positional_embedding_type", "expected standard, rotary or shortformer");
    }
}

void readMlp(ConfigReader& config, ArchitectureSpec& spec, std::string& activation) {
    ModelTraits& t = spec.traits;
    const bool attentionOnly = config.boolean("attn_only", false);
    t.gatedMlp = config.boolean("gated_mlp", false);
    const int width = derived(config, "d_mlp", 4 * t.dModel);
    config.find("act_fn");
    if (attentionOnly) {
        t.gatedMlp = false;
        return;
    }
    t.dMlp = width;
    activation = config.string("act_fn", {});
    spec.activation = config.activation("act_fn", "");
    t.soluMlp = spec.activation == Activation::SoluLn;
    if (t.soluMlp && t.gatedMlp) config.refuse("gated_mlp", "solu_ln goes with a plain MLP only");
}

/// Keys that change the forward and are not supported: accepted at the value that changes nothing.
void refuseUnsupported(ConfigReader& config, const nlohmann::json& document) {
    const auto plain = [&](const char* key, const nlohmann::json& neutral) {
        config.ignore({key});
        const auto at = document.find(key);
        if (at == document.end() || at->is_null() || *at == neutral) return;
        config.refuse(key, "only " + neutral.dump() + " is supported in this layout");
    };
    plain("parallel_attn_mlp", false);
    plain("use_local_attn", false);
    plain("scale_attn_by_inverse_layer_idx", false);
    plain("post_embedding_ln", false);
    plain("rotary_adjacent_pairs", false);
    plain("tie_word_embeddings", false);
    plain("use_normalization_before_and_after", false);
    plain("use_NTK_by_parts_rope", false);
    plain("use_qk_norm", false);
    plain("load_in_4bit", false);
    plain("attn_scores_soft_cap", -1.0);
    plain("output_logits_soft_cap", -1.0);
    plain("num_experts", nullptr);
    plain("experts_per_token", nullptr);
    plain("rotary_base_local", nullptr);
    plain("norm_topk_prob", false);
    plain("layer_norm_folding", false);
    plain("clip_qkv", nullptr);
    plain("use_logn_attn", false);
    plain("use_dynamic_ntk_rope", false);
    plain("rotary_scaling_factor", 1.0);
    plain("use_yarn_rope", false);
    plain("yarn_global_attn_only", false);
    plain("use_attention_sinks", false);
    plain("quantization_method", nullptr);
}

ArchitectureSpec readSpec(ConfigReader& config, const nlohmann::json& document, FamilyModel& model,
                          bool& normBias) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.nLayers = config.integer("n_layers", {}, 1, 10000);
    t.dModel = config.integer("d_model", {});
    t.context = config.integer("n_ctx", {});
    const int heads = config.integer("n_heads", -1, -1);
    t.dHead = derived(config, "d_head", heads > 0 ? std::max(1, t.dModel / heads) : 0);
    t.nHeads = heads > 0 ? heads : t.dHead > 0 ? t.dModel / t.dHead : 0;
    if (t.dHead < 1 || t.nHeads < 1)
        config.refuse("n_heads", "expected n_heads or d_head, the other is derived from d_model");
    t.nKvHeads = config.integer("n_key_value_heads", t.nHeads, 1);
    if (t.nHeads % std::max(1, t.nKvHeads) != 0)
        config.refuse("n_key_value_heads", "it does not divide n_heads, " + std::to_string(t.nHeads));
    t.dVocab = derived(config, "d_vocab", 0);
    if (t.dVocab < 1) config.refuse("d_vocab", "expected a number of tokens");
    t.dVocabOut = derived(config, "d_vocab_out", t.dVocab);
    const Normalization norm = readNormalization(config, document);
    t.norm = norm.kind;
    t.normWeights = norm.gain;
    t.finalNorm = norm.kind != NormKind::None;
    normBias = norm.bias;
    for (const auto& [key, rms] : {std::pair{"final_rms", true}, std::pair{"uses_rms_norm", true}})
        if (config.boolean(key, norm.kind == NormKind::RmsNorm) == rms && norm.kind != NormKind::RmsNorm)
            config.refuse(key, "it contradicts normalization_type");
    spec.normEpsilon = config.number("eps", 1e-5, 0.0, 1.0);
    const std::string direction = config.string("attention_dir", "causal");
    if (direction != "causal" && direction != "bidirectional")
        config.refuse("attention_dir", "expected causal or bidirectional");
    t.causal = direction == "causal";
    const double divisor = config.number("attn_scale", -1.0, -1e9, 1e9);
    const bool scaled = config.boolean("use_attn_scale", true);
    const double usual = std::sqrt(static_cast<double>(std::max(1, t.dHead)));
    if (scaled && divisor == 0.0) config.refuse("attn_scale", "the scores are divided by it");
    spec.attentionScale.assign(static_cast<std::size_t>(t.nLayers),
                               !scaled ? 1.0 : 1.0 / (divisor == -1.0 ? usual : divisor));
    readPositions(config, spec);
    readMlp(config, spec, model.activation);
    refuseUnsupported(config, document);
    ignoreCommonKeys(config);
    config.ignore({"original_architecture",
                   "default_prepend_bos",
                   "device",
                   "n_devices",
                   "seed",
                   "n_params",
                   "model_name",
                   "from_checkpoint",
                   "use_attn_result",
                   "use_split_qkv_input",
                   "use_attn_in",
                   "trust_remote_code",
                   "ungroup_grouped_query_attention",
                   "init_mode",
                   "init_weights",
                   "window_size",
                   "attn_types",
                   "relative_attention_max_distance",
                   "relative_attention_num_buckets",
                   "decoder_start_token_id",
                   "NTK_by_parts_low_freq_factor",
                   "NTK_by_parts_high_freq_factor",
                   "NTK_by_parts_factor",
                   "NTK_original_ctx_len",
                   "train_seq_length"});
    for (const char* prefix : {"tokenizer_", "init_", "checkpoint_", "use_hook_", "yarn_"})
        config.ignorePrefix(prefix);
    for (const std::string& key : config.unread())
        if (!document[key].is_null())
            config.refuse(key, "this key is not known in the hooked_transformer layout");
    return spec;
}

/// Takes the layout's tensors: matrices are [in, out], per-head ones [heads, d, dh].
class LayerReader {
public:
    LayerReader(const ModelTraits& traits, bool normBias, TensorPicker& tensors)
        : m_traits(traits), m_normBias(normBias), m_tensors(tensors) {}

    NormWeights norm(const std::string& at, std::int64_t width) const {
        if (!m_traits.hasNorm() || !m_traits.normWeights) return {};
        return {m_tensors.take(at + "w", {width}),
                m_normBias ? m_tensors.takeOptional(at + "b", {width}) : WeightView{}};
    }

    LayerWeights layer(const std::string& at) const {
        const ModelTraits& t = m_traits;
        const bool grouped = t.nKvHeads != t.nHeads;
        LayerWeights layer;
        layer.norm1 = norm(at + "ln1.", t.dModel);
        layer.q = projection(at + "attn.W_Q", at + "attn.b_Q", t.nHeads);
        // Grouped heads carry an underscore; so may a model whose group is one head.
        const std::string mark = grouped || m_tensors.has(at + "attn._W_K") ? "_" : "";
        layer.k = projection(at + "attn." + mark + "W_K", at + "attn." + mark + "b_K", t.nKvHeads);
        layer.v = projection(at + "attn." + mark + "W_V", at + "attn." + mark + "b_V", t.nKvHeads);
        const std::int64_t heads = t.nHeads;
        layer.out.weight = m_tensors.takeStrided(at + "attn.W_O", {heads, t.dHead, t.dModel},
                                                 {t.dModel, heads * t.dHead}, {1, t.dModel});
        layer.out.bias = m_tensors.takeOptional(at + "attn.b_O", {t.dModel});
        if (!t.hasMlp()) return layer;
        layer.norm2 = norm(at + "ln2.", t.dModel);
        layer.in.weight = m_tensors.takeTransposed(at + "mlp.W_in", t.dModel, t.dMlp);
        (t.gatedMlp ? layer.inBias : layer.in.bias) = m_tensors.takeOptional(at + "mlp.b_in", {t.dMlp});
        if (t.gatedMlp) layer.gate.weight = m_tensors.takeTransposed(at + "mlp.W_gate", t.dModel, t.dMlp);
        if (t.soluMlp && m_tensors.has(at + "mlp.ln.w"))
            layer.mlpNorm = {m_tensors.take(at + "mlp.ln.w", {t.dMlp}),
                             m_tensors.takeOptional(at + "mlp.ln.b", {t.dMlp})};
        layer.mlpOut = {m_tensors.takeTransposed(at + "mlp.W_out", t.dMlp, t.dModel),
                        m_tensors.takeOptional(at + "mlp.b_out", {t.dModel})};
        return layer;
    }

private:
    LinearWeights projection(const std::string& weight, const std::string& bias, std::int64_t heads) const {
        const std::int64_t d = m_traits.dModel;
        const std::int64_t dh = m_traits.dHead;
        return {m_tensors.takeStrided(weight, {heads, d, dh}, {heads, dh, d}, {d * dh, 1, dh}),
                m_tensors.takeOptional(bias, {heads, dh})};
    }

    const ModelTraits& m_traits;
    bool m_normBias;
    TensorPicker& m_tensors;
};

bool isIgnored(const std::string& name) {
    return name.ends_with("attn.mask") || name.ends_with("attn.IGNORE") ||
           name.ends_with("attn.rotary_sin") || name.ends_with("attn.rotary_cos");
}

FamilyModel read(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    bool normBias = true;
    model.spec = readSpec(config, config.document(), model, normBias);
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const LayerReader reader(t, normBias, tensors);
    model.weights.embed = tensors.take("embed.W_E", {t.dVocab, t.dModel});
    if (t.hasPosEmbed()) model.weights.posEmbed = tensors.take("pos_embed.W_pos", {t.context, t.dModel});
    for (int layer = 0; layer < t.nLayers && tensors.status(); ++layer)
        model.weights.layers.push_back(reader.layer("blocks." + std::to_string(layer) + "."));
    model.weights.finalNorm = reader.norm("ln_final.", t.dModel);
    model.weights.unembed = {tensors.takeTransposed("unembed.W_U", t.dModel, t.dVocabOut),
                             tensors.takeOptional("unembed.b_U", {t.dVocabOut})};
    tensors.ignore(isIgnored);
    return model;
}

} // namespace

/// Toy and course models in TransformerLens's own names. **Source:** TransformerLens 3.9,
/// HookedTransformerConfig and its state dict.
const Family hookedTransformerFamily{"hooked_transformer", "TransformerLens toy and course models",
                                     recognises, read};

} // namespace cutaway::model
