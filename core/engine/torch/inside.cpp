// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/inside.h"

#include "core/engine/torch/answer_direction.h"
#include "core/engine/torch/failure.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace cutaway::engine {

namespace {

constexpr std::int64_t movedTokens = 8; ///< raised and lowered, each

std::vector<float> floats(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kFloat).cpu().contiguous();
    return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

std::vector<std::vector<float>> rowsOf(const at::Tensor& values) {
    std::vector<std::vector<float>> rows;
    for (std::int64_t row = 0; row < values.size(0); ++row)
        rows.push_back(floats(values.select(0, row)));
    return rows;
}

std::vector<double> doubles(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kDouble).cpu().contiguous();
    return {host.data_ptr<double>(), host.data_ptr<double>() + host.numel()};
}

void checkIndex(const std::string& operation, const std::string& what, int index, int count) {
    if (index < 0 || index >= count)
        raise(ErrorCode::OutOfRange, operation,
              "there is no " + what + " " + std::to_string(index) + ", the " + what + "s are 0 to " +
                  std::to_string(count - 1),
              {{"actual", std::to_string(index)}, {"count", std::to_string(count)}});
}

int placeOf(const std::string& operation, int position, const SideRun& side) {
    const int length = static_cast<int>(side.tokens.size());
    const int place = position < 0 ? length + position : position;
    checkIndex(operation, "position", place, length);
    return place;
}

/// The key/value head that serves a head.
int servingHead(const ModelTraits& traits, int head) {
    return head / (traits.nHeads / traits.nKvHeads);
}

/// W_O of one head: [d, dh].
at::Tensor outputOf(const Transformer& model, int layer, int head) {
    const std::int64_t dh = model.traits().dHead;
    return model.parameters().layers[static_cast<std::size_t>(layer)].out.plainWeight().narrow(1, head * dh,
                                                                                               dh);
}

/// The largest of `values`, or the smallest, ties to the lower id.
std::vector<Prediction> moved(const std::vector<float>& values, bool raised) {
    std::vector<std::size_t> ids(values.size());
    std::iota(ids.begin(), ids.end(), std::size_t{0});
    const auto count = std::min<std::ptrdiff_t>(movedTokens, static_cast<std::ptrdiff_t>(values.size()));
    std::partial_sort(ids.begin(), ids.begin() + count, ids.end(), [&](std::size_t a, std::size_t b) {
        if (values[a] == values[b]) return a < b;
        return raised ? values[a] > values[b] : values[a] < values[b];
    });
    std::vector<Prediction> list;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        const std::size_t id = ids[static_cast<std::size_t>(i)];
        list.push_back({static_cast<TokenId>(id), {}, static_cast<double>(values[id]), 0.0});
    }
    return list;
}

} // namespace

at::Tensor valueNorms(const Transformer& model, const SideRun& side, int layer, int head) {
    const at::Tensor v = side.blocks[static_cast<std::size_t>(layer)].v.select(0, 0).select(
        1, servingHead(model.traits(), head)); // [S, dh]
    return at::matmul(v, outputOf(model, layer, head).t()).to(at::kFloat).norm(2, -1);
}

