// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gguf/gguf_model.h"

#include <array>
#include <cmath>

namespace cutaway::model {

namespace {

using nlohmann::json;

/// Thrown inside this file alone; becomes an Error.
struct Refused {
    ErrorCode code;
    std::string message;
};

/// Metadata under `architecture.`, each key once.
class Keys {
public:
    Keys(const json& metadata, std::string architecture)
        : m_metadata(metadata), m_architecture(std::move(architecture)) {}

    const json* find(const std::string& key) const {
        const auto at = m_metadata.find(m_architecture + "." + key);
        return at == m_metadata.end() ? nullptr : &*at;
    }
    bool has(const std::string& key) const { return find(key) != nullptr; }
    json whole(const std::string& key) const {
        const json* found = find(key);
        if (found == nullptr)
            throw Refused{ErrorCode::BadModel, "'" + m_architecture + "." + key + "' is missing"};
        if (!found->is_number_integer())
            throw Refused{found->is_array() ? ErrorCode::Unsupported : ErrorCode::BadModel,
                          "'" + m_architecture + "." + key + "' is " + found->dump().substr(0, 60) +
                              ": expected one whole number for all layers"};
        return *found;
    }
    double number(const std::string& key, double fallback) const {
        const json* found = find(key);
        return found && found->is_number() ? found->get<double>() : fallback;
    }
    const std::string& architecture() const { return m_architecture; }

private:
    const json& m_metadata;
    std::string m_architecture;
};

/// The floats of a small F32 tensor: Llama 3's and Phi-3's rotary factors.
std::vector<double> floatsOf(const weights::GgufFile& file, const std::string& name) {
    const auto at = file.tensors().find(name);
    if (at == file.tensors().end() || at->second.type != weights::GgmlType::F32) return {};
    std::vector<float> values(at->second.bytes / sizeof(float));
    weights::dequantize(weights::GgmlType::F32, at->second.data, values.data(),
                        static_cast<std::int64_t>(values.size()));
    return {values.begin(), values.end()};
}

/// Rotary parameters: base, linear or YaRN scaling, and the factors that lie as tensors.
json rotaryOf(const Keys& keys, const weights::GgufFile& file, int headWidth) {
    json rotary{{"rope_type", "default"}, {"rope_theta", keys.number("rope.freq_base", 10000.0)}};
    if (keys.has("rope.dimension_count")) {
        const double turning = keys.number("rope.dimension_count", headWidth);
        if (turning != headWidth) rotary["partial_rotary_factor"] = turning / headWidth;
    }
    const json* type = keys.find("rope.scaling.type");
    const double factor = keys.number("rope.scaling.factor", keys.number("rope.scale_linear", 1.0));
    const int context = keys.whole("context_length").get<int>();
    const double original = keys.number("rope.scaling.original_context_length", context);
    if (type && *type == "yarn") {
        rotary.update(
            {{"rope_type", "yarn"}, {"factor", factor}, {"original_max_position_embeddings", int(original)}});
    } else if (type && *type != "linear" && *type != "none" && *type != "longrope") {
        throw Refused{ErrorCode::Unsupported,
                      "'rope.scaling.type' is " + type->dump() + ": linear and yarn are read"};
    } else if (factor != 1.0 && factor != 0.0) {
        rotary.update({{"rope_type", "linear"}, {"factor", factor}});
    }
    // Llama 3's scaling is a divisor of each frequency, whatever the length; Phi-3 has one list for each
    // length.
    if (const std::vector<double> divisors = floatsOf(file, "rope_freqs.weight"); !divisors.empty())
        rotary.update({{"rope_type", "longrope"},
                       {"short_factor", divisors},
                       {"long_factor", divisors},
                       {"attention_factor", 1.0},
                       {"original_max_position_embeddings", context}});
    const std::vector<double> shorter = floatsOf(file, "rope_factors_short.weight");
    const std::vector<double> longer = floatsOf(file, "rope_factors_long.weight");
    if (!shorter.empty() && !longer.empty()) {
        rotary.update({{"rope_type", "longrope"},
                       {"short_factor", shorter},
                       {"long_factor", longer},
                       {"original_max_position_embeddings", int(original)}});
        if (keys.has("rope.scaling.attn_factor"))
            rotary["attention_factor"] = keys.number("rope.scaling.attn_factor", 1.0);
    }
    return rotary;
}

int rowsOf(const weights::GgufFile& file, const std::string& name) {
    const auto at = file.tensors().find(name);
    if (at == file.tensors().end() || at->second.shape.size() != 2)
        throw Refused{ErrorCode::BadModel, "the tensor '" + name + "' is missing"};
    return static_cast<int>(at->second.shape[0]);
}

/// What the decoders with transformers' newer names share.
json decoderConfig(const Keys& keys, const weights::GgufFile& file, const char* modelType) {
    const int hidden = keys.whole("embedding_length").get<int>();
    const int heads = keys.whole("attention.head_count").get<int>();
    const int usual = heads > 0 ? hidden / heads : hidden;
    const int width =
        keys.has("attention.key_length") ? keys.whole("attention.key_length").get<int>() : usual;
    json config{{"model_type", modelType},
                {"hidden_size", hidden},
                {"num_hidden_layers", keys.whole("block_count")},
                {"num_attention_heads", heads},
                {"num_key_value_heads",
                 keys.has("attention.head_count_kv") ? keys.whole("attention.head_count_kv") : json(heads)},
                {"head_dim", width},
                {"intermediate_size", keys.whole("feed_forward_length")},
                {"max_position_embeddings", keys.whole("context_length")},
                {"vocab_size", rowsOf(file, "token_embd.weight")},
                {"tie_word_embeddings", !file.tensors().contains("output.weight")},
                {"rms_norm_eps", keys.number("attention.layer_norm_rms_epsilon", 1e-6)},
                {"rope_parameters", rotaryOf(keys, file, width)}};
    if (keys.has("attention.value_length") && keys.whole("attention.value_length") != width)
        throw Refused{ErrorCode::Unsupported,
                      "values as wide as keys are read, 'attention.value_length' differs"};
    if (keys.number("expert_count", 0.0) > 0.0)
        throw Refused{ErrorCode::Unsupported, "'expert_count' is " + keys.find("expert_count")->dump() +
                                                  ": mixtures of experts are read from folders only"};
    return config;
}

json llama(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "llama");
    config["attention_bias"] = file.tensors().contains("blk.0.attn_q.bias");
    config["mlp_bias"] = file.tensors().contains("blk.0.ffn_gate.bias");
    return config;
}

json qwen2(const Keys& keys, const weights::GgufFile& file) {
    return decoderConfig(keys, file, "qwen2");
}

json qwen3(const Keys& keys, const weights::GgufFile& file) {
    return decoderConfig(keys, file, "qwen3");
}

json gemma(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "gemma");
    config["hidden_activation"] = "gelu_pytorch_tanh";
    return config;
}

