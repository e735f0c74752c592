// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a model folder with the shape of GPT-2 small (12 layers × 12 heads, width 768, 124 million
// parameters, 500 MB) and random weights, to measure at the size people use.
//
// usage: make_gpt2_small OUT [TOKENIZER_FOLDER] [--seed N]
//        TOKENIZER_FOLDER/tokenizer.json is copied; without it the folder opens with token ids only

#include "core/weights/safetensors.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

namespace {

namespace fs = std::filesystem;
using cutaway::HostTensor;

constexpr int layers = 12;
constexpr std::int64_t width = 768, context = 1024, vocabulary = 50257;

constexpr const char* config = R"({
  "architectures": ["GPT2LMHeadModel"],
  "model_type": "gpt2",
  "activation_function": "gelu_new",
  "n_layer": 12, "n_head": 12, "n_embd": 768, "n_inner": null,
  "n_ctx": 1024, "n_positions": 1024, "vocab_size": 50257,
  "layer_norm_epsilon": 1e-05,
  "bos_token_id": 50256, "eos_token_id": 50256,
  "tie_word_embeddings": true
}
)";

/// Tensors drawn one after the other from one seeded stream: the same bytes wherever this is run with the
/// same standard library.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : m_random(seed) {}

    /// Normal around `mean`.
    HostTensor normal(std::vector<std::int64_t> shape, float deviation, float mean = 0.0F) {
        HostTensor tensor{std::move(shape), {}, {}};
        tensor.values.resize(static_cast<std::size_t>(tensor.elements()));
        std::normal_distribution<float> distribution(mean, deviation);
        for (float& value : tensor.values)
            value = distribution(m_random);
        return tensor;
    }

private:
    std::mt19937_64 m_random;
};

/// GPT-2's own initialisation (normal 0.02, residual writers divided by √(2 layers)), with gains, biases and
/// attention spread a little so that no head is the twin of another.
std::map<std::string, HostTensor> weights(std::uint64_t seed) {
    Draw draw(seed);
    const float writer = 0.02F / std::sqrt(2.0F * static_cast<float>(layers));
    std::map<std::string, HostTensor> tensors;
    tensors["wte.weight"] = draw.normal({vocabulary, width}, 0.02F);
    tensors["wpe.weight"] = draw.normal({context, width}, 0.01F);
    for (int layer = 0; layer < layers; ++layer) {
        const std::string block = "h." + std::to_string(layer) + ".";
        for (const char* norm : {"ln_1", "ln_2"}) {
            tensors[block + norm + ".weight"] = draw.normal({width}, 0.05F, 1.0F);
            tensors[block + norm + ".bias"] = draw.normal({width}, 0.02F);
        }
        const auto linear = [&](const char* name, std::int64_t in, std::int64_t out, float deviation) {
            tensors[block + name + ".weight"] = draw.normal({in, out}, deviation);
            tensors[block + name + ".bias"] = draw.normal({out}, 0.01F);
        };
        linear("attn.c_attn", width, 3 * width, 0.06F);
        linear("attn.c_proj", width, width, writer);
        linear("mlp.c_fc", width, 4 * width, 0.02F);
        linear("mlp.c_proj", 4 * width, width, writer);
    }
    tensors["ln_f.weight"] = draw.normal({width}, 0.05F, 1.0F);
    tensors["ln_f.bias"] = draw.normal({width}, 0.02F);
    return tensors;
}

int fail(const std::string& message) {
    std::fprintf(stderr, "make_gpt2_small: %s\n", message.c_str());
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> places;
    std::uint64_t seed = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--seed" && i + 1 < argc) {
            seed = std::strtoull(argv[++i], nullptr, 10);
        } else {
            places.push_back(argument);
        }
    }
    if (places.empty() || places.size() > 2) {
        return fail("usage: make_gpt2_small OUT [TOKENIZER_FOLDER] [--seed N]");
    }

    const fs::path out = places[0];
    std::error_code error;
    fs::create_directories(out, error);
    if (places.size() == 2) {
        fs::copy_file(fs::path(places[1]) / "tokenizer.json", out / "tokenizer.json",
                      fs::copy_options::overwrite_existing, error);
        if (error) return fail("cannot copy " + places[1] + "/tokenizer.json: " + error.message());
    }
    std::ofstream(out / "config.json") << config;
    const auto written = cutaway::weights::writeSafetensors(out / "model.safetensors", weights(seed));
    if (!written) return fail(written.error().message);
    std::printf("wrote %s\n", out.c_str());
    return 0;
}
