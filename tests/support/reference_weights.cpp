// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_weights.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace cutaway::tests {

namespace {

using nlohmann::json;

json readJson(const std::filesystem::path& file) {
    std::ifstream in(file);
    return json::parse(in);
}

/// The key's value; where it is absent or null, the default.
template <typename T> T valueOf(const json& config, const char* key, T absent) {
    return config.contains(key) && !config[key].is_null() ? config[key].get<T>() : absent;
}

/// Angles a token of a rotary embedding over `width` entries.
std::vector<double> rotaryAngles(double base, int width) {
    std::vector<double> angles;
    for (int i = 0; i < width / 2; ++i)
        angles.push_back(std::pow(base, -2.0 * i / width));
    return angles;
}

/// rope_parameters of types linear and llama3: long waves are slowed down.
void scaleRotary(const json& rope, std::vector<double>& angles) {
    const std::string type = valueOf<std::string>(rope, "rope_type", "default");
    for (double& angle : angles) {
        if (type == "linear") angle /= rope.at("factor").get<double>();
        if (type != "llama3") continue;
        const double factor = rope.at("factor"), low = rope.at("low_freq_factor"),
                     high = rope.at("high_freq_factor"),
                     context = rope.at("original_max_position_embeddings");
        const double wave = 2 * 3.14159265358979323846 / angle;
        if (wave < context / high) continue;
        const double share = wave > context / low ? 0 : (context / wave - low) / (high - low);
        angle = (1 - share) * angle / factor + share * angle;
    }
}

std::string blockName(int layer, const std::string& rest) {
    return "blocks." + std::to_string(layer) + "." + rest;
}

Array transposed(const Array& a) {
    Array out({a.shape[1], a.shape[0]});
    for (int i = 0; i < a.shape[0]; ++i)
        for (int j = 0; j < a.shape[1]; ++j)
            out.at(j, i) = a.at(i, j);
    return out;
}

/// Columns [from, from + heads·dh) of a linear map [in, out], cut into heads: [heads, in, dh].
Array headsOut(const Array& map, int from, int heads, int dh) {
    Array out({heads, map.shape[0], dh});
    for (int h = 0; h < heads; ++h)
        for (int i = 0; i < map.shape[0]; ++i)
            for (int j = 0; j < dh; ++j)
                out.at(h, i, j) = map.at(i, from + h * dh + j);
    return out;
}

Array headsBias(const Array& bias, int from, int heads, int dh) {
    Array out({heads, dh});
    for (int h = 0; h < heads; ++h)
        for (int j = 0; j < dh; ++j)
            out.at(h, j) = bias.at(from + h * dh + j);
    return out;
}

/// A linear map [heads·dh, out] cut into heads: [heads, dh, out].
Array headsIn(const Array& map, int heads, int dh) {
    Array out = map;
    out.shape = {heads, dh, map.shape[1]};
    return out;
}

ReferenceWeights loadGpt2(const json& c, const std::map<std::string, Array>& stored) {
    ReferenceWeights w;
    ReferenceConfig& k = w.config;
    k.layers = c.at("n_layer");
    k.heads = k.kvHeads = c.at("n_head");
    k.width = c.at("n_embd");
    k.headWidth = k.width / k.heads;
    k.mlpWidth = valueOf(c, "n_inner", 4 * k.width);
    k.epsilon = valueOf(c, "layer_norm_epsilon", 1e-5);
    k.activation = valueOf<std::string>(c, "activation_function", "gelu_new");
    k.scoreDivisor = valueOf(c, "scale_attn_weights", true) ? std::sqrt(double(k.headWidth)) : 1.0;
    k.divideByLayer = valueOf(c, "scale_attn_by_inverse_layer_idx", false);
    const auto find = [&](const std::string& name) -> const Array& {
        const auto found = stored.find("transformer." + name);
        return found != stored.end() ? found->second : stored.at(name);
    };
    auto& t = w.tensors;
    t["embed.W_E"] = find("wte.weight");
    t["pos_embed.W_pos"] = find("wpe.weight");
    for (int l = 0; l < k.layers; ++l) {
        const std::string from = "h." + std::to_string(l) + ".";
        for (const auto& [ours, theirs] : {std::pair{"ln1", "ln_1"}, std::pair{"ln2", "ln_2"}}) {
            t[blockName(l, std::string(ours) + ".w")] = find(from + theirs + ".weight");
            t[blockName(l, std::string(ours) + ".b")] = find(from + theirs + ".bias");
        }
        const Array& qkv = find(from + "attn.c_attn.weight");
        const Array& bias = find(from + "attn.c_attn.bias");
        int column = 0;
        for (const char* name : {"Q", "K", "V"}) {
            t[blockName(l, std::string("attn.W_") + name)] = headsOut(qkv, column, k.heads, k.headWidth);
            t[blockName(l, std::string("attn.b_") + name)] = headsBias(bias, column, k.heads, k.headWidth);
            column += k.width;
        }
        t[blockName(l, "attn.W_O")] = headsIn(find(from + "attn.c_proj.weight"), k.heads, k.headWidth);
        t[blockName(l, "attn.b_O")] = find(from + "attn.c_proj.bias");
        t[blockName(l, "mlp.W_in")] = find(from + "mlp.c_fc.weight");
        t[blockName(l, "mlp.b_in")] = find(from + "mlp.c_fc.bias");
        t[blockName(l, "mlp.W_out")] = find(from + "mlp.c_proj.weight");
        t[blockName(l, "mlp.b_out")] = find(from + "mlp.c_proj.bias");
    }
    t["ln_final.w"] = find("ln_f.weight");
    t["ln_final.b"] = find("ln_f.bias");
    const bool tied = valueOf(c, "tie_word_embeddings", true);
    t["unembed.W_U"] = transposed(tied ? t["embed.W_E"] : stored.at("lm_head.weight"));
    return w;
}

ReferenceWeights loadLlama(const json& c, const std::map<std::string, Array>& stored) {
    ReferenceWeights w;
    ReferenceConfig& k = w.config;
    k.layers = c.at("num_hidden_layers");
    k.heads = c.at("num_attention_heads");
    k.kvHeads = valueOf(c, "num_key_value_heads", k.heads);
    k.width = c.at("hidden_size");
    k.headWidth = valueOf(c, "head_dim", k.width / k.heads);
    k.mlpWidth = c.at("intermediate_size");
    k.norm = "RMS";
    k.epsilon = valueOf(c, "rms_norm_eps", 1e-6);
    k.activation = valueOf<std::string>(c, "hidden_act", "silu");
    k.gated = true;
    k.positions = "rotary";
    const json rope = c.contains("rope_parameters") ? c["rope_parameters"] : json::object();
    k.rotary = rotaryAngles(valueOf(rope, "rope_theta", valueOf(c, "rope_theta", 10000.0)), k.headWidth);
    scaleRotary(rope, k.rotary);
    k.scoreDivisor = std::sqrt(double(k.headWidth));
    auto& t = w.tensors;
    t["embed.W_E"] = stored.at("model.embed_tokens.weight");
    const auto linear = [&](const std::string& to, const std::string& from) {
        t[to] = transposed(stored.at(from + ".weight"));
    };
    const auto bias = [&](const std::string& to, const std::string& from) {
        if (const auto found = stored.find(from + ".bias"); found != stored.end()) t[to] = found->second;
    };
    for (int l = 0; l < k.layers; ++l) {
        const std::string from = "model.layers." + std::to_string(l) + ".";
        t[blockName(l, "ln1.w")] = stored.at(from + "input_layernorm.weight");
        t[blockName(l, "ln2.w")] = stored.at(from + "post_attention_layernorm.weight");
        for (const auto& [ours, theirs] : {std::pair{"Q", "q"}, std::pair{"K", "k"}, std::pair{"V", "v"}}) {
            const int heads = *ours == 'Q' ? k.heads : k.kvHeads;
            const std::string name = from + "self_attn." + theirs + "_proj";
            t[blockName(l, std::string("attn.W_") + ours)] =
                headsOut(transposed(stored.at(name + ".weight")), 0, heads, k.headWidth);
            if (stored.count(name + ".bias") > 0)
                t[blockName(l, std::string("attn.b_") + ours)] =
                    headsBias(stored.at(name + ".bias"), 0, heads, k.headWidth);
        }
        t[blockName(l, "attn.W_O")] =
            headsIn(transposed(stored.at(from + "self_attn.o_proj.weight")), k.heads, k.headWidth);
        bias(blockName(l, "attn.b_O"), from + "self_attn.o_proj");
        linear(blockName(l, "mlp.W_gate"), from + "mlp.gate_proj");
        bias(blockName(l, "mlp.b_gate"), from + "mlp.gate_proj");
        linear(blockName(l, "mlp.W_in"), from + "mlp.up_proj");
        bias(blockName(l, "mlp.b_linear"), from + "mlp.up_proj");
        linear(blockName(l, "mlp.W_out"), from + "mlp.down_proj");
        bias(blockName(l, "mlp.b_out"), from + "mlp.down_proj");
    }
    t["ln_final.w"] = stored.at("model.norm.weight");
    const bool tied = valueOf(c, "tie_word_embeddings", false);
    t["unembed.W_U"] = transposed(tied ? t["embed.W_E"] : stored.at("lm_head.weight"));
    return w;
}

ReferenceWeights loadHooked(const json& c, const std::map<std::string, Array>& stored) {
    ReferenceWeights w;
    ReferenceConfig& k = w.config;
    k.layers = c.at("n_layers");
    k.width = c.at("d_model");
    k.headWidth = c.at("d_head");
    k.heads = valueOf(c, "n_heads", -1);
    if (k.heads == -1) k.heads = k.width / k.headWidth;
    k.kvHeads = valueOf(c, "n_key_value_heads", k.heads);
    k.mlpWidth = valueOf(c, "attn_only", false) ? 0 : valueOf(c, "d_mlp", 4 * k.width);
    // an absent normalization_type is LN, a null one none
    const std::string norm = c.contains("normalization_type")
                                 ? valueOf<std::string>(c, "normalization_type", "")
                                 : std::string("LN");
    k.norm = norm.substr(0, norm.find("Pre"));
    k.epsilon = valueOf(c, "eps", 1e-5);
    k.activation = valueOf<std::string>(c, "act_fn", "relu");
    k.gated = valueOf(c, "gated_mlp", false);
    k.positions = valueOf<std::string>(c, "positional_embedding_type", "standard");
    if (k.positions == "standard") k.positions = "learned";
    if (k.positions == "rotary")
        k.rotary = rotaryAngles(valueOf(c, "rotary_base", 10000.0), valueOf(c, "rotary_dim", k.headWidth));
    k.causal = valueOf<std::string>(c, "attention_dir", "causal") == "causal";
    const double divisor = valueOf(c, "attn_scale", -1.0);
    k.scoreDivisor = !valueOf(c, "use_attn_scale", true) ? 1.0
                     : divisor == -1.0                   ? std::sqrt(double(k.headWidth))
                                                         : divisor;
    for (const auto& [name, array] : stored) {
        std::string plain = name;
        if (const std::size_t underscore = plain.find("attn._"); underscore != std::string::npos)
            plain.erase(underscore + 5, 1); // attn._W_K: key and value of grouped heads
        if (!array.empty()) w.tensors[plain] = array;
    }
    return w;
}

} // namespace

