// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/metrics.h"

#include "core/engine/torch/failure.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cutaway::engine {

namespace {

constexpr std::int64_t chunkElements = std::int64_t{1} << 22U; ///< logits at a time: 16 MB of float32
constexpr std::int64_t keptElements = std::int64_t{1}
                                      << 26U; ///< logits of an uncut run that are kept: 256 MB
constexpr std::int64_t wideElements = std::int64_t{1}
                                      << 19U; ///< figures over so few logits are made in float64

/// Rows [first, first + count) of a side's logits, float32.
at::Tensor rowsOf(const Transformer& model, const LogitSource& source, std::int64_t first,
                  std::int64_t count) {
    if (source.logits.defined()) return source.logits.narrow(0, first, count).to(at::kFloat);
    Pass pass;
    return model.unembed(source.normed.narrow(1, first, count), pass).select(0, 0).to(at::kFloat);
}

/// The `top` largest entries of a row on the host, ties to the lower id.
std::vector<std::int64_t> largest(const float* row, std::int64_t size, std::int64_t top) {
    std::vector<std::int64_t> ids(static_cast<std::size_t>(size));
    std::iota(ids.begin(), ids.end(), 0);
    std::partial_sort(ids.begin(), ids.begin() + top, ids.end(), [&](std::int64_t a, std::int64_t b) {
        return row[a] != row[b] ? row[a] > row[b] : a < b;
    });
    ids.resize(static_cast<std::size_t>(top));
    return ids;
}

/// The `top` largest ids of every row. at::topk says nothing on ties: where the first that is left out equals
/// the last that is in, the row is sorted on the host.
std::vector<std::vector<std::int64_t>> topIds(const at::Tensor& logits, std::int64_t top) {
    const std::int64_t taken = std::min(top + 1, logits.size(1));
    const auto [values, ids] = at::topk(logits, taken, -1);
    const at::Tensor hostValues = values.cpu(), hostIds = ids.cpu();
    std::vector<std::vector<std::int64_t>> result;
    for (std::int64_t r = 0; r < logits.size(0); ++r) {
        const float* value = hostValues.data_ptr<float>() + r * taken;
        const std::int64_t* id = hostIds.data_ptr<std::int64_t>() + r * taken;
        if (taken > top && value[top] == value[top - 1]) {
            const at::Tensor row = logits.select(0, r).cpu().contiguous();
            result.push_back(largest(row.data_ptr<float>(), row.size(0), top));
            continue;
        }
        std::vector<std::int64_t> order(static_cast<std::size_t>(top));
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
            return value[a] != value[b] ? value[a] > value[b] : id[a] < id[b];
        });
        for (std::int64_t& o : order)
            o = id[o];
        result.push_back(std::move(order));
    }
    return result;
}

/// logsumexp of the set's logits in each row; float64 on the host.
std::vector<double> setLogits(const at::Tensor& logits, const std::vector<std::int64_t>& set) {
    const at::Tensor ids = at::tensor(set, at::kLong).to(logits.device());
    const at::Tensor score = at::logsumexp(logits.index_select(1, ids).to(at::kDouble), {1}).cpu();
    return {score.data_ptr<double>(), score.data_ptr<double>() + score.numel()};
}

/// logsumexp of each row: [n], float64.
at::Tensor normalisersOf(const at::Tensor& logits) {
    const at::Tensor wide = logits.numel() <= wideElements ? logits.to(at::kDouble) : logits;
    return at::logsumexp(wide, {1}).to(at::kDouble);
}

/// Rows of logits with their normalisers.
struct Rows {
    at::Tensor logits;      ///< [n, outputs]
    at::Tensor normalisers; ///< [n] float64

    Rows() = default;
    explicit Rows(const at::Tensor& rows) : logits(rows), normalisers(normalisersOf(rows)) {}
    bool defined() const { return logits.defined(); }
};

/// Collects one side chunk by chunk.
class SideReader {
public:
    SideReader(const TokenIds& tokens, const MetricsWanted& wanted, bool vocabulary, RunSide& side)
        : m_tokens(tokens), m_wanted(wanted), m_vocabulary(vocabulary), m_side(side) {}

