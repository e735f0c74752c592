// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/sweep.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/sweep_meter.h"
#include "core/engine/torch/sweep_values.h"
#include "core/engine/torch/torch_error.h"
#include "core/engine/torch/variant_batch.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace cutaway::engine {

namespace {

using Clock = std::chrono::steady_clock;

const std::string operation = "sweep";
constexpr auto partInterval = std::chrono::milliseconds(50);
/// Rows of a batch: enough that products are fast and few weights are read twice, few enough that what they
/// make stays in the processor's cache and cells come often. From 192 to 768 rows cost the same.
constexpr std::int64_t rowsAtATime = 512;
/// Cells that change different rows compute those of all of them: they share a batch up to so many rows.
constexpr std::int64_t rowsToJoin = 256;

[[noreturn]] void refuse(const std::string& message) {
    raise(ErrorCode::Usage, operation, message);
}

std::vector<std::string> numbered(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back(std::to_string(i));
    return names;
}

/// A sweep against one model and prompt: its cells and the words that are off.
class SweepPlan {
public:
    SweepPlan(const SweepRequest& request, const SweepScene& scene, const ModelTraits& traits)
        : m_request(request), m_scene(scene), m_traits(traits),
          m_length(static_cast<int>(scene.tokens.size())) {
        m_rows = traits.nLayers;
        switch (sweepColumns(request.over)) {
        case SweepColumns::Heads:
            m_cols = traits.nHeads;
            break;
        case SweepColumns::KeyValueHeads:
            m_cols = traits.nKvHeads;
            break;
        case SweepColumns::All:
            m_cols = 1;
            break;
        case SweepColumns::Positions:
            m_cols = m_length;
            break;
        }
        checkCuts();
        checkMetric();
        m_position = request.position < 0 ? m_length + request.position : request.position;
        if (m_position < 0 || m_position >= m_length)
            raise(ErrorCode::OutOfRange, operation,
                  "position " + std::to_string(request.position) + " is out of range, the prompt has " +
                      std::to_string(m_length) + " tokens, positions 0 to " + std::to_string(m_length - 1),
                  {{"position", std::to_string(request.position)}, {"length", std::to_string(m_length)}});
    }

    int rows() const { return m_rows; }
    int cols() const { return m_cols; }
    std::vector<std::string> columnNames() const {
        return sweepColumns(m_request.over) == SweepColumns::All ? std::vector<std::string>{"all"}
                                                                 : numbered(m_cols);
    }
    SweepQuestion question() const { return {m_request.metric, m_position, m_scene.answer, m_scene.wrong}; }
    std::set<HookPoint> hooks() const {
        std::set<HookPoint> hooks;
        for (int row = 0; row < m_rows; ++row)
            for (const ResolvedTarget& target : resolveTargets(sweepCut(m_request, row, 0), m_traits))
                hooks.insert(target.hook);
        return hooks;
    }
    /// The first row that a cell changes: on causal models those before its position stay as they are.
    int firstRow(const SweepCell& cell) const {
        const bool byPosition = sweepColumns(m_request.over) == SweepColumns::Positions;
        return byPosition && m_traits.causal ? cell.col : 0;
    }
    /// All cells, those that change the same rows together, in the order of the layers.
    std::vector<SweepCell> cells() const {
        std::vector<SweepCell> list;
        for (int row = 0; row < m_rows; ++row)
            for (int col = 0; col < m_cols; ++col)
                list.push_back({row, col, 0.0});
        std::stable_sort(list.begin(), list.end(),
                         [&](const SweepCell& a, const SweepCell& b) { return firstRow(a) < firstRow(b); });
        return list;
    }

private:
    void checkCuts() const {
        const CutKind kind = m_request.kind;
        if (kind != CutKind::Zero && kind != CutKind::Mean && kind != CutKind::Resample &&
            kind != CutKind::Patch)
            refuse("a sweep cuts by zero, mean, resample or patch, not by " + std::string(cutKindName(kind)));
        for (int row = 0; row < m_rows; ++row)
            for (int col = 0; col < m_cols; ++col)
                if (const Status s = checkCut(sweepCut(m_request, row, col), m_traits); !s)
                    raise(ErrorCode::Usage, operation, s.error().message, s.error().context);
    }

