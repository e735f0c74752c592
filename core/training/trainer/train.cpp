// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/train.h"

#include "core/training/corpus/corpus.h"
#include "core/training/corpus/words.h"
#include "core/training/trainer/batches.h"
#include "core/training/trainer/bf16.h"
#include "core/training/trainer/gpt2.h"
#include "core/training/trainer/head_pruning.h"
#include "core/training/trainer/measure.h"
#include "core/training/trainer/optimizer.h"
#include "core/weights/safetensors.h"

#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numbers>
#include <optional>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cutaway::training {

namespace {

namespace fs = std::filesystem;
constexpr const char* kOperation = "train demo";

double secondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status writeText(const fs::path& path, const std::string& text, bool append = false) {
    std::ofstream file(path, append ? std::ios::binary | std::ios::app : std::ios::binary);
    file << text;
    file.flush();
    if (file) return {};
    return fail(ErrorCode::FileUnwritable, kOperation,
                path.string() + " could not be written; the disk may be full or the folder read-only",
                {{"path", path.string()}});
}

/// Every step allocates the same tens of megabytes. glibc would give them back to the kernel and fault them
/// in anew each time: half of the processor time, measured.
void keepFreedMemory() {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
#endif
}

class Trainer {
public:
    Trainer(const TrainOptions& options, BpeVocabulary vocabulary)
        : m_options(options), m_encoder(std::move(vocabulary)),
          m_model(makeGpt2(
              gpt2Spec(options.layers, options.heads, options.width, options.context, m_encoder.vocabulary()),
              options.seed, options.bf16 && hasBf16Products())),
          m_optimizer(m_model.leaves) {}

    Status prepare() {
        std::error_code error;
        fs::create_directories(m_options.out, error);
        if (Status s = writeText(m_options.out / "config.json", gpt2Config(m_model.transformer.spec())); !s)
            return s;
        if (Status s = writeText(m_options.out / "tokenizer.json", m_encoder.bpe().toJson()); !s) return s;
        if (Status s = writeText(m_options.out / "reference.jsonl", reference()); !s) return s;
        if (Status s = writeText(m_options.out / "words.json", wordClassesJson()); !s) return s;
        if (m_options.resume)
            if (Status s = resume(); !s) return s;
        if (m_options.headsLeft > 0) m_pruning.emplace(m_model);
        return {};
    }

    Result<TrainReport> run(const ProgressSink& progress, const CancelToken& cancel, const TrainSink& sink) {
        const auto start = std::chrono::steady_clock::now();
        auto lineStart = start;
        double lossSum = 0.0;
        int lossCount = 0;
        std::int64_t lineTokens = 0;
        TrainReport report;
        const int first = m_step;
        for (; m_step < m_options.steps; ++m_step) {
            if (cancel.cancelled()) {
                if (Status s = save(); !s) return fail(s.error());
                return fail(ErrorCode::Cancelled, kOperation, "stopped; the checkpoint was written");
            }
            lossSum += step();
            ++lossCount;
            lineTokens += m_lastTokens;
            const int done = m_step + 1;
            const bool atEnd = done == m_options.steps;
            const bool evaluates =
                m_options.evaluateEvery > 0 && done % m_options.evaluateEvery == 0 && !atEnd;
            if (progress) progress({"training", done, m_options.steps});
            if (!std::isfinite(lossSum))
                return fail(ErrorCode::NumericFault, kOperation,
                            "the loss is not finite at step " + std::to_string(done) +
                                "; a lower rate may help");
            if (lossCount == kLine || evaluates || atEnd) {
                TrainStep line{done,
                               m_options.steps,
                               lossSum / lossCount,
                               static_cast<double>(lineTokens) / secondsSince(lineStart),
                               {}};
                report.loss = line.loss;
                if (evaluates) line.evaluation = examine(m_options.itemsWhileTraining, true, cancel);
                if (Status s = log(line); !s) return fail(s.error());
                if (sink) sink(line);
                lossSum = 0.0, lossCount = 0, lineTokens = 0;
                lineStart = std::chrono::steady_clock::now();
            }
            if (m_options.checkpointEvery > 0 && done % m_options.checkpointEvery == 0 && !atEnd) {
                ++m_step;
                const Status s = save();
                --m_step;
                if (!s) return fail(s.error());
            }
        }
        if (Status s = save(); !s) return fail(s.error());
        report.steps = m_step - first;
        report.tokensSeen = m_tokens;
        report.parameters = m_model.parameters();
        report.evaluation = examine(m_options.itemsAtEnd, true, cancel);
        report.seconds = secondsSince(start);
        return report;
    }

private:
    static constexpr std::size_t kReferencePrompts = 512;
    static constexpr int kLine = 25; ///< steps between lines of the curve

