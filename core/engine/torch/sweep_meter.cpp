// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/sweep_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace cutaway::engine {

namespace {

constexpr std::int64_t logitsAtATime = std::int64_t{1} << 22U; ///< 16 MB of float32

std::vector<double> onHost(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kDouble).cpu().contiguous();
    std::vector<double> list(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
    for (double& value : list)
        if (!std::isfinite(value)) value = std::numeric_limits<double>::quiet_NaN();
    return list;
}

} // namespace

SweepMeter::SweepMeter(const Transformer& model, const TokenIds& tokens, SweepQuestion question)
    : m_model(model), m_tokens(tokens), m_question(std::move(question)) {
    if (m_question.metric != SweepMetric::LogitDiff && m_question.metric != SweepMetric::Logit) return;
    std::vector<std::int64_t> ids = m_question.answer;
    ids.insert(ids.end(), m_question.wrong.begin(), m_question.wrong.end());
    m_columns = headRows(m_model, ids);
}

std::int64_t SweepMeter::firstRead() const {
    return m_question.metric == SweepMetric::Loss ? 0 : m_question.position;
}
std::int64_t SweepMeter::lastRead() const {
    // The last position has no next token to be wrong about.
    return m_question.metric == SweepMetric::Loss ? static_cast<std::int64_t>(m_tokens.size()) - 2
                                                  : m_question.position;
}

/// Whether the answer's columns of the head are enough: no cut acts on the logits.
bool SweepMeter::columnsServe(const VariantHooks& hooks) const {
    return m_columns.weight.defined() && !hooks.wants({HookKind::Logits, -1});
}

/// streams [B, n, d], whose last row is position end − 1 → logits [B, n, outputs or columns].
at::Tensor SweepMeter::logits(const at::Tensor& streams, std::int64_t end, VariantHooks& hooks) const {
    Pass pass;
    pass.hooks = &hooks;
    hooks.end = end;
    const at::Tensor normed = m_model.finalNorm(streams, pass);
    if (!columnsServe(hooks)) return m_model.unembed(normed, pass).to(at::kFloat);
    const at::Tensor columns = at::linear(normed, m_columns.weight, m_columns.bias);
    const double cap = m_model.spec().logitSoftCap;
    return (cap > 0.0 ? cap * at::tanh(columns / cap) : columns).to(at::kFloat);
}

/// logsumexp of a set: [B, outputs] → [B] float64.
at::Tensor SweepMeter::scores(const at::Tensor& logits, const std::vector<std::int64_t>& set) const {
    const at::Tensor ids = at::tensor(set, at::kLong).to(logits.device());
    return at::logsumexp(logits.index_select(1, ids).to(at::kDouble), {1});
}

/// The metric of the position, of streams [B, rows, d] → [B] float64.
at::Tensor SweepMeter::atPosition(const at::Tensor& streams, std::int64_t first, VariantHooks& hooks) const {
    const std::int64_t row = m_question.position - first;
    const at::Tensor made = logits(streams.narrow(1, row, 1), m_question.position + 1, hooks).select(1, 0);
    const auto answers = static_cast<std::int64_t>(m_question.answer.size());
    const bool columns = columnsServe(hooks);
    const auto ofSet = [&](const std::vector<std::int64_t>& set, std::int64_t from) {
        if (!columns) return scores(made, set);
        const auto size = static_cast<std::int64_t>(set.size());
        return at::logsumexp(made.narrow(1, from, size).to(at::kDouble), {1});
    };
    switch (m_question.metric) {
    case SweepMetric::LogitDiff:
        return ofSet(m_question.answer, 0) - ofSet(m_question.wrong, answers);
    case SweepMetric::Logit:
        return ofSet(m_question.answer, 0);
    case SweepMetric::Prob:
        return (scores(made, m_question.answer) - at::logsumexp(made.to(at::kDouble), {1})).exp();
    case SweepMetric::Kl:
    case SweepMetric::Loss:
        break;
    }
    // KL(p ‖ q) = Σ p·(a − b) − (ln Z_a − ln Z_b), a and b being the logits.
    const at::Tensor b = made.to(at::kDouble), a = m_baseLogits.defined() ? m_baseLogits : b.select(0, 0);
    const at::Tensor normaliser = at::logsumexp(a, {0});
    const at::Tensor gain = ((a - normaliser).exp() * (a - b)).sum(-1);
    const at::Tensor divergence = gain - normaliser + at::logsumexp(b, {1});
    return at::where(divergence < 0.0, at::zeros_like(divergence), divergence); // rounding; NaN stays
}

/// Next-token nats of rows `first` … of streams [B, rows, d] → [B, rows] float64.
at::Tensor SweepMeter::nats(const at::Tensor& streams, std::int64_t first, VariantHooks& hooks) const {
    const std::int64_t rows = std::min(streams.size(1), lastRead() + 1 - first);
    const std::int64_t step =
        std::max<std::int64_t>(1, logitsAtATime / m_model.traits().dVocabOut / streams.size(0));
    std::vector<at::Tensor> parts;
    for (std::int64_t at = 0; at < rows; at += step) {
        const std::int64_t count = std::min(step, rows - at);
        const at::Tensor made = logits(streams.narrow(1, at, count), first + at + count, hooks);
        const auto next = m_tokens.begin() + first + at + 1;
        const std::vector<std::int64_t> ids(next, next + count);
        const at::Tensor target =
            at::tensor(ids, at::kLong).to(made.device()).view({1, count, 1}).expand({made.size(0), -1, 1});
        const bool wide = made.numel() <= logitsAtATime / 8;
        const at::Tensor normaliser = at::logsumexp(wide ? made.to(at::kDouble) : made, {2});
        parts.push_back((normaliser - made.gather(2, target).select(2, 0)).to(at::kDouble));
    }
    return at::cat(parts, 1);
}

double SweepMeter::begin(const at::Tensor& last, VariantHooks& hooks) {
    hooks.active = {nullptr};
    if (m_question.metric == SweepMetric::Loss) {
        m_baseNats = nats(last, 0, hooks).select(0, 0);
        return onHost(m_baseNats.mean()).front();
    }
    if (m_question.metric == SweepMetric::Kl)
        m_baseLogits = logits(last.narrow(1, m_question.position, 1), m_question.position + 1, hooks)
                           .flatten()
                           .to(at::kDouble);
    return onHost(atPosition(last, 0, hooks)).front();
}

std::vector<double> SweepMeter::read(const at::Tensor& streams, std::int64_t first,
                                     VariantHooks& hooks) const {
    const std::vector<const Interventions*> all = hooks.active;
    const auto step =
        static_cast<std::size_t>(std::max<std::int64_t>(1, logitsAtATime / m_model.traits().dVocabOut));
    std::vector<double> values;
    for (std::size_t at = 0; at < all.size(); at += step) {
        const std::size_t count = std::min(step, all.size() - at);
        hooks.active.assign(all.begin() + static_cast<std::ptrdiff_t>(at),
                            all.begin() + static_cast<std::ptrdiff_t>(at + count));
        const at::Tensor some =
            streams.narrow(0, static_cast<std::int64_t>(at), static_cast<std::int64_t>(count));
        std::vector<double> found;
        if (m_question.metric == SweepMetric::Loss) {
            const at::Tensor sum = nats(some, first, hooks).sum(1) + m_baseNats.narrow(0, 0, first).sum();
            found = onHost(sum / static_cast<double>(m_baseNats.size(0)));
        } else {
            found = onHost(atPosition(some, first, hooks));
        }
        values.insert(values.end(), found.begin(), found.end());
    }
    return values;
}

} // namespace cutaway::engine