std::map<std::string, Array> readSafetensors(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    std::uint64_t headerLength = 0;
    if (bytes.size() < sizeof headerLength) throw std::runtime_error("no safetensors: " + file.string());
    std::memcpy(&headerLength, bytes.data(), sizeof headerLength);
    const json header = json::parse(bytes.substr(8, headerLength));
    std::map<std::string, Array> arrays;
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") continue;
        Array array(entry.at("shape").get<std::vector<int>>());
        const std::size_t start = 8 + headerLength + entry.at("data_offsets")[0].get<std::size_t>();
        const std::string dtype = entry.at("dtype");
        for (std::size_t i = 0; i < array.values.size(); ++i) {
            if (dtype == "F32") {
                float value = 0;
                std::memcpy(&value, bytes.data() + start + i * sizeof value, sizeof value);
                array.values[i] = double(value);
            } else if (dtype == "I64") {
                std::int64_t value = 0;
                std::memcpy(&value, bytes.data() + start + i * sizeof value, sizeof value);
                array.values[i] = double(value);
            } else {
                throw std::runtime_error("the slow reader knows F32 and I64, not " + dtype);
            }
        }
        arrays[name] = std::move(array);
    }
    return arrays;
}

void writeSafetensors(const std::filesystem::path& file, const std::map<std::string, Array>& arrays) {
    json header;
    std::string payload;
    for (const auto& [name, array] : arrays) {
        const std::size_t start = payload.size();
        for (const double wide : array.values) {
            const auto value = static_cast<float>(wide);
            payload.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        header[name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {start, payload.size()}}};
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t length = text.size();
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out << text << payload;
}

ReferenceWeights ReferenceWeights::load(const std::filesystem::path& folder) {
    const json config = readJson(folder / "config.json");
    const auto stored = readSafetensors(folder / "model.safetensors");
    const std::string type = valueOf<std::string>(config, "model_type", "hooked_transformer");
    if (type == "gpt2") return loadGpt2(config, stored);
    if (type == "llama") return loadLlama(config, stored);
    if (type == "hooked_transformer") return loadHooked(config, stored);
    throw std::runtime_error("the slow model knows no " + type);
}

} // namespace cutaway::tests