    std::string reference() const {
        std::string lines;
        for (const std::string& prompt : m_early.referencePrompts(kReferencePrompts))
            lines += nlohmann::json{{"prompt", prompt}}.dump() + "\n";
        return lines;
    }

    /// Linear warm-up, then half a cosine. A resume from bare weights warms up anew.
    double share() const {
        const double warm =
            std::min(1.0, (m_step - m_warmFrom + 1) / static_cast<double>(std::max(1, m_options.warmUp)));
        const double low = m_options.lowestRate;
        return warm * (low + (1.0 - low) * 0.5 * (1.0 + std::cos(std::numbers::pi * along())));
    }

    /// How far along the schedule the next step is, 0 to 1.
    double along() const { return m_step / static_cast<double>(std::max(1, m_options.steps)); }
    /// Copying has formed: the second mixture, also wherever weights alone were given.
    bool late() const { return m_fromWeights || along() >= m_options.factsFrom; }
    /// Heads of all layers that may be left now: fewer and fewer from pruneFrom to pruneTo.
    int headsWanted() const {
        const TrainOptions& o = m_options;
        const int all = o.layers * o.heads;
        const double part =
            std::clamp((along() - o.pruneFrom) / std::max(1e-9, o.pruneTo - o.pruneFrom), 0.0, 1.0);
        return all - static_cast<int>(std::ceil(part * (all - o.headsLeft)));
    }

    /// One update; the loss in nats a token.
    double step() {
        const Batch batch = makeBatch(late() ? m_late : m_early, m_encoder, m_options.seed, m_step,
                                      m_options.batchTokens, m_options.context);
        at::Tensor ids = at::empty({batch.rows, batch.length}, at::kLong);
        std::memcpy(ids.data_ptr<std::int64_t>(), batch.ids.data(), batch.ids.size() * sizeof(std::int64_t));
        const at::Tensor read = ids.narrow(1, 0, batch.length - 1), next = ids.narrow(1, 1, batch.length - 1);
        const at::Tensor logits = m_model.transformer.forward(read);
        const at::Tensor loss = at::cross_entropy_loss(logits.flatten(0, 1), next.reshape({-1}));
        loss.backward();
        const double rate = m_options.matrixRate * share();
        m_optimizer.step({rate, m_options.otherRate * share(), m_options.matrixDecay});
        if (m_pruning) {
            if (m_pruning->left() > headsWanted()) m_pruning->removeOne(m_model.transformer, ids);
            m_pruning->hold();
        }
        m_lastTokens = read.numel();
        m_tokens += m_lastTokens;
        return loss.item<double>();
    }

    EvaluationReport examine(int items, bool heads, const CancelToken& cancel) const {
        EvaluateOptions options;
        options.items = items;
        options.heads = heads;
        return measure(
            m_model.transformer, m_early, [this](std::string_view text) { return m_encoder.encode(text); },
            BpeVocabulary::kBos, options, {}, cancel);
    }

