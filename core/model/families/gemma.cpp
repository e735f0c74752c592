// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

#include <cmath>

namespace cutaway::model {

namespace {

bool isGemma(const nlohmann::json& config) {
    return isOneOf(config, {"gemma"});
}
bool isGemma2(const nlohmann::json& config) {
    return isOneOf(config, {"gemma2"});
}
bool isGemma3(const nlohmann::json& config) {
    return isOneOf(config, {"gemma3_text", "gemma3"});
}

DecoderDefaults defaultsOf(int hidden, int layers, int heads, int kvHeads, int mlp, int vocab, int context) {
    DecoderDefaults defaults{hidden, layers, heads, kvHeads, 256, mlp, vocab, context};
    defaults.norm = NormKind::RmsNormUnit;
    defaults.activation = "gelu_pytorch_tanh";
    defaults.activationKey = "hidden_activation";
    return defaults;
}

/// What all three have: a scaled embedding, and norms that multiply by 1 + w unless GGUF's converter has
/// added the 1 already.
void finishSpec(ConfigReader& config, ArchitectureSpec& spec) {
    if (config.boolean("norm_gains_whole", false)) spec.traits.norm = NormKind::RmsNorm;
    spec.embeddingScale = std::sqrt(static_cast<double>(spec.traits.dModel));
}

FamilyModel readGemma(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    const bool bias = config.boolean("attention_bias", false);
    DecoderDefaults defaults = defaultsOf(3072, 28, 16, 16, 24576, 256000, 8192);
    if (!config.has("hidden_activation")) defaults.activationKey = "hidden_act";
    config.ignore({"hidden_act", "hidden_activation", "use_bidirectional_attention"});
    model.spec = readDecoder(config, defaults, model.activation);
    finishSpec(config, model.spec);
    if (!config.status()) return model;
    const DecoderTensors names(model.spec, tensors, DecoderTensors::usualPrefix(tensors));
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        layer.norm1 = names.rms(at + "input_layernorm");
        names.attention(at, layer, bias, bias);
        layer.norm2 = names.rms(at + "post_attention_layernorm");
        names.gatedMlp(at + "mlp.", layer);
    });
    return model;
}

/// A cap that is null is none.
double readCap(ConfigReader& config, const char* key, double fallback) {
    const auto at = config.document().find(key);
    const bool isNull = at != config.document().end() && at->is_null();
    return config.number(key, isNull ? 0.0 : fallback, 0.0, 1e9);
}

void readSandwich(FamilyModel& model, TensorPicker& tensors, const std::string& prefix, bool tied,
                  bool bias) {
    const DecoderTensors names(model.spec, tensors, prefix);
    const ModelTraits& t = model.spec.traits;
    readDecoderWeights(model, tensors, names, tied, [&](int index, LayerWeights& layer) {
        const std::string at = names.at(index);
        layer.norm1 = names.rms(at + "input_layernorm");
        names.attention(at, layer, bias, bias);
        layer.norm1Post = names.rms(at + "post_attention_layernorm");
        layer.norm2 = names.rms(at + "pre_feedforward_layernorm");
        names.gatedMlp(at + "mlp.", layer);
        layer.norm2Post = names.rms(at + "post_feedforward_layernorm");
        if (!t.qkNorm) return;
        layer.qNorm = {names.norm(at + "self_attn.q_norm", t.dHead, false)};
        layer.kNorm = {names.norm(at + "self_attn.k_norm", t.dHead, false)};
    });
}

/// What Gemma 2 and 3 have in common beside sizes.
void readCaps(ConfigReader& config, ArchitectureSpec& spec, double scoreCap, double logitCap) {
    spec.traits.sandwichNorm = true;
    finishSpec(config, spec);
    const double scalar = config.number("query_pre_attn_scalar", 256.0, 1e-6, 1e9);
    spec.attentionScale.assign(static_cast<std::size_t>(spec.traits.nLayers), 1.0 / std::sqrt(scalar));
    spec.scoreSoftCap = readCap(config, "attn_logit_softcapping", scoreCap);
    spec.logitSoftCap = readCap(config, "final_logit_softcapping", logitCap);
    if (config.boolean("use_bidirectional_attention", false))
        config.refuse("use_bidirectional_attention", "Gemma as an encoder is not supported");
}

