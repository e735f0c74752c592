// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/measure.h"

#include "core/training/corpus/words.h"
#include "core/training/trainer/zero_head.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace cutaway::training {

namespace {

using Row = std::vector<std::int64_t>;

/// [rows, longest]: padded behind, which a causal model never sees.
at::Tensor padded(const std::vector<Row>& rows) {
    std::size_t longest = 1;
    for (const Row& row : rows)
        longest = std::max(longest, row.size());
    at::Tensor ids =
        at::zeros({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, at::kLong);
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::memcpy(ids.data_ptr<std::int64_t>() + i * longest, rows[i].data(),
                    rows[i].size() * sizeof(std::int64_t));
    return ids;
}

/// Mean attention [layer][head] from the second copy of a sequence of `period` tokens behind <bos> to the
/// token that followed the first copy.
class InductionScores : public engine::Hooks {
public:
    explicit InductionScores(std::int64_t period) : m_period(period) {}
    bool wants(const HookPoint& hook) const override { return hook.kind == HookKind::Pattern; }
    at::Tensor at(const HookPoint&, at::Tensor pattern) override { // [B, H, T, T]
        const std::int64_t back = m_period - 1;
        const at::Tensor stripe = pattern.diagonal(-back, 2, 3); // [B, H, T − back]: row q looks at q − back
        const at::Tensor late = stripe.narrow(2, 2, m_period); // queries period + 1 …
        m_scores.push_back(late.mean(std::vector<std::int64_t>{0, 2}));
        return pattern;
    }
    const std::vector<at::Tensor>& scores() const { return m_scores; }

private:
    std::int64_t m_period;
    std::vector<at::Tensor> m_scores;
};

class Examiner {
public:
    Examiner(const engine::Transformer& model, const Encode& encode, int bos, const CancelToken& cancel)
        : m_model(model), m_encode(encode), m_bos(bos), m_cancel(cancel) {}

    Row row(std::string_view text) const {
        Row ids{m_bos};
        for (const int id : m_encode(text))
            ids.push_back(id);
        return ids;
    }
    at::Tensor logits(const std::vector<Row>& rows, engine::Hooks* hooks = nullptr) const {
        engine::Pass pass;
        pass.hooks = hooks;
        pass.cancel = &m_cancel;
        return m_model.forward(padded(rows), pass);
    }
    std::set<std::int64_t> ids(const std::vector<std::string>& texts) const {
        std::set<std::int64_t> result;
        for (const std::string& text : texts) {
            const std::vector<int> id = m_encode(text);
            if (id.size() == 1) result.insert(id[0]);
        }
        return result;
    }

    TaskScore score(const std::vector<TaskItem>& items) const {
        int asked = 0, right = 0;
        for (std::size_t from = 0; from < items.size(); from += kRows) {
            const std::size_t count = std::min(kRows, items.size() - from);
            std::vector<Row> rows;
            std::vector<std::size_t> promptLengths;
            for (std::size_t i = from; i < from + count; ++i) {
                promptLengths.push_back(row(items[i].prompt).size());
                rows.push_back(row(items[i].prompt + items[i].continuation));
            }
            const at::Tensor best = logits(rows).argmax(-1).contiguous(); // [rows, T]
            const std::int64_t* ids_ = best.data_ptr<std::int64_t>();
            const auto width = static_cast<std::size_t>(best.size(1));
            for (std::size_t i = 0; i < count; ++i) {
                const TaskItem& item = items[from + i];
                const std::size_t last = promptLengths[i] - 1;
                if (item.continuation.empty()) {
                    ++asked;
                    right += static_cast<int>(ids(item.answers).count(ids_[i * width + last]));
                }
                for (std::size_t at = last; at + 1 < rows[i].size(); ++at) {
                    ++asked;
                    right += ids_[i * width + at] == rows[i][at + 1];
                }
            }
        }
        return {asked ? static_cast<double>(right) / asked : 0.0, asked};
    }

    double loss(const std::vector<std::string>& lines) const {
        double sum = 0.0;
        std::int64_t count = 0;
        for (std::size_t from = 0; from < lines.size(); from += kRows) {
            std::vector<Row> rows;
            for (std::size_t i = from; i < std::min(lines.size(), from + kRows); ++i)
                rows.push_back(row(lines[i]));
            const at::Tensor scores = at::log_softmax(logits(rows).to(at::kFloat), -1);
            for (std::size_t i = 0; i < rows.size(); ++i)
                for (std::size_t at = 0; at + 1 < rows[i].size(); ++at, ++count)
                    sum -=
                        scores[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(at)][rows[i][at + 1]]
                            .item<double>();
        }
        return count ? sum / static_cast<double>(count) : 0.0;
    }

    /// Mean logit of the answer minus the wrong one.
    double difference(const std::vector<TaskItem>& items, engine::Hooks* hooks = nullptr) const {
        std::vector<Row> rows;
        for (const TaskItem& item : items)
            rows.push_back(row(item.prompt));
        const at::Tensor out = logits(rows, hooks).to(at::kFloat);
        double sum = 0.0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const at::Tensor last =
                out[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(rows[i].size() - 1)];
            sum +=
                (last[*ids(items[i].answers).begin()] - last[*ids(items[i].wrongs).begin()]).item<double>();
        }
        return rows.empty() ? 0.0 : sum / static_cast<double>(rows.size());
    }

    static constexpr std::size_t kRows = 50;

private:
    const engine::Transformer& m_model;
    const Encode& m_encode;
    int m_bos;
    const CancelToken& m_cancel;
};

void measureHeads(const Examiner& examiner, const ModelTraits& traits, const std::vector<TaskItem>& items,
                  EvaluationReport& report) {
    constexpr std::size_t kPeriod = 16;
    Random random(streamSeed(7, 7));
    std::vector<Row> rows;
    const Words words = closedVocabulary();
    for (std::size_t i = 0; i < Examiner::kRows; ++i) {
        std::string copy;
        for (const std::string& word : random.sample(words, kPeriod))
            copy += " " + word;
        rows.push_back(examiner.row(copy + copy));
    }
    InductionScores induction(kPeriod);
    examiner.logits(rows, &induction);
    for (int layer = 0; layer < traits.nLayers; ++layer)
        for (int head = 0; head < traits.nHeads; ++head) {
            ZeroHead cut(layer, head);
            const double left = examiner.difference(items, &cut);
            report.heads.push_back({layer, head,
                                    induction.scores()[static_cast<std::size_t>(layer)][head].item<double>(),
                                    1.0 - left / report.logitDifference});
        }
}

} // namespace

EvaluationReport measure(const engine::Transformer& model, const Corpus& corpus, const Encode& encode,
                         int bos, const EvaluateOptions& options, const ProgressSink& progress,
                         const CancelToken& cancel) {
    const c10::NoGradGuard noGradients;
    const Examiner examiner(model, encode, bos, cancel);
    const auto count = static_cast<std::size_t>(options.items);
    EvaluationReport report;
    std::int64_t done = 0;
    for (const WeightedTask& w : corpus.tasks()) {
        if (progress) progress({"asking", done++, static_cast<std::int64_t>(corpus.tasks().size())});
        if (!w.task->asks()) continue;
        report.tasks[std::string(w.task->name())] =
            examiner.score(corpus.items(*w.task, count, options.seed));
    }
    report.loss = examiner.loss(corpus.heldOutLines(count));
    const std::vector<TaskItem> questions =
        corpus.items(*corpus.task("indirect_objects"), std::min<std::size_t>(count, 100), options.seed);
    report.logitDifference = examiner.difference(questions);
    if (options.heads) measureHeads(examiner, model.traits(), questions, report);
    return report;
}

} // namespace cutaway::training
