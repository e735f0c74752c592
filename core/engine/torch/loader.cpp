// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/loader.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/folding.h"

#include <ATen/Parallel.h>
#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <utility>

namespace cutaway::engine {

namespace {

using model::LayerWeights;
using model::NormWeights;
using model::WeightView;

const std::string operation = "open model";

at::ScalarType torchType(model::StoredType type) {
    switch (type) {
    case model::StoredType::F32:
        return at::kFloat;
    case model::StoredType::F16:
        return at::kHalf;
    case model::StoredType::BF16:
        return at::kBFloat16;
    case model::StoredType::F64:
        return at::kDouble;
    case model::StoredType::Block:
        return at::kFloat;
    }
    return at::kFloat;
}

std::int64_t megabytes(std::int64_t bytes) {
    return bytes >> 20U;
}

std::int64_t numberIn(const std::string& path) {
    std::ifstream file(path);
    std::int64_t value = 0;
    return file >> value ? value : std::numeric_limits<std::int64_t>::max();
}

/// Bytes that may still be taken: the machine's, or the control group's if that is less.
std::int64_t availableMemory() {
    std::int64_t available = std::numeric_limits<std::int64_t>::max();
    std::ifstream info("/proc/meminfo");
    std::string key, unit;
    for (std::int64_t value = 0; info >> key >> value && std::getline(info, unit);)
        if (key == "MemAvailable:") available = value * 1024;
    const std::int64_t limit = numberIn("/sys/fs/cgroup/memory.max");
    if (limit != std::numeric_limits<std::int64_t>::max())
        available = std::min(available, limit - numberIn("/sys/fs/cgroup/memory.current"));
    return available;
}

/// Copies views into tensors of the compute dtype, checking every number on the way.
class WeightReader {
public:
    WeightReader(const Placement& placement, const ModelTraits& traits)
        : m_placement(placement), m_traits(traits) {}

    /// The view as it lies in the file, [shape] with its strides; a copy only where it is misaligned.
    static at::Tensor mapped(const WeightView& view) {
        if (view.type == model::StoredType::Block) return dequantized(view);
        const at::ScalarType type = torchType(view.type);
        const std::size_t element = at::elementSize(type);
        std::int64_t extent = 1;
        for (std::size_t i = 0; i < view.shape.size(); ++i) {
            if (view.shape[i] == 0) return at::empty(view.shape, type);
            extent += (view.shape[i] - 1) * view.strides[i];
        }
        if (reinterpret_cast<std::uintptr_t>(view.data) % element == 0) {
            // libtorch has no read-only tensors; nothing writes to this one.
            void* data = const_cast<std::byte*>(view.data);
            return at::from_blob(
                data, view.shape, view.strides, [owner = view.owner](void*) {}, type);
        }
        const at::Tensor copy = at::empty({extent}, type);
        std::memcpy(copy.data_ptr(), view.data, static_cast<std::size_t>(extent) * element);
        return copy.as_strided(view.shape, view.strides);
    }

    /// The blocks that a view touches as floats, and the view over them.
    static at::Tensor dequantized(const WeightView& view) {
        const weights::GgmlLayout layout = weights::ggmlLayout(view.block);
        const auto block = static_cast<std::int64_t>(layout.elements);
        std::int64_t end = view.offset + 1;
        for (std::size_t i = 0; i < view.shape.size(); ++i)
            end += (view.shape[i] - 1) * view.strides[i];
        const std::int64_t first = view.offset / block, count = (end + block - 1) / block - first;
        const at::Tensor floats = at::empty({count * block}, at::kFloat);
        auto* out = floats.data_ptr<float>();
        at::parallel_for(0, count, 1024, [&](std::int64_t from, std::int64_t to) {
            weights::dequantize(view.block, view.data + static_cast<std::size_t>(first + from) * layout.bytes,
                                out + from * block, (to - from) * block);
        });
        return floats.as_strided(view.shape, view.strides, view.offset - first * block);
    }