FamilyModel readGemma2(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    const bool bias = config.boolean("attention_bias", false);
    model.spec = readDecoder(config, defaultsOf(2304, 26, 8, 4, 9216, 256000, 8192), model.activation);
    config.ignore({"hidden_act", "cache_implementation"});
    readCaps(config, model.spec, 50.0, 30.0);
    const int window = slidingWindow(config, 4096);
    model.spec.window =
        readWindows(config, model.spec.traits.nLayers, window, [](int layer) { return layer % 2 == 0; });
    if (config.status()) readSandwich(model, tensors, DecoderTensors::usualPrefix(tensors), tied, bias);
    return model;
}

/// One rotary embedding for layers that see everything, one for those that slide.
void readGemma3Rotary(ConfigReader& config, ArchitectureSpec& spec) {
    ModelTraits& t = spec.traits;
    const nlohmann::json* nested = config.find("rope_parameters");
    const auto part = [&](const char* name) {
        const auto at = nested ? nested->find(name) : nlohmann::json::const_iterator{};
        return nested && nested->is_object() && at != nested->end() ? &*at : nullptr;
    };
    static const nlohmann::json nothing = nlohmann::json::object();
    RotaryDefaults full{t.dHead, config.number("rope_theta", 1e6, 1e-3, 1e15), 1.0, t.context};
    RotaryDefaults sliding{t.dHead, config.number("rope_local_base_freq", 1e4, 1e-3, 1e15), 1.0, t.context};
    if (const nlohmann::json* own = part("full_attention"))
        spec.rotaries = {readRotaryFrom(config, "rope_parameters", *own, full)};
    else
        spec.rotaries = {readRotary(config, full)};
    const nlohmann::json* local = part("sliding_attention");
    spec.rotaries.push_back(readRotaryFrom(config, "rope_parameters", local ? *local : nothing, sliding));
    for (const int window : spec.window)
        spec.rotaryOf.push_back(window > 0 ? 1 : 0);
}

FamilyModel readGemma3Text(ConfigReader& config, TensorPicker& tensors, const std::string& prefix) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    const bool bias = config.boolean("attention_bias", false);
    DecoderDefaults defaults = defaultsOf(2304, 26, 8, 4, 9216, 262208, 131072);
    defaults.rotary = false;
    model.spec = readDecoder(config, defaults, model.activation);
    model.spec.traits.qkNorm = true;
    config.ignore({"hidden_act", "cache_implementation"});
    readCaps(config, model.spec, 0.0, 0.0);
    const int window = slidingWindow(config, 4096);
    const int older = config.integer("sliding_window_pattern", 6);
    const int pattern = config.integer("_sliding_window_pattern", older);
    model.spec.window = readWindows(config, model.spec.traits.nLayers, window,
                                    [&](int layer) { return (layer + 1) % pattern != 0; });
    readGemma3Rotary(config, model.spec);
    if (config.status()) readSandwich(model, tensors, prefix, tied, bias);
    return model;
}

/// A file with a vision tower keeps the text model's config and tensors below names of its own.
FamilyModel readGemma3(ConfigReader& config, TensorPicker& tensors) {
    const nlohmann::json* text = config.find("text_config");
    if (text == nullptr) return readGemma3Text(config, tensors, DecoderTensors::usualPrefix(tensors));
    if (!text->is_object()) {
        config.refuse("text_config", "expected an object");
        return {};
    }
    std::string prefix;
    for (const char* candidate : {"model.language_model.", "language_model.model.", "model."})
        if (prefix.empty() && tensors.has(std::string(candidate) + "embed_tokens.weight")) prefix = candidate;
    ConfigReader inner(*text);
    FamilyModel model = readGemma3Text(inner, tensors, prefix);
    if (const Status s = inner.status(); !s) config.refuse(s.error());
    tensors.ignore([](const std::string& name) {
        return name.find("vision_tower.") != std::string::npos ||
               name.find("multi_modal_projector.") != std::string::npos;
    });
    for (const auto& [key, value] : config.document().items())
        config.ignore({key.c_str()});
    model.warnings.emplace_back("Only the text model of this file is used, not its vision tower.");
    return model;
}

} // namespace

/// **Source:** Gemma Team 2024: norms multiply by 1 + w, the embedding is scaled by √d.
const Family gemmaFamily{"gemma", "Gemma 1", isGemma, readGemma};
/// **Source:** Gemma Team 2024b: norms on both sides, soft-caps, every second layer slides.
const Family gemma2Family{"gemma2", "Gemma 2", isGemma2, readGemma2};
/// **Source:** Gemma Team 2025: q/k norms, five sliding layers to a global one, a rotary base for each.
const Family gemma3Family{"gemma3_text", "Gemma 3 (text)", isGemma3, readGemma3};

} // namespace cutaway::model
