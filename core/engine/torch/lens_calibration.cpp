// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/lens_calibration.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/hooks.h"
#include "core/engine/torch/lens.h"
#include "core/engine/torch/prompt_batches.h"

#include <algorithm>
#include <cmath>

namespace cutaway::engine {

namespace {

const std::string operation = "calibrate lens";
constexpr std::int64_t chunkElements = std::int64_t{1} << 23U; ///< logits at a time: 32 MB of float32
const std::string agreeKey = "agree";                          ///< [rows] positions, then their number

std::vector<std::string> rowNames(int layers) {
    std::vector<std::string> names{"embed"};
    for (int layer = 0; layer < layers; ++layer)
        names.push_back(std::to_string(layer));
    return names;
}

/// The likeliest token at every position but the first: stream [B, T, d] → [B × (T − 1)].
at::Tensor topTokens(const Transformer& model, const at::Tensor& stream, const CancelToken& cancel) {
    const at::Tensor rows = stream.narrow(1, 1, stream.size(1) - 1).flatten(0, 1).unsqueeze(0);
    const std::int64_t chunk = std::max<std::int64_t>(1, chunkElements / model.traits().dVocabOut);
    std::vector<at::Tensor> found;
    for (std::int64_t first = 0; first < rows.size(1); first += chunk) {
        if (cancel.cancelled()) throw CancelledPass{};
        Pass pass;
        const std::int64_t count = std::min(chunk, rows.size(1) - first);
        const at::Tensor normed = model.finalNorm(rows.narrow(1, first, count), pass);
        found.push_back(at::argmax(model.unembed(normed, pass).select(0, 0).to(at::kFloat), 1));
    }
    return at::cat(found);
}

/// Reads the stream before every block.
class StreamReader : public Hooks {
public:
    StreamReader(const Transformer& model, const CancelToken& cancel) : m_model(model), m_cancel(cancel) {}
    bool wants(const HookPoint& hook) const override { return hook.kind == HookKind::ResidPre; }
    at::Tensor at(const HookPoint&, at::Tensor activation) override {
        top.push_back(topTokens(m_model, activation, m_cancel));
        return activation;
    }

    std::vector<at::Tensor> top; ///< [layers][B × (T − 1)]

private:
    const Transformer& m_model;
    const CancelToken& m_cancel;
};

LensCalibration resultOf(const std::vector<std::int64_t>& agree, std::int64_t positions,
                         std::size_t prompts) {
    LensCalibration result;
    result.rows = rowNames(static_cast<int>(agree.size()) - 1);
    result.positions = positions;
    result.prompts = static_cast<int>(prompts);
    for (const std::int64_t count : agree)
        result.agreement.push_back(static_cast<double>(count) / static_cast<double>(positions));
    return result;
}

} // namespace

LensCalibration calibrateLens(const Transformer& model, const std::vector<TokenIds>& prompts,
                              LensTally& tally, const ProgressSink& progress, const CancelToken& cancel) {
    refusePostNorm(model.traits(), operation);
    tally.agree.resize(static_cast<std::size_t>(model.traits().nLayers) + 1, 0);
    const PromptBatches batches(prompts);
    const at::Device device = model.parameters().embed.device();
    while (tally.next < batches.end()) {
        if (progress)
            progress({"calibrating the lens", static_cast<std::int64_t>(tally.next),
                      static_cast<std::int64_t>(batches.end())});
        const PromptBatch batch = batches.at(tally.next);
        if (batch.length > 1) {
            StreamReader reader(model, cancel);
            Pass pass;
            pass.hooks = &reader;
            pass.cancel = &cancel;
            const at::Tensor tokens =
                at::tensor(batch.ids, at::kLong).view({batch.prompts, batch.length}).to(device);
            const at::Tensor last = model.blocks(0, model.embed(tokens, pass), pass);
            reader.top.push_back(topTokens(model, last, cancel));
            for (std::size_t row = 0; row < tally.agree.size(); ++row)
                tally.agree[row] += reader.top.at(row).eq(reader.top.back()).sum().item<std::int64_t>();
            tally.positions += batch.prompts * (batch.length - 1);
        }
        tally.next = batch.next;
    }
    if (tally.positions == 0)
        raise(ErrorCode::NoReference, operation,
              "there is no reference set with prompts of two tokens or more, and the lens is compared with "
              "the output over one");
    return resultOf(tally.agree, tally.positions, prompts.size());
}

std::optional<LensCalibration> readCalibration(const ReferenceFile& file,
                                               const std::vector<TokenIds>& prompts, int layers) {
    const auto table = file.open(prompts);
    const weights::TensorEntry* entry = table ? table->find(agreeKey) : nullptr;
    if (!entry) return std::nullopt;
    const std::vector<float> found = weights::TensorTable::toHost(*entry).values;
    const auto rows = static_cast<std::size_t>(layers) + 1;
    if (found.size() != rows + 1 || !(found.back() > 0.0F)) return std::nullopt;
    std::vector<std::int64_t> agree;
    for (std::size_t row = 0; row < rows; ++row) {
        if (!(found[row] >= 0.0F && found[row] <= found.back())) return std::nullopt;
        agree.push_back(static_cast<std::int64_t>(found[row]));
    }
    return resultOf(agree, static_cast<std::int64_t>(found.back()), prompts.size());
}

bool writeCalibration(const ReferenceFile& file, const std::vector<TokenIds>& prompts,
                      const LensCalibration& calibration) {
    HostTensor counts;
    for (const double share : calibration.agreement)
        counts.values.push_back(static_cast<float>(share * static_cast<double>(calibration.positions)));
    counts.values.push_back(static_cast<float>(calibration.positions));
    for (float& count : counts.values)
        count = std::round(count);
    counts.shape = {static_cast<std::int64_t>(counts.values.size())};
    return file.write(prompts, {{agreeKey, counts}});
}

} // namespace cutaway::engine