    /// The canonical array, in the compute dtype on the device; undefined where the view is absent.
    at::Tensor read(const WeightView& view, at::IntArrayRef shape) const {
        if (!view.present()) return {};
        const at::Tensor stored = mapped(view);
        check(stored, view.name);
        const at::Tensor copy =
            at::empty(shape, at::TensorOptions().dtype(m_placement.dtype).device(m_placement.device))
                .view(stored.sizes())
                .copy_(stored);
        release(view);
        return copy.view(shape);
    }

    /// What was copied need not stay in memory twice.
    static void release(const WeightView& view) {
        if (view.type == model::StoredType::Block) return; // neighbours may share its blocks
        std::int64_t extent = 1;
        for (std::size_t i = 0; i < view.shape.size(); ++i)
            extent += (view.shape[i] - 1) * view.strides[i];
        weights::releasePages(view.data,
                              static_cast<std::size_t>(extent) * at::elementSize(torchType(view.type)));
    }

    /// Row by row: the test makes arrays as large as what it tests.
    static bool isFinite(const at::Tensor& x) {
        constexpr std::int64_t chunk = 1 << 22;
        if (x.numel() <= chunk || x.dim() == 0 || x.size(0) == 1)
            return x.dim() > 1 && x.size(0) == 1 && x.numel() > chunk ? isFinite(x.select(0, 0))
                                                                      : x.isfinite().all().item<bool>();
        const std::int64_t rows = std::max<std::int64_t>(1, chunk / (x.numel() / x.size(0)));
        for (std::int64_t at = 0; at < x.size(0); at += rows)
            if (!isFinite(x.narrow(0, at, std::min(rows, x.size(0) - at)))) return false;
        return true;
    }

    static void check(const at::Tensor& stored, const std::string& name) {
        if (!isFinite(stored))
            raise(ErrorCode::BadModel, operation,
                  "the tensor '" + name +
                      "' holds NaN or infinite values, expected finite numbers; the file is damaged "
                      "or was written by a run that diverged",
                  {{"name", name}});
    }

    NormParameters norm(const NormWeights& w, std::int64_t width) const {
        NormParameters p{read(w.gain, {width}), read(w.bias, {width})};
        if (m_traits.norm == NormKind::RmsNormUnit && p.gain.defined()) p.gain = p.gain + 1.0;
        return p;
    }

    /// Of queries or keys: one norm for all heads, over all of them, or a head each.
    NormParameters headNorms(const std::vector<NormWeights>& list) const {
        if (list.empty()) return {};
        const auto width = [](const NormWeights& w) { return w.gain.shape.front(); };
        if (list.size() == 1) return norm(list.front(), width(list.front()));
        std::vector<at::Tensor> gains, biases;
        for (const NormWeights& w : list) {
            const NormParameters p = norm(w, width(w));
            gains.push_back(p.gain);
            if (p.bias.defined()) biases.push_back(p.bias);
        }
        return {at::stack(gains), biases.empty() ? at::Tensor() : at::stack(biases)};
    }

    ExpertParameters expert(const model::ExpertWeights& w, std::int64_t width) const {
        const std::int64_t d = m_traits.dModel;
        return {linear(w.gate, width, d), linear(w.in, width, d), linear(w.out, d, width)};
    }

    /// A narrower embedding times the projection that widens it: [vocab, d].
    at::Tensor widened(const WeightView& embed, const WeightView& projection, bool transposed) const {
        const std::int64_t d = m_traits.dModel;
        const std::int64_t own = embed.shape.back();
        const at::Tensor table = read(embed, {m_traits.dVocab, own});
        const at::Tensor p = transposed ? read(projection, {d, own}).t() : read(projection, {own, d});
        return at::matmul(table, p);
    }

    Linear linear(const model::LinearWeights& w, std::int64_t out, std::int64_t in) const {
        if (!w.weight.present()) return {};
        return finish(read(w.weight, {out, in}), read(w.bias, {out}));
    }

