// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gguf/gguf_model.h"

#include <algorithm>
#include <map>

namespace cutaway::model {

namespace {

/// ggml's names → transformers', without `.weight` and `.bias`; `{}` is the layer.
using Names = std::map<std::string, std::string>;

Names decoder(const Names& more = {}) {
    Names names{{"token_embd", "model.embed_tokens"},
                {"output_norm", "model.norm"},
                {"output", "lm_head"},
                {"blk.{}.attn_norm", "model.layers.{}.input_layernorm"},
                {"blk.{}.attn_q", "model.layers.{}.self_attn.q_proj"},
                {"blk.{}.attn_k", "model.layers.{}.self_attn.k_proj"},
                {"blk.{}.attn_v", "model.layers.{}.self_attn.v_proj"},
                {"blk.{}.attn_output", "model.layers.{}.self_attn.o_proj"},
                {"blk.{}.attn_q_norm", "model.layers.{}.self_attn.q_norm"},
                {"blk.{}.attn_k_norm", "model.layers.{}.self_attn.k_norm"},
                {"blk.{}.ffn_norm", "model.layers.{}.post_attention_layernorm"},
                {"blk.{}.ffn_gate", "model.layers.{}.mlp.gate_proj"},
                {"blk.{}.ffn_up", "model.layers.{}.mlp.up_proj"},
                {"blk.{}.ffn_down", "model.layers.{}.mlp.down_proj"}};
    for (const auto& [from, to] : more)
        names[from] = to;
    return names;
}

const Names& namesOf(const std::string& architecture) {
    static const Names plain = decoder();
    static const Names sandwich =
        decoder({{"blk.{}.post_attention_norm", "model.layers.{}.post_attention_layernorm"},
                 {"blk.{}.ffn_norm", "model.layers.{}.pre_feedforward_layernorm"},
                 {"blk.{}.post_ffw_norm", "model.layers.{}.post_feedforward_layernorm"}});
    static const Names phi2 = decoder({{"output_norm", "model.final_layernorm"},
                                       {"blk.{}.attn_output", "model.layers.{}.self_attn.dense"},
                                       {"blk.{}.ffn_up", "model.layers.{}.mlp.fc1"},
                                       {"blk.{}.ffn_down", "model.layers.{}.mlp.fc2"}});
    static const Names phi3 = decoder({{"blk.{}.attn_qkv", "model.layers.{}.self_attn.qkv_proj"},
                                       {"blk.{}.ffn_up", "model.layers.{}.mlp.gate_up_proj"}});
    static const Names gpt2{{"token_embd", "transformer.wte"},
                            {"position_embd", "transformer.wpe"},
                            {"output_norm", "transformer.ln_f"},
                            {"output", "lm_head"},
                            {"blk.{}.attn_norm", "transformer.h.{}.ln_1"},
                            {"blk.{}.attn_qkv", "transformer.h.{}.attn.c_attn"},
                            {"blk.{}.attn_output", "transformer.h.{}.attn.c_proj"},
                            {"blk.{}.ffn_norm", "transformer.h.{}.ln_2"},
                            {"blk.{}.ffn_up", "transformer.h.{}.mlp.c_fc"},
                            {"blk.{}.ffn_down", "transformer.h.{}.mlp.c_proj"}};
    static const Names neox{{"token_embd", "gpt_neox.embed_in"},
                            {"output_norm", "gpt_neox.final_layer_norm"},
                            {"output", "embed_out"},
                            {"blk.{}.attn_norm", "gpt_neox.layers.{}.input_layernorm"},
                            {"blk.{}.attn_qkv", "gpt_neox.layers.{}.attention.query_key_value"},
                            {"blk.{}.attn_output", "gpt_neox.layers.{}.attention.dense"},
                            {"blk.{}.ffn_norm", "gpt_neox.layers.{}.post_attention_layernorm"},
                            {"blk.{}.ffn_up", "gpt_neox.layers.{}.mlp.dense_h_to_4h"},
                            {"blk.{}.ffn_down", "gpt_neox.layers.{}.mlp.dense_4h_to_h"}};
    static const Names bert{{"token_embd", "bert.embeddings.word_embeddings"},
                            {"position_embd", "bert.embeddings.position_embeddings"},
                            {"token_types", "bert.embeddings.token_type_embeddings"},
                            {"token_embd_norm", "bert.embeddings.LayerNorm"},
                            {"blk.{}.attn_q", "bert.encoder.layer.{}.attention.self.query"},
                            {"blk.{}.attn_k", "bert.encoder.layer.{}.attention.self.key"},
                            {"blk.{}.attn_v", "bert.encoder.layer.{}.attention.self.value"},
                            {"blk.{}.attn_output", "bert.encoder.layer.{}.attention.output.dense"},
                            {"blk.{}.attn_output_norm", "bert.encoder.layer.{}.attention.output.LayerNorm"},
                            {"blk.{}.ffn_up", "bert.encoder.layer.{}.intermediate.dense"},
                            {"blk.{}.ffn_down", "bert.encoder.layer.{}.output.dense"},
                            {"blk.{}.layer_output_norm", "bert.encoder.layer.{}.output.LayerNorm"}};
    if (architecture == "gemma2" || architecture == "gemma3") return sandwich;
    if (architecture == "phi2") return phi2;
    if (architecture == "phi3") return phi3;
    if (architecture == "gpt2") return gpt2;
    if (architecture == "gptneox") return neox;
    if (architecture == "bert") return bert;
    return plain;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

std::optional<std::string> ggufTensorName(const std::string& architecture, const std::string& name,
                                          const nlohmann::json& config, weights::TensorEntry& entry) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) return name;
    std::string stem = name.substr(0, dot), layer;
    const std::string part = name.substr(dot);
    if (stem.starts_with("blk.")) {
        const std::size_t end = stem.find('.', 4);
        if (end == std::string::npos) return name;
        layer = stem.substr(4, end - 4);
        if (layer.empty() || !std::all_of(layer.begin(), layer.end(), isDigit)) return name;
        stem.replace(4, layer.size(), "{}");
    }
    // Read with the config: they are factors, not weights.
    if (stem == "rope_freqs" || stem == "rope_factors_short" || stem == "rope_factors_long")
        return std::nullopt;
    const Names& names = namesOf(architecture);
    const auto found = names.find(stem);
    if (found == names.end()) return name;
    std::string own = found->second;
    if (const std::size_t at = own.find("{}"); at != std::string::npos) own.replace(at, 2, layer);
    if (architecture == "llama" && (stem == "blk.{}.attn_q" || stem == "blk.{}.attn_k"))
        entry.pairedHeads =
            config.value(stem == "blk.{}.attn_q" ? "num_attention_heads" : "num_key_value_heads", 0);
    // GPT-2's projections stand the other way round in transformers.
    if (architecture == "gpt2" && part == ".weight" && entry.shape.size() == 2 &&
        (stem.ends_with("attn_qkv") || stem.ends_with("attn_output") || stem.ends_with("ffn_up") ||
         stem.ends_with("ffn_down"))) {
        entry.transposed = true;
        std::swap(entry.shape[0], entry.shape[1]);
    }
    return own + part;
}

Result<GgufModel> readGguf(const std::filesystem::path& path) {
    const Result<weights::GgufFile> file = weights::GgufFile::open(path);
    if (!file) return fail(file.error());
    Result<nlohmann::json> config = ggufConfig(*file);
    if (!config) return fail(config.error());
    GgufModel model;
    const auto architecture = file->metadata().at("general.architecture").get<std::string>();
    model.table =
        weights::TensorTable::fromGguf(*file, [&](const std::string& name, weights::TensorEntry& entry) {
            return ggufTensorName(architecture, name, *config, entry);
        });
    model.config = std::move(*config);
    if (architecture.starts_with("gemma")) model.config["norm_gains_whole"] = true;
    for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
        if (const auto id = file->metadata().find(key); id != file->metadata().end())
            model.config["eos_token_id"].push_back(*id);
    return model;
}

} // namespace cutaway::model
