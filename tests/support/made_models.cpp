// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/made_models.h"

#include "core/engine/torch/direct_effect.h"
#include "core/engine/torch/failure.h"
#include "core/engine/torch/lens.h"
#include "core/types/cut_text.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace cutaway::tests {

namespace {

using namespace engine;

constexpr int layers = 2, heads = 3, width = 10, headWidth = 4, mlpWidth = 14, vocabulary = 9;
const TokenIds prompt{3, 5, 1, 7, 4};

model::ArchitectureSpec specOf(const std::string& name) {
    model::ArchitectureSpec spec;
    ModelTraits& t = spec.traits;
    t.nLayers = layers;
    t.nHeads = t.nKvHeads = heads;
    t.dModel = width;
    t.dHead = headWidth;
    t.dMlp = mlpWidth;
    t.dVocab = t.dVocabOut = vocabulary;
    t.context = 8;
    spec.attentionScale.assign(layers, 0.5);
    spec.embeddingScale = 1.5;
    t.parallelBlocks = name == "parallel";
    t.sandwichNorm = name == "sandwich" || name == "sandwich_ln";
    t.finalNorm = name != "no_final_norm";
    if (name == "sandwich") {
        t.norm = NormKind::RmsNormUnit;
        spec.logitSoftCap = 12.0;
    }
    return spec;
}

/// Random parameters of every part that the specification asks for.
class Maker {
public:
    explicit Maker(const ModelTraits& traits)
        : m_traits(traits), m_generator(at::detail::createCPUGenerator(5)) {}

    TransformerParameters make() {
        TransformerParameters p;
        p.embed = draw({vocabulary, width}, 0.6);
        p.posEmbed = draw({m_traits.context, width}, 0.6);
        for (int layer = 0; layer < layers; ++layer) {
            LayerParameters& l = p.layers.emplace_back();
            l.norm1 = norm(), l.norm2 = norm();
            if (m_traits.sandwichNorm) l.norm1Post = norm(), l.norm2Post = norm();
            l.qkv = linear(3 * heads * headWidth, width);
            l.out = linear(width, heads * headWidth);
            l.in = linear(mlpWidth, width);
            l.mlpOut = linear(width, mlpWidth);
        }
        p.finalNorm = norm();
        p.unembed = linear(vocabulary, width);
        return p;
    }

private:
    at::Tensor draw(at::IntArrayRef shape, double spread) {
        return at::randn(shape, m_generator, at::TensorOptions().dtype(at::kFloat)) * spread;
    }
    Linear linear(int out, int in) { return Linear(draw({out, in}, 0.4), draw({out}, 0.3)); }
    NormParameters norm() {
        const bool centred = m_traits.norm == NormKind::LayerNorm;
        return {1.0 + draw({width}, 0.3), centred ? draw({width}, 0.3) : at::Tensor()};
    }

    const ModelTraits& m_traits;
    at::Generator m_generator;
};

/// A made model with a cut run on it.
struct Scene {
    explicit Scene(const std::string& name, const std::string& cut) {
        const model::ArchitectureSpec spec = specOf(name);
        transformer = std::make_shared<Transformer>(spec, Maker(spec.traits).make());
        runner = std::make_unique<Runner>(transformer);
        sides.tokens = prompt;
        sides.uncut = sides.cut = runner->uncut(prompt);
        if (cut.empty()) return;
        sides.cuts = {*parseCut(cut)};
        passOrRaise(checkCut(sides.cuts.front(), spec.traits));
        sides.interventions =
            Interventions(sides.cuts, {prompt, int(prompt.size()), {}}, spec.traits, *runner);
        const CutRun run = runner->cut(sides.uncut, sides.interventions, {});
        sides.cut = run.side, sides.normed = run.normed, sides.logits = run.logits;
    }

    /// [T, outputs] of a pass from the first token to the last logit.
    at::Tensor logits(bool cut, bool uncapped) const {
        RunHooks hooks(cut ? &sides.interventions : nullptr, {});
        Pass pass;
        pass.hooks = &hooks;
        const at::Tensor all =
            transformer->forward(runner->tensorOf(prompt), pass).select(0, 0).to(at::kDouble);
        const double cap = transformer->spec().logitSoftCap;
        return uncapped && cap > 0.0 ? cap * at::atanh(all / cap) : all;
    }
    double difference(bool cut, int position) const {
        const at::Tensor row = logits(cut, true)[position];
        return (row[1] - row[2]).item<double>();
    }