    /// Reported rows: positions first, first + 1, …
    void report(const Rows& source, std::int64_t first) {
        const at::Tensor& logits = source.logits;
        const std::int64_t rows = logits.size(0);
        const std::int64_t top = std::min<std::int64_t>(std::max(m_wanted.top, 0), logits.size(1));
        const at::Tensor normalisers = source.normalisers.cpu();
        const at::Tensor host = logits.cpu().contiguous();
        const auto ids = top > 0 ? topIds(logits, top)
                                 : std::vector<std::vector<std::int64_t>>(static_cast<std::size_t>(rows));
        std::vector<double> answer, wrong;
        if (!m_wanted.answer.empty()) answer = setLogits(logits, m_wanted.answer);
        if (!m_wanted.wrong.empty()) wrong = setLogits(logits, m_wanted.wrong);
        for (std::int64_t r = 0; r < rows; ++r) {
            const auto at = static_cast<std::size_t>(r);
            const float* row = host.data_ptr<float>() + r * host.size(1);
            const double normaliser = normalisers.data_ptr<double>()[r];
            PositionPredictions p;
            p.position = static_cast<int>(first + r);
            for (const std::int64_t id : ids[at])
                p.top.push_back({static_cast<TokenId>(id), {}, row[id], std::exp(row[id] - normaliser)});
            const auto next = static_cast<std::size_t>(first + r + 1);
            if (m_vocabulary && next < m_tokens.size())
                p.actualProb = std::exp(row[m_tokens[next]] - normaliser);
            m_side.positions.push_back(std::move(p));
            if (!answer.empty()) m_side.answerProbs.push_back(std::exp(answer[at] - normaliser));
            if (!wrong.empty()) m_side.wrongProbs.push_back(std::exp(wrong[at] - normaliser));
            if (!answer.empty() && !wrong.empty()) m_side.diffs.push_back(answer[at] - wrong[at]);
        }
        if (!answer.empty()) m_side.answerLogit = answer.back();
        if (!wrong.empty()) m_side.wrongLogit = wrong.back();
        if (!answer.empty()) m_side.answerProb = m_side.answerProbs.back();
        if (!wrong.empty()) m_side.wrongProb = m_side.wrongProbs.back();
        if (!m_side.diffs.empty()) m_side.logitDiff = m_side.diffs.back();
    }

    /// Adds the next-token loss of rows first … (the last position has no next token).
    void addLoss(const Rows& source, std::int64_t first) {
        const at::Tensor& logits = source.logits;
        const auto length = static_cast<std::int64_t>(m_tokens.size());
        const std::int64_t rows = std::min(logits.size(0), length - 1 - first);
        if (rows <= 0) return;
        const std::vector<std::int64_t> next(m_tokens.begin() + first + 1,
                                             m_tokens.begin() + first + 1 + rows);
        const at::Tensor target = at::tensor(next, at::kLong).to(logits.device()).unsqueeze(1);
        const at::Tensor used = logits.narrow(0, 0, rows);
        const at::Tensor nats = source.normalisers.narrow(0, 0, rows) - used.gather(1, target).select(1, 0);
        m_nats += nats.sum().item<double>();
    }
    double loss() const { return m_nats / static_cast<double>(m_tokens.size() - 1); }

private:
    const TokenIds& m_tokens;
    const MetricsWanted& m_wanted;
    bool m_vocabulary;
    RunSide& m_side;
    double m_nats = 0.0;
};

/// KL(p ‖ q) = Σ p·(a − b) − (ln Z_a − ln Z_b) in nats of each row, a and b being the logits.
void addKl(const Rows& uncut, const Rows& cut, std::vector<double>& kl) {
    const auto kind = uncut.logits.numel() <= wideElements ? at::kDouble : at::kFloat;
    const at::Tensor a = uncut.logits.to(kind);
    const at::Tensor p = (a - uncut.normalisers.to(kind).unsqueeze(1)).exp_();
    const at::Tensor gain = p.mul_(a - cut.logits.to(kind)).sum(-1).to(at::kDouble);
    const at::Tensor nats = (gain - (uncut.normalisers - cut.normalisers)).cpu();
    for (std::int64_t r = 0; r < nats.size(0); ++r)
        kl.push_back(std::max(0.0, nats.data_ptr<double>()[r]));
}

void checkLogits(const at::Tensor& reported) {
    // A sum is finite only where every term is.
    if (!reported.sum(at::kDouble).isfinite().item<bool>())
        raise(ErrorCode::NumericFault, "run model", "the logits are NaN or infinite, expected finite numbers",
              {{"where", "logits"}});
}

} // namespace

