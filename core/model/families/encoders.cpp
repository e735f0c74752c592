// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/decoder.h"

namespace cutaway::model {

namespace {

bool isBert(const nlohmann::json& config) {
    return isOneOf(config, {"bert"});
}
bool isRoberta(const nlohmann::json& config) {
    return isOneOf(config, {"roberta"});
}
bool isDistilBert(const nlohmann::json& config) {
    return isOneOf(config, {"distilbert"});
}
bool isEsm(const nlohmann::json& config) {
    return isOneOf(config, {"esm"});
}

/// Config keys under which the two spellings hold the same sizes.
struct Keys {
    const char* hidden = "hidden_size";
    const char* layers = "num_hidden_layers";
    const char* heads = "num_attention_heads";
    const char* mlp = "intermediate_size";
    const char* activation = "hidden_act";
};

ArchitectureSpec readSpec(ConfigReader& config, const Keys& keys, int vocab, std::string& activation) {
    ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.dModel = config.integer(keys.hidden, 768);
    t.nLayers = config.integer(keys.layers, std::string(keys.layers) == "n_layers" ? 6 : 12, 1, 10000);
    t.nHeads = t.nKvHeads = config.integer(keys.heads, 12);
    if (t.dModel % t.nHeads != 0)
        config.refuse(keys.heads,
                      "it does not divide " + std::string(keys.hidden) + ", " + std::to_string(t.dModel));
    t.dHead = std::max(1, t.dModel / t.nHeads);
    t.dMlp = config.integer(keys.mlp, 3072);
    t.context = config.integer("max_position_embeddings", 512);
    t.dVocab = t.dVocabOut = config.integer("vocab_size", vocab);
    t.causal = false;
    t.preNorm = t.finalNorm = false;
    activation = config.string(keys.activation, "gelu");
    spec.activation = config.activation(keys.activation, "gelu");
    spec.attentionScale = plainAttentionScale(t.nLayers, t.dHead);
    if (config.boolean("is_decoder", false))
        config.refuse("is_decoder", "an encoder used as a decoder is not supported");
    if (config.boolean("add_cross_attention", false))
        config.refuse("add_cross_attention", "cross-attention is not supported");
    config.ignore({"attention_probs_dropout_prob", "hidden_dropout_prob", "classifier_dropout", "dropout",
                   "qa_dropout", "seq_classif_dropout", "gradient_checkpointing", "is_decoder",
                   "type_vocab_size"});
    config.ignorePrefix("pooler_");
    ignoreCommonKeys(config);
    return spec;
}

/// Gain and bias as `weight` and `bias`, or `gamma` and `beta` as some files call them.
NormWeights takeNorm(TensorPicker& tensors, const std::string& at, std::int64_t width) {
    const bool greek = tensors.has(at + ".gamma");
    return {tensors.take(at + (greek ? ".gamma" : ".weight"), {width}),
            tensors.take(at + (greek ? ".beta" : ".bias"), {width})};
}

/// Names of a masked-token head: a dense layer, its norm, and the output's weight and bias.
struct HeadNames {
    std::string dense, norm, weight;
    std::vector<std::string> biases; ///< where the bias may lie; the first that is there is read
};

/// A file without the head opens all the same: the embedding stands in, and the card says so.
void readMaskedHead(FamilyModel& model, TensorPicker& tensors, const HeadNames& names, bool tied,
                    Activation activation) {
    const ModelTraits& t = model.spec.traits;
    if (!tensors.has(names.dense + ".weight")) {
        model.spec.tiedHead = true;
        model.warnings.emplace_back("This file has no masked-token head. What stands as a prediction is the "
                                    "stream against the embedding, "
                                    "not an answer of the model; everything inside is the model's own.");
        return;
    }
    model.spec.traits.headTransform = true;
    model.spec.headActivation = activation;
    model.weights.headDense = {tensors.take(names.dense + ".weight", {t.dModel, t.dModel}),
                               tensors.take(names.dense + ".bias", {t.dModel})};
    model.weights.headNorm = takeNorm(tensors, names.norm, t.dModel);
    readHead(names.weight, tied, tensors, model);
    for (const std::string& bias : names.biases)
        if (!model.weights.unembed.bias.present())
            model.weights.unembed.bias = tensors.takeOptional(bias, {t.dVocabOut});
    tensors.ignore([&](const std::string& name) {
        return std::find(names.biases.begin(), names.biases.end(), name) != names.biases.end();
    });
}

/// One block of BERT's names; ESM's differ in where the norms lie.
void readBlock(const DecoderTensors& names, TensorPicker& tensors, const ModelTraits& t,
               const std::string& at, const std::string& norm1, const std::string& norm2,
               LayerWeights& layer) {
    const std::int64_t d = t.dModel;
    layer.q = names.linear(at + "attention.self.query", d, d, true);
    layer.k = names.linear(at + "attention.self.key", d, d, true);
    layer.v = names.linear(at + "attention.self.value", d, d, true);
    layer.out = names.linear(at + "attention.output.dense", d, d, true);
    layer.norm1 = takeNorm(tensors, at + norm1, d);
    layer.in = names.linear(at + "intermediate.dense", t.dMlp, d, true);
    layer.mlpOut = names.linear(at + "output.dense", d, t.dMlp, true);
    layer.norm2 = takeNorm(tensors, at + norm2, d);
}

void ignoreEncoderExtras(TensorPicker& tensors) {
    tensors.ignore([](const std::string& name) {
        return name.find("pooler.") != std::string::npos || name.starts_with("cls.seq_relationship.") ||
               name.ends_with("position_ids") || name.find("contact_head.") != std::string::npos ||
               name.ends_with("inv_freq");
    });
}

FamilyModel readBertLike(ConfigReader& config, TensorPicker& tensors, const std::string& own, int vocab,
                         int offset, const HeadNames& head) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec = readSpec(config, {}, vocab, model.activation);
    model.spec.normEpsilon = config.number("layer_norm_eps", 1e-12, 0.0, 1.0);
    if (config.string("position_embedding_type", "absolute") != "absolute")
        config.refuse("position_embedding_type", "expected absolute");
    ModelTraits& t = model.spec.traits;
    const int stored = t.context, types = config.integer("type_vocab_size", 2, 0);
    t.context = std::max(1, stored - offset);
    if (!config.status()) return model;
    const std::int64_t d = t.dModel;
    const std::string prefix =
        tensors.has(own + ".embeddings.word_embeddings.weight") ? own + "." : std::string();
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take(prefix + "embeddings.word_embeddings.weight", {t.dVocab, d});
    model.weights.posEmbed =
        tensors.takeRows(prefix + "embeddings.position_embeddings.weight", stored, d, offset, t.context);
    if (types > 0)
        model.weights.segment =
            tensors.takeRows(prefix + "embeddings.token_type_embeddings.weight", types, d, 0, 1);
    model.weights.embedNorm = takeNorm(tensors, prefix + "embeddings.LayerNorm", d);
    for (int index = 0; index < t.nLayers && tensors.status(); ++index)
        readBlock(names, tensors, t, prefix + "encoder.layer." + std::to_string(index) + ".",
                  "attention.output.LayerNorm", "output.LayerNorm", model.weights.layers.emplace_back());
    readMaskedHead(model, tensors, head, tied,
                   own == "roberta" ? Activation::GeluErf : model.spec.activation);
    ignoreEncoderExtras(tensors);
    return model;
}

FamilyModel readBert(ConfigReader& config, TensorPicker& tensors) {
    return readBertLike(config, tensors, "bert", 30522, 0,
                        {"cls.predictions.transform.dense",
                         "cls.predictions.transform.LayerNorm",
                         "cls.predictions.decoder.weight",
                         {"cls.predictions.decoder.bias", "cls.predictions.bias"}});
}

FamilyModel readRoberta(ConfigReader& config, TensorPicker& tensors) {
    const int padding = config.integer("pad_token_id", 1, 0);
    return readBertLike(config, tensors, "roberta", 50265, padding + 1,
                        {"lm_head.dense",
                         "lm_head.layer_norm",
                         "lm_head.decoder.weight",
                         {"lm_head.decoder.bias", "lm_head.bias"}});
}

FamilyModel readDistilBert(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec =
        readSpec(config, {"dim", "n_layers", "n_heads", "hidden_dim", "activation"}, 30522, model.activation);
    model.spec.normEpsilon = 1e-12;
    config.ignore({"sinusoidal_pos_embds"}); // what they hold is in the file
    if (!config.status()) return model;
    const ModelTraits& t = model.spec.traits;
    const std::int64_t d = t.dModel;
    const std::string prefix =
        tensors.has("distilbert.embeddings.word_embeddings.weight") ? "distilbert." : "";
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take(prefix + "embeddings.word_embeddings.weight", {t.dVocab, d});
    model.weights.posEmbed = tensors.take(prefix + "embeddings.position_embeddings.weight", {t.context, d});
    model.weights.embedNorm = takeNorm(tensors, prefix + "embeddings.LayerNorm", d);
    for (int index = 0; index < t.nLayers && tensors.status(); ++index) {
        const std::string at = prefix + "transformer.layer." + std::to_string(index) + ".";
        LayerWeights& layer = model.weights.layers.emplace_back();
        layer.q = names.linear(at + "attention.q_lin", d, d, true);
        layer.k = names.linear(at + "attention.k_lin", d, d, true);
        layer.v = names.linear(at + "attention.v_lin", d, d, true);
        layer.out = names.linear(at + "attention.out_lin", d, d, true);
        layer.norm1 = takeNorm(tensors, at + "sa_layer_norm", d);
        layer.in = names.linear(at + "ffn.lin1", t.dMlp, d, true);
        layer.mlpOut = names.linear(at + "ffn.lin2", d, t.dMlp, true);
        layer.norm2 = takeNorm(tensors, at + "output_layer_norm", d);
    }
    readMaskedHead(
        model, tensors,
        {"vocab_transform", "vocab_layer_norm", "vocab_projector.weight", {"vocab_projector.bias"}}, tied,
        model.spec.activation);
    ignoreEncoderExtras(tensors);
    return model;
}

FamilyModel readEsm(ConfigReader& config, TensorPicker& tensors) {
    FamilyModel model;
    const bool tied = config.boolean("tie_word_embeddings", true);
    model.spec = readSpec(config, {}, 33, model.activation);
    ModelTraits& t = model.spec.traits;
    t.preNorm = t.finalNorm = true;
    model.spec.normEpsilon = config.number("layer_norm_eps", 1e-12, 0.0, 1.0);
    // The family has one activation, whatever the config says.
    model.activation = "gelu";
    model.spec.activation = Activation::GeluErf;
    const int padding = config.integer("pad_token_id", 1, 0), stored = t.context;
    t.context = std::max(1, stored - padding - 1);
    const std::string kind = config.string("position_embedding_type", "absolute");
    if (kind == "rotary") {
        t.positions = PositionKind::Rotary;
        model.spec.rotaries = {readRotary(config, {t.dHead, 10000.0, 1.0, t.context})};
    } else if (kind != "absolute") {
        config.refuse("position_embedding_type", "expected absolute or rotary");
    }
    if (config.boolean("token_dropout", false)) {
        model.spec.maskToken = config.integer("mask_token_id", 32, 0);
        model.spec.trainedMasked = 0.15 * 0.8;
    }
    const bool normed = config.boolean("emb_layer_norm_before", false);
    config.ignore({"rope_theta", "esmfold_config", "is_folding_model", "vocab_list", "mask_token_id"});
    if (config.boolean("is_folding_model", false))
        config.refuse("is_folding_model", "ESMFold is not supported");
    if (!config.status()) return model;
    const std::int64_t d = t.dModel;
    const std::string prefix = tensors.has("esm.embeddings.word_embeddings.weight") ? "esm." : "";
    const DecoderTensors names(model.spec, tensors);
    model.weights.embed = tensors.take(prefix + "embeddings.word_embeddings.weight", {t.dVocab, d});
    if (t.hasPosEmbed())
        model.weights.posEmbed = tensors.takeRows(prefix + "embeddings.position_embeddings.weight", stored, d,
                                                  padding + 1, t.context);
    if (normed) model.weights.embedNorm = takeNorm(tensors, prefix + "embeddings.layer_norm", d);
    for (int index = 0; index < t.nLayers && tensors.status(); ++index)
        readBlock(names, tensors, t, prefix + "encoder.layer." + std::to_string(index) + ".",
                  "attention.LayerNorm", "LayerNorm", model.weights.layers.emplace_back());
    model.weights.finalNorm = takeNorm(tensors, prefix + "encoder.emb_layer_norm_after", d);
    readMaskedHead(model, tensors,
                   {"lm_head.dense",
                    "lm_head.layer_norm",
                    "lm_head.decoder.weight",
                    {"lm_head.decoder.bias", "lm_head.bias"}},
                   tied, Activation::GeluErf);
    ignoreEncoderExtras(tensors);
    tensors.ignore([](const std::string& name) {
        return name.find("embeddings.position_embeddings") != std::string::npos ||
               name.find('*') != std::string::npos;
    });
    return model;
}

} // namespace

/// **Source:** Devlin et al. 2019: norms behind the sums, both directions, the first token type.
const Family bertFamily{"bert", "BERT", isBert, readBert};
/// **Source:** Liu et al. 2019: positions begin behind the padding's.
const Family robertaFamily{"roberta", "RoBERTa", isRoberta, readRoberta};
/// **Source:** Sanh et al. 2019.
const Family distilBertFamily{"distilbert", "DistilBERT", isDistilBert, readDistilBert};
/// **Source:** Lin et al. 2023, ESM-2: protein residues as tokens, norms in front, rotary positions.
const Family esmFamily{"esm", "ESM-2 (protein)", isEsm, readEsm};

} // namespace cutaway::model