    std::shared_ptr<Transformer> transformer;
    std::unique_ptr<Runner> runner;
    RequestSides sides;
};

template <class Work> auto plainly(const Work& work) {
    try {
        const at::NoGradGuard noGradients;
        at::set_num_threads(1); // these models are too small to share
        return work();
    } catch (const Failure& failure) {
        throw std::runtime_error(failure.error.text());
    }
}

void addTerms(const std::vector<Contribution>& components, MadeSum& sum) {
    for (const Contribution& c : components) {
        sum.missing -= c.value;
        sum.largest = std::max(sum.largest, std::abs(c.value));
        sum.names.push_back(c.name);
    }
}

} // namespace

const std::vector<std::string>& madeModels() {
    static const std::vector<std::string> names{"parallel", "sandwich", "sandwich_ln", "no_final_norm"};
    return names;
}

std::vector<std::string> madeCuts(const std::string& model) {
    std::vector<std::string> cuts{"",
                                  "zero:L0H1",
                                  "scale(0.5):L0.attn",
                                  "set(0.25):L1.attn",
                                  "mean(bos=1):blocks.1.hook_resid_pre",
                                  "noise(0.5,seed=3):blocks.0.hook_resid_post",
                                  "set(0.5):blocks.0.attn.hook_result[1]",
                                  "scale(1.5,w=0.5):L1.mlp",
                                  "scale(2):L1N3",
                                  "set(0.5):hook_pos_embed[2]"};
    if (model == "sandwich" || model == "sandwich_ln")
        cuts.insert(cuts.end(),
                    {"scale(2):blocks.1.ln1_post.hook_scale", "set(0.5):blocks.0.ln1_post.hook_normalized[3]",
                     "scale(0.25):blocks.1.ln1_post.hook_out", "zero:blocks.0.ln2_post.hook_out"});
    if (model != "no_final_norm")
        cuts.insert(cuts.end(), {"freeze:norm_final", "scale(2):norm_final",
                                 "set(0.5):ln_final.hook_normalized[4]", "scale(0.5):ln_final.hook_out"});
    if (model != "sandwich") cuts.emplace_back("set(0.5,w=0.5):logits"); // behind a cap it is left out
    return cuts;
}

MadeSum attributeMade(const std::string& model, const std::string& cut, int position) {
    return plainly([&] {
        const Scene scene(model, cut);
        const AttributionResult got = attribute(*scene.runner, scene.sides, {{1}, {2}}, position);
        MadeSum sum{got.total, scene.difference(!cut.empty(), position), got.residual, 0.0, 0.0, {}};
        sum.missing = got.total - got.residual;
        addTerms(got.components, sum);
        return sum;
    });
}

MadeSum explainMade(const std::string& model, const std::string& cut, int position) {
    return plainly([&] {
        const Scene scene(model, cut);
        const WaterfallResult got = explainChange(*scene.runner, scene.sides, {{1}, {2}}, position);
        MadeSum sum{got.total,          scene.difference(true, position) - scene.difference(false, position),
                    got.residual,       0.0,
                    std::abs(got.norm), {}};
        sum.missing = got.total - got.residual - got.norm;
        addTerms(got.components, sum);
        return sum;
    });
}

double lensMade(const std::string& model, const std::string& cut) {
    return plainly([&] {
        const Scene scene(model, cut);
        const LensResult lens =
            readLens(*scene.transformer, Words(scene.transformer->traits(), nullptr), scene.sides, {}, {});
        const at::Tensor best = std::get<0>(scene.logits(!cut.empty(), false).max(1));
        double distance = 0.0;
        for (std::size_t t = 0; t < prompt.size(); ++t)
            distance = std::max(distance, std::abs(lens.grid.back().at(t).top.logit -
                                                   best[static_cast<std::int64_t>(t)].item<double>()));
        return distance;
    });
}

std::string postNormRefusal() {
    ModelTraits traits = specOf("parallel").traits;
    traits.preNorm = false;
    try {
        refusePostNorm(traits, "read lens");
        return {};
    } catch (const Failure& failure) {
        return failure.error.text();
    }
}

} // namespace cutaway::tests