    void checkMetric() const {
        const std::string name = sweepMetricName(m_request.metric);
        switch (m_request.metric) {
        case SweepMetric::LogitDiff:
            if (m_scene.answer.empty() || m_scene.wrong.empty())
                refuse("the metric " + name + " needs an answer and a wrong token, the request has " +
                       (m_scene.answer.empty() ? "no answer" : "no wrong token"));
            return;
        case SweepMetric::Logit:
        case SweepMetric::Prob:
            if (m_scene.answer.empty())
                refuse("the metric " + name + " needs an answer, the request has none");
            return;
        case SweepMetric::Kl:
            return;
        case SweepMetric::Loss:
            break;
        }
        if (!m_traits.causal) refuse("a bidirectional model has no next-token loss");
        if (!m_traits.outputsAreVocabulary())
            refuse("the model's outputs are not its vocabulary, it has no next-token loss");
        if (m_length < 2) refuse("a prompt of one token has no next-token loss");
    }

    const SweepRequest& m_request;
    const SweepScene& m_scene;
    const ModelTraits& m_traits;
    int m_length;
    int m_rows = 0, m_cols = 0, m_position = 0;
};

/// Hands cells on in parts and puts them into the grid.
class CellReporter {
public:
    CellReporter(SweepResult& result, const SweepSink& sink, const ProgressSink& progress)
        : m_result(result), m_sink(sink), m_progress(progress) {
        send(); // rows, columns and what there is to compare with, at once
    }
    void add(SweepCell cell, double value) {
        cell.value = value;
        m_result.grid[static_cast<std::size_t>(cell.row)][static_cast<std::size_t>(cell.col)] = value;
        ++m_result.cells;
        m_waiting.push_back(cell);
    }
    void offer() {
        if (Clock::now() - m_sent >= partInterval) send();
    }
    void finish() {
        if (!m_waiting.empty()) send();
    }

private:
    void send() {
        if (m_sink)
            m_sink({m_result.generation, m_result.rows, m_result.cols, m_result.uncut, std::move(m_waiting)});
        m_waiting.clear();
        if (m_progress)
            m_progress({"running cells", m_result.cells,
                        static_cast<std::int64_t>(m_result.rows.size() * m_result.cols.size())});
        m_sent = Clock::now();
    }

    SweepResult& m_result;
    const SweepSink& m_sink;
    const ProgressSink& m_progress;
    std::vector<SweepCell> m_waiting;
    Clock::time_point m_sent;
};

/// Cells that will run as one batch.
struct Waiting {
    std::vector<SweepCell> cells;
    std::vector<Variant> variants;

    /// Cells `from` to before `to`.
    Waiting part(std::size_t from, std::size_t to) const {
        const auto at = [](const auto& list, std::size_t i) {
            return list.begin() + static_cast<std::ptrdiff_t>(i);
        };
        return {{at(cells, from), at(cells, to)}, {at(variants, from), at(variants, to)}};
    }

    void sortByLayer() {
        std::vector<std::size_t> order(cells.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return variants[a].plan.layer < variants[b].plan.layer;
        });
        Waiting sorted;
        for (const std::size_t i : order) {
            sorted.cells.push_back(cells[i]);
            sorted.variants.push_back(std::move(variants[i]));
        }
        *this = std::move(sorted);
    }
};

bool touchesMatrix(const std::vector<HookPoint>& hooks) {
    return std::any_of(hooks.begin(), hooks.end(),
                       [](const HookPoint& hook) { return hookLayout(hook.kind) == HookLayout::HeadMatrix; });
}

} // namespace

