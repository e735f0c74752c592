// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/family.h"

#include <array>
#include <cmath>
#include <cstring>

namespace cutaway::model {

namespace {

std::string modelType(const nlohmann::json& config) {
    const auto at = config.find("model_type");
    return at != config.end() && at->is_string() ? at->get<std::string>() : "";
}

/// Bytes of a contiguous view.
std::size_t viewBytes(const WeightView& view) {
    std::size_t bytes = view.type == StoredType::F64 ? 8 : view.type == StoredType::F32 ? 4 : 2;
    for (const std::int64_t size : view.shape)
        bytes *= static_cast<std::size_t>(size);
    return bytes;
}

} // namespace

std::span<const Family* const> families() {
    static constexpr std::array list{&gpt2Family,     &gptNeoFamily,  &gptNeoXFamily,
                                     &gptJFamily,     &optFamily,     &bloomFamily,
                                     &falconFamily,   &llamaFamily,   &mistralFamily,
                                     &qwen2Family,    &qwen3Family,   &gemmaFamily,
                                     &gemma2Family,   &gemma3Family,  &phiFamily,
                                     &phi3Family,     &olmo2Family,   &stableLmFamily,
                                     &smolLm3Family,  &mixtralFamily, &qwen2MoeFamily,
                                     &qwen3MoeFamily, &bertFamily,    &distilBertFamily,
                                     &robertaFamily,  &esmFamily,     &hookedTransformerFamily};
    return list;
}

bool isOneOf(const nlohmann::json& config, std::initializer_list<std::string_view> types) {
    return std::find(types.begin(), types.end(), modelType(config)) != types.end();
}

Result<const Family*> familyOf(const nlohmann::json& config) {
    std::string names;
    for (const Family* family : families()) {
        if (family->recognises(config)) return family;
        names += (names.empty() ? "" : ", ") + std::string(family->name);
    }
    const std::string type = modelType(config).substr(0, 80);
    return fail(ErrorCode::Unsupported, "open model",
                (type.empty() ? std::string("config.json has no model_type, and no n_ctx and d_model of a "
                                            "hooked_transformer")
                              : "the family '" + type + "' is not supported") +
                    "; families that open: " + names,
                {{"model_type", type}});
}

std::vector<double> plainAttentionScale(int layers, int headWidth) {
    return std::vector<double>(static_cast<std::size_t>(layers),
                               1.0 / std::sqrt(static_cast<double>(headWidth)));
}

void ignoreCommonKeys(ConfigReader& config) {
    config.ignore({"model_type",
                   "architectures",
                   "torch_dtype",
                   "dtype",
                   "transformers_version",
                   "bos_token_id",
                   "eos_token_id",
                   "pad_token_id",
                   "sep_token_id",
                   "cls_token_id",
                   "mask_token_id",
                   "classifier_dropout",
                   "hidden_dropout_prob",
                   "embd_pdrop",
                   "resid_pdrop",
                   "layer_types",
                   "_attn_implementation",
                   "unk_token_id",
                   "use_cache",
                   "initializer_range",
                   "_name_or_path",
                   "name_or_path",
                   "attention_dropout",
                   "hidden_dropout",
                   "return_dict",
                   "output_attentions",
                   "output_hidden_states",
                   "torchscript",
                   "id2label",
                   "label2id",
                   "is_decoder",
                   "auto_map",
                   "problem_type",
                   "chunk_size_feed_forward",
                   "task_specific_params",
                   "gradient_checkpointing"});
}

void readHead(const std::string& name, bool tied, TensorPicker& tensors, FamilyModel& model) {
    const ModelTraits& t = model.spec.traits;
    model.spec.tiedHead = tied;
    if (tied && !tensors.has(name)) return;
    const WeightView head = tensors.take(name, {t.dVocabOut, t.dModel});
    if (!tied) {
        model.weights.unembed.weight = head;
        return;
    }
    const WeightView& embed = model.weights.embed;
    if (!head.present() || !embed.present()) return;
    if (head.type == StoredType::Block) return; // GGUF: stored twice only where they differ
    if (head.type != embed.type || std::memcmp(head.data, embed.data, viewBytes(embed)) != 0)
        tensors.refuse("config.json ties the head to the embedding, but '" + name +
                       "' is stored and differs from it");
}

} // namespace cutaway::model
