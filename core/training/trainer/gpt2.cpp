// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/gpt2.h"

#include <c10/core/GradMode.h>

#include <ATen/CPUGeneratorImpl.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>

namespace cutaway::training {

using engine::LayerParameters;
using engine::Linear;
using engine::NormParameters;
using engine::Route;
using engine::TransformerParameters;

std::int64_t Gpt2::parameters() const {
    std::int64_t count = 0;
    for (const Leaf& leaf : leaves)
        count += leaf.tensor.numel();
    return count;
}

model::ArchitectureSpec gpt2Spec(int layers, int heads, int width, int context, int vocabulary) {
    model::ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.nLayers = layers;
    t.nHeads = t.nKvHeads = heads;
    t.dModel = width;
    t.dHead = width / heads;
    t.dMlp = 4 * width;
    t.dVocab = t.dVocabOut = vocabulary;
    t.context = context;
    spec.tiedHead = true;
    spec.attentionScale.assign(static_cast<std::size_t>(layers),
                               1.0 / std::sqrt(static_cast<double>(t.dHead)));
    return spec;
}

Gpt2 makeGpt2(const model::ArchitectureSpec& spec, std::uint64_t seed, bool bf16) {
    const ModelTraits& t = spec.traits;
    const std::int64_t d = t.dModel, m = t.dMlp;
    const Route route = bf16 ? Route::PlainBf16 : Route::Plain;
    at::Generator generator = at::detail::createCPUGenerator(seed);
    std::vector<Leaf> leaves;
    const auto keep = [&](std::string name, at::Tensor value, bool transposed = false, int parts = 1,
                          bool matrix = false) {
        value.set_requires_grad(true);
        leaves.push_back({"transformer." + std::move(name), value, transposed, parts, matrix});
        return value;
    };
    const auto normal = [&](at::IntArrayRef shape, double deviation) {
        return at::empty(shape, at::kFloat).normal_(0.0, deviation, generator);
    };
    const auto norm = [&](const std::string& name) {
        return NormParameters{keep(name + ".weight", at::ones({d})), keep(name + ".bias", at::zeros({d}))};
    };
    const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in, double deviation,
                            int parts = 1) {
        const at::Tensor weight = keep(name + ".weight", normal({out, in}, deviation), true, parts, true);
        return Linear(weight, keep(name + ".bias", at::zeros({out})), route);
    };
    const double deviation = 0.02, writing = deviation / std::sqrt(2.0 * t.nLayers);

    TransformerParameters p;
    p.embed = keep("wte.weight", normal({t.dVocab, d}, deviation));
    p.posEmbed = keep("wpe.weight", normal({t.context, d}, deviation));
    for (int i = 0; i < t.nLayers; ++i) {
        const std::string block = "h." + std::to_string(i) + ".";
        LayerParameters layer;
        layer.norm1 = norm(block + "ln_1");
        layer.qkv = linear(block + "attn.c_attn", 3 * d, d, deviation, 3);
        layer.out = linear(block + "attn.c_proj", d, d, writing);
        layer.norm2 = norm(block + "ln_2");
        layer.in = linear(block + "mlp.c_fc", m, d, deviation);
        layer.mlpOut = linear(block + "mlp.c_proj", d, m, writing);
        p.layers.push_back(std::move(layer));
    }
    p.finalNorm = norm("ln_f");
    p.unembed = Linear(p.embed, {}, route);
    return {std::move(leaves), engine::Transformer(spec, std::move(p))};
}

HostTensor toHost(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.detach().to(at::kFloat).contiguous();
    HostTensor host;
    host.shape = flat.sizes().vec();
    host.values.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    return host;
}

at::Tensor fromHost(const HostTensor& tensor) {
    at::Tensor result = at::empty(tensor.shape, at::kFloat);
    if (!tensor.values.empty())
        std::memcpy(result.data_ptr<float>(), tensor.values.data(), tensor.values.size() * sizeof(float));
    return result;
}

Status loadLeaves(Gpt2& model, const std::map<std::string, HostTensor>& arrays) {
    const c10::NoGradGuard noGradients;
    for (Leaf& leaf : model.leaves) {
        const auto found = arrays.find(leaf.name);
        const at::Tensor place = leaf.transposed ? leaf.tensor.t() : leaf.tensor;
        if (found == arrays.end() || at::IntArrayRef(found->second.shape) != place.sizes())
            return fail(ErrorCode::BadFile, "resume training",
                        leaf.name + (found == arrays.end() ? " is missing" : " has another shape") +
                            "; the folder was likely trained with other sizes",
                        {{"name", leaf.name}});
        place.copy_(fromHost(found->second));
    }
    return {};
}

std::map<std::string, HostTensor> leafArrays(const Gpt2& model) {
    std::map<std::string, HostTensor> arrays;
    for (const Leaf& leaf : model.leaves)
        arrays[leaf.name] = toHost(leaf.transposed ? leaf.tensor.t() : leaf.tensor);
    return arrays;
}

std::string gpt2Config(const model::ArchitectureSpec& spec) {
    const ModelTraits& t = spec.traits;
    const nlohmann::ordered_json config = {{"architectures", {"GPT2LMHeadModel"}},
                                           {"model_type", "gpt2"},
                                           {"vocab_size", t.dVocab},
                                           {"n_positions", t.context},
                                           {"n_embd", t.dModel},
                                           {"n_layer", t.nLayers},
                                           {"n_head", t.nHeads},
                                           {"activation_function", "gelu_new"},
                                           {"layer_norm_epsilon", spec.normEpsilon},
                                           {"attn_pdrop", 0.0},
                                           {"embd_pdrop", 0.0},
                                           {"resid_pdrop", 0.0},
                                           {"bos_token_id", 0},
                                           {"eos_token_id", 1},
                                           {"tie_word_embeddings", true},
                                           {"dtype", "bfloat16"}};
    return config.dump(2) + "\n";
}

} // namespace cutaway::training