HeadReading readHead(Runner& runner, const InsideScene& scene, const HeadReadingRequest& request) {
    const std::string operation = "read head";
    const Transformer& model = runner.model();
    const ModelTraits& traits = model.traits();
    checkIndex(operation, "layer", request.layer, traits.nLayers);
    checkIndex(operation, "head", request.head, traits.nHeads);
    SideRun& side = *scene.side;
    HeadReading reading;
    reading.layer = request.layer;
    reading.head = request.head;
    reading.query = placeOf(operation, request.query, side);

    const BlockRecord& kept = side.blocks[static_cast<std::size_t>(request.layer)];
    const int serving = servingHead(traits, request.head);
    reading.q = floats(kept.rotQ.select(0, 0).select(0, reading.query).select(0, request.head));
    reading.keys = rowsOf(kept.rotK.select(0, 0).select(1, serving));
    reading.scale = model.spec().attentionScale[static_cast<std::size_t>(request.layer)];
    const HeadAttention attention = runner.attention(side, scene.cuts, request.layer, request.head);
    const at::Tensor pattern = attention.pattern.select(0, 0).select(0, reading.query); // [S]
    reading.scores = floats(attention.scores.select(0, 0).select(0, reading.query));
    reading.pattern = floats(pattern);
    const at::Tensor v = kept.v.select(0, 0).select(1, serving); // [S, dh]
    reading.values = rowsOf(v);
    const at::Tensor z = kept.z.select(0, 0).select(0, reading.query).select(0, request.head); // [dh]
    reading.z = floats(z);

    const at::Tensor out = outputOf(model, request.layer, request.head).to(at::kDouble);     // [d, dh]
    const at::Tensor ofKeys = at::matmul(pattern.to(at::kDouble).unsqueeze(1) * v, out.t()); // [S, d]
    reading.written = floats(ofKeys.norm(2, -1));
    const HookPoint result{HookKind::AttnResult, request.layer};
    const at::Tensor output = scene.cuts && scene.cuts->touches(result)
                                  ? runner.slices(side, scene.cuts, {result})
                                        .at(result)
                                        .select(0, reading.query)
                                        .select(0, request.head)
                                        .to(at::kDouble)
                                  : at::mv(out, z.to(at::kDouble)); // [d]
    reading.outNorm = output.norm().item<double>();

    const DirectEffect effect(runner, side, scene.cuts, reading.query);
    if (!scene.answer.empty()) {
        const at::Tensor towards = at::mv(ofKeys, effect.direction(scene.answer, scene.wrong));
        reading.towards = floats(towards);
        reading.total = towards.sum().item<double>();
    }
    const at::Tensor streams = effect.throughNorm(output.unsqueeze(0)).to(kept.z.scalar_type());
    const std::vector<float> logits = floats(model.parameters().unembed.withoutBias(streams).flatten());
    reading.raised = moved(logits, true);
    reading.lowered = moved(logits, false);
    return reading;
}

NeuronsResult listNeurons(Runner& runner, const InsideScene& scene, const NeuronsRequest& request) {
    const std::string operation = "list neurons";
    const Transformer& model = runner.model();
    checkIndex(operation, "layer", request.layer, model.traits().nLayers);
    const bool experts = model.traits().sparseAt(request.layer);
    const HookPoint hook{experts ? HookKind::ExpertWeights : HookKind::MlpPost, request.layer};
    passOrRaise(checkHook(hook, model.traits()));
    if (request.count < 0)
        raise(ErrorCode::Usage, operation,
              std::to_string(request.count) + " neurons are asked for, expected 0 or more");
    NeuronsResult result;
    result.layer = request.layer;
    result.position = placeOf(operation, request.position, *scene.side);
    result.experts = experts;

    const at::Tensor post = runner.slices(*scene.side, scene.cuts, {hook})
                                .at(hook)
                                .select(0, result.position)
                                .to(at::kDouble); // [d_mlp] or [experts]
    const std::vector<double> activations = doubles(post);
    std::vector<double> towards(activations.size(), 0.0);
    const bool scored = !scene.answer.empty() && !experts;
    if (scored) {
        const Linear& out = model.parameters().layers[static_cast<std::size_t>(request.layer)].mlpOut;
        const at::Tensor direction = DirectEffect(runner, *scene.side, scene.cuts, result.position)
                                         .direction(scene.answer, scene.wrong);
        const at::Tensor each = post * at::mv(out.plainWeight().t().to(at::kDouble), direction);
        towards = doubles(each);
        result.total = each.sum().item<double>();
        if (out.bias().defined())
            result.total += at::dot(out.bias().to(at::kDouble), direction).item<double>();
    }
    const std::vector<double>& measure = scored ? towards : activations;
    std::vector<std::size_t> order(activations.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto count = std::min<std::ptrdiff_t>(request.count, static_cast<std::ptrdiff_t>(order.size()));
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](std::size_t a, std::size_t b) {
        const double x = std::abs(measure[a]), y = std::abs(measure[b]);
        return x != y ? x > y : a < b;
    });
    order.resize(static_cast<std::size_t>(count));
    for (const std::size_t neuron : order)
        result.neurons.push_back({static_cast<int>(neuron), activations[neuron], towards[neuron]});
    return result;
}

} // namespace cutaway::engine