/// The largest models of these families scale by the width a head would have, the others by the one it has.
double queryScalar(const json& config, int largest) {
    const int layers = config["num_hidden_layers"], heads = config["num_attention_heads"];
    const int hidden = config["hidden_size"], width = config["head_dim"];
    return layers == largest && heads > 0 ? static_cast<double>(hidden) / heads : width;
}

json gemma2(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "gemma2");
    config.update({{"sliding_window", static_cast<int>(keys.number("attention.sliding_window", 4096))},
                   {"attn_logit_softcapping", keys.number("attn_logit_softcapping", 50.0)},
                   {"final_logit_softcapping", keys.number("final_logit_softcapping", 30.0)},
                   {"query_pre_attn_scalar", queryScalar(config, 46)}});
    return config;
}

json gemma3(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "gemma3_text");
    json full = config["rope_parameters"];
    if (!keys.has("rope.freq_base")) full["rope_theta"] = 1e6;
    config.update({{"sliding_window", static_cast<int>(keys.number("attention.sliding_window", 1024))},
                   {"query_pre_attn_scalar", queryScalar(config, 62)}});
    config["rope_parameters"] = {
        {"full_attention", full},
        {"sliding_attention",
         {{"rope_type", "default"}, {"rope_theta", keys.number("rope.freq_base_swa", 10000.0)}}}};
    if (const json* pattern = keys.find("attention.sliding_window_pattern"); pattern && pattern->is_array()) {
        json types = json::array();
        for (const json& slides : *pattern)
            types.push_back(slides == true ? "sliding_attention" : "full_attention");
        config["layer_types"] = types;
    }
    return config;
}

json phi2(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "phi");
    config["layer_norm_eps"] = keys.number("attention.layer_norm_epsilon", 1e-5);
    config["hidden_act"] = "gelu_new";
    config.erase("rms_norm_eps");
    if (file.tensors().contains("blk.0.attn_qkv.weight"))
        throw Refused{ErrorCode::Unsupported, "fused queries, keys and values in Phi-2 are not read"};
    return config;
}