    Status log(const TrainStep& line) const {
        nlohmann::ordered_json json = {{"step", line.step},
                                       {"loss", line.loss},
                                       {"tokens", m_tokens},
                                       {"tokens_per_second", line.tokensPerSecond}};
        if (line.evaluation) {
            json["held_out_loss"] = line.evaluation->loss;
            json["logit_difference"] = line.evaluation->logitDifference;
            for (const auto& [name, score] : line.evaluation->tasks)
                json["tasks"][name] = score.accuracy;
            for (const HeadReport& head : line.evaluation->heads)
                json["head_effects"].push_back(head.effect);
        }
        return writeText(m_options.out / "training.jsonl", json.dump() + "\n", true);
    }

    Status save() const {
        const std::map<std::string, HostTensor> arrays = leafArrays(m_model);
        std::map<std::string, HostTensor> all = m_optimizer.state();
        all.insert(arrays.begin(), arrays.end());
        const std::map<std::string, std::string> facts = {{"step", std::to_string(m_step)},
                                                          {"tokens", std::to_string(m_tokens)},
                                                          {"seed", std::to_string(m_options.seed)},
                                                          {"from_weights", std::to_string(m_fromWeights)}};
        if (Status s = weights::writeSafetensors(m_options.out / "checkpoint.safetensors", all, facts); !s)
            return s;
        return weights::writeSafetensors(m_options.out / "model.safetensors", arrays, {{"format", "pt"}},
                                         weights::WriteAs::BF16);
    }

    Status resume() {
        const fs::path full = m_options.out / "checkpoint.safetensors",
                       bare = m_options.out / "model.safetensors";
        const bool hasFull = fs::exists(full);
        const auto table = weights::TensorTable::openFile(hasFull ? full : bare);
        if (!table) return fail(table.error());
        std::map<std::string, HostTensor> arrays;
        for (const auto& [name, entry] : table->tensors())
            arrays[name] = weights::TensorTable::toHost(entry);
        if (Status s = loadLeaves(m_model, arrays); !s) return s;
        m_fromWeights = !hasFull;
        if (!hasFull) return {};
        const auto& facts = table->metadata();
        const auto number = [&](const char* name) {
            const auto found = facts.find(name);
            return found == facts.end() ? std::int64_t{0} : std::atoll(found->second.c_str());
        };
        m_step = static_cast<int>(number("step"));
        m_tokens = number("tokens");
        m_fromWeights = number("from_weights") != 0;
        m_warmFrom = -m_options.warmUp;
        return m_optimizer.load(arrays, m_step);
    }

    TrainOptions m_options;
    Corpus m_early{Mixture::CopyingFirst}, m_late{Mixture::Facts};
    Encoder m_encoder;
    Gpt2 m_model;
    Optimizer m_optimizer;
    std::optional<HeadPruning> m_pruning;
    int m_step = 0, m_warmFrom = 0;
    bool m_fromWeights = false; ///< begun from a model.safetensors, not from a checkpoint or anew
    std::int64_t m_tokens = 0, m_lastTokens = 0;
};

} // namespace

Result<TrainReport> trainDemo(const TrainOptions& options, const ProgressSink& progress,
                              const CancelToken& cancel, const TrainSink& sink) {
    if (options.width % options.heads != 0 || options.steps < 1 || options.batchTokens < 2)
        return fail(ErrorCode::Usage, kOperation,
                    "steps, batch and heads must be positive and heads divide the width");
    auto vocabulary = demoVocabulary();
    if (!vocabulary) return fail(vocabulary.error());
    keepFreedMemory();
    try {
        if (options.threads > 0) at::set_num_threads(options.threads);
        Trainer trainer(options, *std::move(vocabulary));
        if (Status s = trainer.prepare(); !s) return fail(s.error());
        return trainer.run(progress, cancel, sink);
    } catch (const engine::CancelledPass&) {
        return fail(ErrorCode::Cancelled, kOperation, "stopped while evaluating");
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, kOperation, "an allocation failed; a smaller batch may fit");
    } catch (const std::exception& e) {
        return fail(ErrorCode::Internal, kOperation, e.what());
    }
}

} // namespace cutaway::training