    /// Query, key and value as one product.
    Linear qkv(const LayerWeights& w) const {
        const std::int64_t d = m_traits.dModel, dh = m_traits.dHead;
        const std::int64_t q = m_traits.nHeads * dh, kv = m_traits.nKvHeads * dh;
        const at::Tensor weight =
            at::cat({read(w.q.weight, {q, d}), read(w.k.weight, {kv, d}), read(w.v.weight, {kv, d})});
        if (!w.q.bias.present() && !w.k.bias.present() && !w.v.bias.present()) return finish(weight, {});
        const auto bias = [&](const WeightView& view, std::int64_t width) {
            return view.present() ? read(view, {width}) : at::zeros({width}, weight.options());
        };
        return finish(weight, at::cat({bias(w.q.bias, q), bias(w.k.bias, kv), bias(w.v.bias, kv)}));
    }

    /// Packs where that is faster; tried once for each shape.
    Linear finish(at::Tensor weight, at::Tensor bias) const {
        const std::pair shape{weight.size(0), weight.size(1)};
        Linear result(std::move(weight), std::move(bias));
        constexpr std::int64_t smallest = 1 << 16; // below this a call costs more than its numbers
        if (!m_placement.packed || shape.first * shape.second < smallest || !result.packable()) return result;
        const auto known = m_packs.find(shape);
        const bool packs = known != m_packs.end() ? known->second : packedIsFaster(result, 64);
        m_packs[shape] = packs;
        if (packs) result.pack();
        return result;
    }

private:
    const Placement& m_placement;
    const ModelTraits& m_traits;
    mutable std::map<std::pair<std::int64_t, std::int64_t>, bool> m_packs;
};

void checkFits(const model::OpenedModel& opened, const Placement& placement) {
    const auto element = static_cast<int>(at::elementSize(placement.dtype));
    const std::int64_t need =
        model::residentBytes(opened, element, std::min(opened.spec.traits.context, 1024));
    const std::int64_t have = availableMemory();
    if (placement.device.is_cpu() && need > have)
        raise(ErrorCode::OutOfMemory, operation,
              "the model needs " + std::to_string(megabytes(need)) + " MB, " +
                  std::to_string(megabytes(have)) + " MB are free" +
                  (element > 2 ? "; dtype bf16 halves the need" : ""),
              {{"expected", std::to_string(need)}, {"actual", std::to_string(have)}});
}

} // namespace

Placement placementOf(const std::string& device, const std::string& dtype) {
    Placement placement;
    if (dtype == "bf16")
        placement.dtype = at::kBFloat16;
    else if (dtype == "f16")
        placement.dtype = at::kHalf;
    else if (dtype != "f32")
        raise(ErrorCode::Usage, operation, "the dtype '" + dtype + "' is unknown, expected f32, bf16 or f16");
    if (device == "cpu") return placement;
    int index = 0;
    const bool plain = device == "cuda";
    if (!plain) {
        const char* end = device.data() + device.size();
        const auto [stop, error] =
            std::from_chars(device.data() + std::min<std::size_t>(5, device.size()), end, index);
        if (!device.starts_with("cuda:") || error != std::errc{} || stop != end || index < 0)
            raise(ErrorCode::Usage, operation,
                  "the device '" + device + "' is unknown, expected cpu, cuda or cuda:N");
    }
    if (!at::hasCUDA() || at::detail::getCUDAHooks().deviceCount() <= index)
        raise(ErrorCode::Device, operation,
              "the device '" + device + "' is not here: " +
                  (at::hasCUDA() ? "no such GPU or no driver" : "this libtorch is built without CUDA"));
    placement.device = at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    placement.packed = false;
    return placement;
}

namespace {

/// Packs the large products, once they are what they will stay.
void packAll(const WeightReader& reader, TransformerParameters& p) {
    const auto finish = [&](Linear& linear) {
        if (linear.present()) linear = reader.finish(linear.plainWeight(), linear.bias());
    };
    for (LayerParameters& layer : p.layers)
        for (Linear* linear : {&layer.qkv, &layer.out, &layer.gate, &layer.in, &layer.mlpOut})
            finish(*linear);
    finish(p.unembed);
}

} // namespace

std::shared_ptr<Transformer> loadTransformer(const model::OpenedModel& opened, const Placement& placement,
                                             const ProgressSink& progress, const CancelToken& cancel) {
    checkFits(opened, placement);
    const ModelTraits& t = opened.spec.traits;
    const model::WeightSet& w = opened.weights;
    Placement plain = placement; // folding needs the plain weights; what it leaves is packed after it
    plain.packed = placement.packed && !placement.folded;
    const WeightReader reader(plain, t);
    const std::int64_t d = t.dModel, mlp = t.dMlp;
    const std::int64_t steps = t.nLayers + 2;
    const auto report = [&](std::int64_t done) {
        if (cancel.cancelled()) throw CancelledPass{};
        if (progress) progress({"reading weights", done, steps});
    };
    TransformerParameters p;
    report(0);
    for (const LayerWeights& layer : w.layers) {
        LayerParameters& l = p.layers.emplace_back();
        l.norm1 = reader.norm(layer.norm1, d);
        l.norm1Post = reader.norm(layer.norm1Post, d);
        l.norm2 = reader.norm(layer.norm2, d);
        l.norm2Post = reader.norm(layer.norm2Post, d);
        l.qkv = reader.qkv(layer);
        l.qNorm = reader.headNorms(layer.qNorm);
        l.kNorm = reader.headNorms(layer.kNorm);
        l.out = reader.linear(layer.out, d, static_cast<std::int64_t>(t.nHeads) * t.dHead);
        l.gate = reader.linear(layer.gate, mlp, d);
        l.in = reader.linear(layer.in, mlp, d);
        l.inBias = reader.read(layer.inBias, {mlp});
        l.mlpNorm = reader.norm(layer.mlpNorm, mlp);
        l.mlpOut = reader.linear(layer.mlpOut, d, mlp);
        l.router = reader.linear(layer.router, t.nExperts, d);
        for (const model::ExpertWeights& expert : layer.experts)
            l.experts.push_back(reader.expert(expert, opened.spec.dExpert));
        l.sharedExpert = reader.expert(layer.sharedExpert, opened.spec.dSharedExpert);
        l.sharedGate = reader.linear(layer.sharedGate, 1, d);
        report(static_cast<std::int64_t>(p.layers.size()));
    }
    p.finalNorm = reader.norm(w.finalNorm, d);
    p.posEmbed = reader.read(w.posEmbed, {t.context, d});
    p.segment = reader.read(w.segment, {d});
    p.embedNorm = reader.norm(w.embedNorm, d);
    p.headDense = reader.linear(w.headDense, d, d);
    p.headNorm = reader.norm(w.headNorm, d);
    const at::Tensor bias = reader.read(w.unembed.bias, {t.dVocabOut});
    if (w.projectIn.present()) {
        const WeightView& head = w.unembed.weight.present() ? w.unembed.weight : w.embed;
        p.embed = reader.widened(w.embed, w.projectIn, true);
        p.unembed = reader.finish(reader.widened(head, w.projectOut, false), bias);
    } else if (w.unembed.weight.present()) {
        p.embed = reader.read(w.embed, {t.dVocab, d});
        p.unembed = reader.finish(reader.read(w.unembed.weight, {t.dVocabOut, d}), bias);
    } else {
        // A tied head that is packed is the one copy; the few rows a prompt embeds come from the mapped file.
        const bool floats =
            w.embed.type == model::StoredType::F32 && plain.packed && placement.device.is_cpu();
        const at::Tensor stored = floats ? WeightReader::mapped(w.embed) : at::Tensor();
        const bool serves = floats && stored.is_contiguous();
        if (serves) {
            WeightReader::check(stored, w.embed.name);
            p.embed = stored.view({t.dVocab, d});
            p.unembed = reader.finish(p.embed, bias);
            WeightReader::release(w.embed);
        }
        if (!serves || p.unembed.route() != Route::Packed) {
            p.embed = reader.read(w.embed, {t.dVocab, d});
            p.unembed = reader.finish(p.embed, bias);
        }
    }
    model::ArchitectureSpec spec = opened.spec;
    if (placement.folded) {
        foldWeights(spec, p);
        packAll(WeightReader(placement, t), p);
    }
    report(steps);
    return std::make_shared<Transformer>(std::move(spec), std::move(p));
}

} // namespace cutaway::engine