/// What was read off an uncut run the last time, all but the loss.
struct ReportedSide {
    MetricsWanted wanted;
    RunSide side;

    bool answers(const MetricsWanted& w) const {
        return w.allPositions == wanted.allPositions && w.position == wanted.position &&
               w.top == wanted.top && w.answer == wanted.answer && w.wrong == wanted.wrong;
    }
};

void measure(const Transformer& model, SideRun& uncut, const LogitSource* cut, const MetricsWanted& wanted,
             const CancelToken& cancel, RunSide& uncutSide, RunSide& cutSide, std::vector<double>& kl) {
    const ModelTraits& traits = model.traits();
    const auto length = static_cast<std::int64_t>(uncut.tokens.size());
    const std::int64_t outputs = traits.dVocabOut;
    const bool hasLoss = wanted.loss && length >= 2 && traits.causal && traits.outputsAreVocabulary();

    if (!uncut.normed.defined()) {
        Pass pass;
        uncut.normed = model.finalNorm(uncut.last, pass);
    }
    const LogitSource plain{uncut.normed, uncut.logits};
    SideReader uncutReader(uncut.tokens, wanted, traits.outputsAreVocabulary(), uncutSide);
    SideReader cutReader(uncut.tokens, wanted, traits.outputsAreVocabulary(), cutSide);
    const bool needUncutLoss = hasLoss && !uncut.loss;
    const bool known = uncut.reported && uncut.reported->answers(wanted);
    if (known) {
        auto arrays = std::move(uncutSide.arrays); // those of this request stay
        uncutSide = uncut.reported->side;
        uncutSide.arrays = std::move(arrays);
    }
    // Only where all of them are made anyway.
    const bool needAllUncut = (wanted.allPositions && (cut || !known)) || needUncutLoss;
    const bool keepAll = needAllUncut && !uncut.logits.defined() && length * outputs <= keptElements;
    at::Tensor kept;
    if (keepAll) kept = at::empty({length, outputs}, uncut.normed.options().dtype(at::kFloat));

    const auto report = [&](const Rows& a, const Rows& b, std::int64_t first) {
        if (!known) {
            checkLogits(a.logits);
            uncutReader.report(a, first);
        }
        if (!cut) return;
        checkLogits(b.logits);
        cutReader.report(b, first);
        addKl(a, b, kl);
    };
    const std::int64_t chunk = std::max<std::int64_t>(1, chunkElements / outputs);
    for (std::int64_t first = 0; first < length; first += chunk) {
        if (cancel.cancelled()) throw CancelledPass{};
        if (!needAllUncut && !(cut && (wanted.allPositions || hasLoss))) break;
        const std::int64_t count = std::min(chunk, length - first);
        Rows a, b;
        if (needAllUncut) a = Rows(rowsOf(model, plain, first, count));
        if (cut && (wanted.allPositions || hasLoss)) b = Rows(rowsOf(model, *cut, first, count));
        if (needUncutLoss) uncutReader.addLoss(a, first);
        if (cut && hasLoss) cutReader.addLoss(b, first);
        if (keepAll) kept.narrow(0, first, count).copy_(a.logits);
        if (wanted.allPositions) report(a, b, first);
    }
    if (!wanted.allPositions) {
        const std::int64_t at = wanted.position < 0 ? length + wanted.position : wanted.position;
        at::Tensor row = at == length - 1 ? uncut.lastRow : at::Tensor();
        if (!row.defined()) row = rowsOf(model, plain, at, 1);
        if (at == length - 1) uncut.lastRow = row;
        report(Rows(row), cut ? Rows(rowsOf(model, *cut, at, 1)) : Rows(), at);
    }
    if (keepAll) uncut.logits = kept;
    if (!known) {
        ReportedSide figures{wanted, uncutSide};
        figures.side.arrays.clear();
        uncut.reported = std::make_shared<const ReportedSide>(std::move(figures));
    }
    if (needUncutLoss) uncut.loss = uncutReader.loss();
    if (hasLoss) uncutSide.loss = uncut.loss;
    if (hasLoss && cut) cutSide.loss = cutReader.loss();
}

} // namespace cutaway::engine