SweepResult runSweep(Runner& runner, const SweepScene& scene, const SweepRequest& request,
                     const SweepSink& sink, const ProgressSink& progress, const CancelToken& cancel) {
    const auto start = Clock::now();
    const Transformer& model = runner.model();
    const ModelTraits& traits = model.traits();
    const auto length = static_cast<std::int64_t>(scene.tokens.size());
    const SweepPlan plan(request, scene, traits);
    const CutScene cutScene{scene.tokens, static_cast<int>(length), scene.donors};
    SweepValues values(runner, plan.hooks());
    const auto compiled = [&](const SweepCell& cell) {
        return Interventions({sweepCut(request, cell.row, cell.col)}, cutScene, traits, values);
    };
    const std::vector<SweepCell> cells = plan.cells();
    compiled(cells.front()); // a missing donor or reference set is said before anything runs

    const Interventions baseCuts(scene.cuts, cutScene, traits, runner);
    const std::shared_ptr<SideRun> uncut = runner.uncut(scene.tokens);
    const std::shared_ptr<SideRun> base = baseCuts.empty() ? uncut : runner.cut(uncut, baseCuts, {}).side;
    VariantBatch batch(model, *base, baseCuts, runner.positionEmbedding(scene.tokens, &baseCuts), cancel);
    SweepMeter meter(model, scene.tokens, plan.question());

    SweepResult result;
    result.generation = request.run.generation;
    result.over = request.over;
    result.kind = request.kind;
    result.metric = request.metric;
    result.rows = numbered(plan.rows());
    result.cols = plan.columnNames();
    result.uncut = meter.begin(base->last, batch.hooks());
    result.grid.assign(result.rows.size(),
                       std::vector<double>(result.cols.size(), std::numeric_limits<double>::quiet_NaN()));
    CellReporter reporter(result, sink, progress);

    // Rows behind the last that is read change nothing where rows look back only. Attention matrices keep all
    // their columns, which the values that replace them have.
    const bool matrices = touchesMatrix(baseCuts.hooks()) || touchesMatrix(compiled(cells.front()).hooks());
    RowRange rows;
    rows.end = traits.causal && !matrices ? meter.lastRead() + 1 : length;
    rows.lastRowOnly = traits.causal && meter.firstRead() == rows.end - 1;
    Waiting waiting;
    const auto runBatch = [&](const Waiting& cellsAtOnce) {
        const at::Tensor streams = batch.run(cellsAtOnce.variants, rows);
        const std::int64_t first = rows.end - streams.size(1);
        const std::vector<double> found = meter.read(streams, first, batch.hooks());
        for (std::size_t i = 0; i < found.size(); ++i)
            reporter.add(cellsAtOnce.cells[i], found[i]);
        reporter.offer();
    };
    const auto runWaiting = [&] {
        if (waiting.cells.empty()) return;
        waiting.sortByLayer();
        std::vector<Waiting> batches{std::exchange(waiting, {})};
        while (!batches.empty()) {
            const Waiting next = std::move(batches.back());
            batches.pop_back();
            try {
                runBatch(next);
            } catch (const c10::Error& error) { // half as many need half as much
                if (!isOutOfMemory(error) || next.cells.size() < 2) throw;
                batches.push_back(next.part(next.cells.size() / 2, next.cells.size()));
                batches.push_back(next.part(0, next.cells.size() / 2));
            }
        }
    };
    for (const SweepCell& cell : cells) {
        if (cancel.cancelled()) throw CancelledPass{};
        const std::int64_t first = plan.firstRow(cell);
        Variant variant{compiled(cell), {}};
        variant.plan = batch.plan(variant.cut);
        if (first > meter.lastRead() || variant.plan.entry == Entry::Nowhere) {
            reporter.add(cell, request.metric == SweepMetric::Kl ? 0.0 : result.uncut);
            reporter.offer();
            continue;
        }
        const auto count = static_cast<std::int64_t>(waiting.cells.size()) + 1;
        if (count * (rows.end - rows.first) > (first == rows.first ? rowsAtATime : rowsToJoin)) runWaiting();
        if (waiting.cells.empty()) rows.first = first;
        waiting.cells.push_back(cell);
        waiting.variants.push_back(std::move(variant));
    }
    runWaiting();
    reporter.finish();

    std::int64_t missing = 0;
    for (const std::vector<double>& line : result.grid)
        missing += std::count_if(line.begin(), line.end(), [](double value) { return std::isnan(value); });
    if (missing > 0)
        result.warnings.push_back(std::to_string(missing) + " of " + std::to_string(result.cells) +
                                  " cells have no value: their cuts made numbers NaN or infinite.");
    if (request.kind == CutKind::Mean && runner.referencePrompts().empty())
        result.warnings.push_back("There is no reference set: the mean is that of this prompt.");
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return result;
}

} // namespace cutaway::engine