json phi3(const Keys& keys, const weights::GgufFile& file) {
    json config = decoderConfig(keys, file, "phi3");
    const int window = static_cast<int>(keys.number("attention.sliding_window", 0));
    config["sliding_window"] = window > 0 ? json(window) : json();
    return config;
}

json gpt2(const Keys& keys, const weights::GgufFile& file) {
    return {{"model_type", "gpt2"},
            {"n_embd", keys.whole("embedding_length")},
            {"n_layer", keys.whole("block_count")},
            {"n_head", keys.whole("attention.head_count")},
            {"n_positions", keys.whole("context_length")},
            {"n_inner", keys.whole("feed_forward_length")},
            {"vocab_size", rowsOf(file, "token_embd.weight")},
            {"activation_function", "gelu_new"},
            {"layer_norm_epsilon", keys.number("attention.layer_norm_epsilon", 1e-5)},
            {"tie_word_embeddings", !file.tensors().contains("output.weight")}};
}

json gptNeoX(const Keys& keys, const weights::GgufFile& file) {
    const int hidden = keys.whole("embedding_length"), heads = keys.whole("attention.head_count");
    const json* parallel = keys.find("use_parallel_residual");
    return {{"model_type", "gpt_neox"},
            {"hidden_size", hidden},
            {"num_hidden_layers", keys.whole("block_count")},
            {"num_attention_heads", heads},
            {"intermediate_size", keys.whole("feed_forward_length")},
            {"max_position_embeddings", keys.whole("context_length")},
            {"vocab_size", rowsOf(file, "token_embd.weight")},
            {"hidden_act", "gelu"},
            {"layer_norm_eps", keys.number("attention.layer_norm_epsilon", 1e-5)},
            {"use_parallel_residual", parallel == nullptr || *parallel != false},
            {"attention_bias", file.tensors().contains("blk.0.attn_qkv.bias")},
            {"tie_word_embeddings", !file.tensors().contains("output.weight")},
            {"qkv_by_part", true},
            {"rope_parameters", rotaryOf(keys, file, heads > 0 ? hidden / heads : hidden)}};
}

json bert(const Keys& keys, const weights::GgufFile& file) {
    return {{"model_type", "bert"},
            {"hidden_size", keys.whole("embedding_length")},
            {"num_hidden_layers", keys.whole("block_count")},
            {"num_attention_heads", keys.whole("attention.head_count")},
            {"intermediate_size", keys.whole("feed_forward_length")},
            {"max_position_embeddings", keys.whole("context_length")},
            {"vocab_size", rowsOf(file, "token_embd.weight")},
            {"type_vocab_size",
             file.tensors().contains("token_types.weight") ? rowsOf(file, "token_types.weight") : 0},
            {"hidden_act", "gelu"},
            {"layer_norm_eps", keys.number("attention.layer_norm_epsilon", 1e-12)},
            {"tie_word_embeddings", true}};
}

struct Architecture {
    std::string_view name;
    json (*config)(const Keys& keys, const weights::GgufFile& file);
};

constexpr std::array<Architecture, 11> architectures{{{"llama", llama},
                                                      {"qwen2", qwen2},
                                                      {"qwen3", qwen3},
                                                      {"gemma", gemma},
                                                      {"gemma2", gemma2},
                                                      {"gemma3", gemma3},
                                                      {"phi2", phi2},
                                                      {"phi3", phi3},
                                                      {"gpt2", gpt2},
                                                      {"gptneox", gptNeoX},
                                                      {"bert", bert}}};

} // namespace

Result<nlohmann::json> ggufConfig(const weights::GgufFile& file) {
    const auto named = file.metadata().find("general.architecture");
    const std::string name =
        named != file.metadata().end() && named->is_string() ? named->get<std::string>() : "";
    std::string known;
    for (const Architecture& architecture : architectures) {
        known += (known.empty() ? "" : ", ") + std::string(architecture.name);
        if (architecture.name != name) continue;
        const auto refuse = [&](ErrorCode code, const std::string& message) {
            return fail(code, "open model", file.file()->path().string() + ": " + message);
        };
        try {
            return architecture.config(Keys(file.metadata(), name), file);
        } catch (const Refused& refused) {
            return refuse(refused.code, refused.message);
        } catch (const json::exception& error) {
            return refuse(ErrorCode::BadModel,
                          std::string("its metadata has a member of the wrong type: ") + error.what());
        }
    }
    return fail(ErrorCode::Unsupported, "open model",
                (name.empty() ? "the GGUF file names no architecture"
                              : "the GGUF architecture '" + name.substr(0, 80) + "' is not supported") +
                    "; those that open: " + known,
                {{"architecture", name}});
}

} // namespace cutaway::model
