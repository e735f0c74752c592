// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/interventions.h"

#include "core/engine/torch/failure.h"
#include "core/types/cut_text.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace cutaway::engine {

namespace {

const std::string operation = "apply cut";

bool isMatrix(const HookPoint& hook) {
    return hookLayout(hook.kind) == HookLayout::HeadMatrix;
}

/// Positions in front: [T, …] as it is, attention matrices [H, T, S] as [T, H, S]. A view, both ways.
at::Tensor rowsFirst(const at::Tensor& x, const HookPoint& hook) {
    return isMatrix(hook) ? x.transpose(0, 1) : x;
}

/// The target's part of a rows-first array: `[i]` and `[i,j]` pick along the axes behind the rows.
at::Tensor part(at::Tensor x, const std::vector<int>& index) {
    for (std::size_t axis = 0; axis < index.size(); ++axis)
        if (index[axis] != anyIndex) x = x.narrow(static_cast<std::int64_t>(axis) + 1, index[axis], 1);
    return x;
}

at::Tensor indexTensor(const std::vector<std::int64_t>& values, const at::Tensor& like) {
    return at::tensor(values, at::TensorOptions().dtype(at::kLong)).to(like.device());
}

/// (1 − w)·own + w·other; the ends exactly, so −∞ never meets 0.
at::Tensor blend(double w, const at::Tensor& own, const at::Tensor& other) {
    if (w == 1.0) return other;
    if (w == 0.0) return own;
    return own * (1.0 - w) + other * w;
}

bool replaces(CutKind kind) {
    return kind == CutKind::Mean || kind == CutKind::Resample || kind == CutKind::Patch ||
           kind == CutKind::Freeze;
}

/// Position-bound sources act on the prompt only: they have no value for generated positions.
bool isPositionBound(const Cut& cut) {
    return cut.kind == CutKind::Patch || cut.kind == CutKind::Resample ||
           (cut.kind == CutKind::Mean && cut.byPosition);
}

/// The value under the cut of `own` [n, …], rows at positions `rows`, from the part of the source and
/// addition that stands beside it.
at::Tensor valueUnderCut(const Intervention& step, const at::Tensor& own, const at::Tensor& source,
                         const at::Tensor& addition) {
    const Cut& cut = step.cut;
    switch (cut.kind) {
    case CutKind::Zero:
        return at::zeros_like(own);
    case CutKind::Scale:
        return cut.amount == 0.0 ? at::zeros_like(own) : own * cut.amount;
    case CutKind::Set:
        return at::full_like(own, cut.amount);
    case CutKind::Noise:
    case CutKind::Steer:
        return own + addition * cut.amount;
    case CutKind::Mean:
    case CutKind::Resample:
    case CutKind::Patch:
    case CutKind::Freeze:
        break;
    }
    return source.expand_as(own);
}

/// Columns of a matrix of another prompt fitted to this one's keys.
at::Tensor fitKeys(const at::Tensor& x, std::int64_t keys, double filler) {
    const std::int64_t have = x.size(-1);
    if (have >= keys) return x.narrow(-1, 0, keys);
    return at::constant_pad_nd(x, {0, keys - have}, filler);
}

} // namespace

std::uint64_t splitmix64(std::uint64_t seed) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

namespace {

/// Fills in rows, sources and additions of one cut's steps.
class Compiler {
public:
    Compiler(const CutScene& scene, const ModelTraits& traits, UncutValues& uncut)
        : m_scene(scene), m_traits(traits), m_uncut(uncut), m_length(static_cast<int>(scene.tokens.size())) {}

    std::vector<Intervention> compile(const Cut& cut) {
        // Checked even where nothing will change, so that a slider at 0 does not hide a mistake.
        std::vector<int> positions =
            valueOrRaise(resolvePositions(cut.positions, m_length, m_scene.promptLength));
        const std::vector<ResolvedTarget> targets = resolveTargets(cut, m_traits);
        std::set<HookPoint> hooks;
        for (const ResolvedTarget& t : targets)
            hooks.insert(t.hook);
        if (cut.strength == 0.0) return {};
        if (isPositionBound(cut)) std::erase_if(positions, [&](int p) { return p >= m_scene.promptLength; });
        const HookValues sources = replaces(cut.kind) ? sourcesOf(cut, hooks) : HookValues{};
        std::vector<Intervention> steps;
        for (const ResolvedTarget& target : targets) {
            Intervention step{cut, target, {}, {}, {}, {}};
            placeRows(step, positions);
            if (const auto source = sources.find(target.hook); source != sources.end())
                placeSource(step, source->second);
            if (cut.kind == CutKind::Noise) step.addition = noise(cut, target.hook);
            if (cut.kind == CutKind::Steer) step.addition = steering(step);
            if (!step.rows.empty()) steps.push_back(std::move(step));
        }
        return steps;
    }

private:
    HookValues sourcesOf(const Cut& cut, const std::set<HookPoint>& hooks) {
        TokenIds prompt = m_scene.tokens;
        prompt.resize(static_cast<std::size_t>(m_scene.promptLength));
        switch (cut.kind) {
        case CutKind::Mean:
            return cut.byPosition ? m_uncut.meansByPosition(prompt, hooks)
                                  : m_uncut.means(prompt, hooks, cut.withBos);
        case CutKind::Resample:
            return m_uncut.values(resampled(cut, prompt), hooks);
        case CutKind::Patch:
            return m_uncut.values(donor(cut), hooks);
        default:
            return m_uncut.values(m_scene.tokens, hooks);
        }
    }

    const TokenIds& resampled(const Cut& cut, const TokenIds& prompt) {
        std::vector<const TokenIds*> candidates;
        for (const TokenIds& p : m_uncut.referencePrompts())
            if (p.size() >= prompt.size() && p != prompt) candidates.push_back(&p);
        if (candidates.empty())
            raise(ErrorCode::NoReference, operation,
                  printCut(cut) + " needs another prompt of at least " + std::to_string(prompt.size()) +
                      " tokens, the reference set has none; name one with --reference");
        return *candidates[splitmix64(cut.seed) % candidates.size()];
    }

    const TokenIds& donor(const Cut& cut) {
        const auto found = m_scene.donors.find(cut.donor);
        if (found == m_scene.donors.end())
            raise(ErrorCode::NoReference, operation,
                  printCut(cut) + " names the donor '" + cut.donor + "', the request has " +
                      (m_scene.donors.empty() ? "none" : "no donor of that name"));
        const int length = static_cast<int>(found->second.size());
        if (cut.map.ranges.empty() && length != m_scene.promptLength)
            raise(ErrorCode::BadCut, operation,
                  printCut(cut) + ": the donor has " + std::to_string(length) + " tokens, the prompt has " +
                      std::to_string(m_scene.promptLength) + "; unequal lengths need map=\"own>donor\"");
        for (const PositionMap::Range& r : cut.map.ranges)
            if (r.own < 0 || r.own + r.length > m_scene.promptLength || r.donor < 0 ||
                r.donor + r.length > length)
                raise(ErrorCode::OutOfRange, operation,
                      printCut(cut) + ": the map goes past the prompt (" +
                          std::to_string(m_scene.promptLength) + " tokens) or the donor (" +
                          std::to_string(length) + " tokens)");
        return found->second;
    }

    void placeRows(Intervention& step, const std::vector<int>& positions) const {
        const ResolvedTarget& t = step.target;
        if (t.edge && std::max(t.query, t.key) >= m_length)
            raise(ErrorCode::OutOfRange, operation,
                  printCut(step.cut) + " names position " + std::to_string(std::max(t.query, t.key)) +
                      ", the sequence has 0 to " + std::to_string(m_length - 1));
        for (const int own : positions) {
            if (t.edge && t.query >= 0 && own != t.query) continue;
            int from = own;
            if (step.cut.kind == CutKind::Patch && !step.cut.map.ranges.empty()) {
                const auto& ranges = step.cut.map.ranges;
                const auto range = std::find_if(ranges.begin(), ranges.end(), [&](const auto& r) {
                    return own >= r.own && own < r.own + r.length;
                });
                if (range == ranges.end()) continue; // a position the map leaves out stays its own
                from = own - range->own + range->donor;
            }
            step.rows.push_back(own);
            step.sourceRows.push_back(from);
        }
    }

    void placeSource(Intervention& step, const at::Tensor& values) const {
        const HookPoint& hook = step.target.hook;
        const bool mean = step.cut.kind == CutKind::Mean && !step.cut.byPosition;
        step.source = mean ? values.unsqueeze(0) : rowsFirst(values, hook);
        if (mean) std::fill(step.sourceRows.begin(), step.sourceRows.end(), 0);
        if (isMatrix(hook))
            step.source =
                fitKeys(step.source, m_length,
                        hook.kind == HookKind::Pattern ? 0.0 : -std::numeric_limits<double>::infinity());
    }

    /// PyTorch's CPU normal generator over the whole hook array, rows first afterwards.
    at::Tensor noise(const Cut& cut, const HookPoint& hook) const {
        const HookShape shape = hookShape(hook.kind, m_traits);
        std::vector<std::int64_t> size{m_length};
        if (isMatrix(hook))
            size = {shape.heads, m_length, m_length};
        else if (shape.heads > 0)
            size = {m_length, shape.heads, shape.width};
        else
            size = {m_length, shape.width};
        at::Generator generator = at::detail::createCPUGenerator(cut.seed);
        return rowsFirst(at::randn(size, generator, at::TensorOptions().dtype(at::kFloat)), hook);
    }

    at::Tensor steering(const Intervention& step) const {
        const Cut& cut = step.cut;
        const at::Tensor vector = m_uncut.vector(cut.vectorFile, cut.vectorKey);
        const HookShape shape = hookShape(step.target.hook.kind, m_traits);
        const std::int64_t width = shape.width;
        const bool whole = shape.heads > 0 && vector.dim() == 2 && vector.size(0) == shape.heads;
        if (!(vector.dim() == 1 || whole) || vector.size(-1) != width)
            raise(ErrorCode::BadCut, operation,
                  printCut(cut) + ": the vector '" + cut.vectorKey + "' has shape " +
                      c10::str(vector.sizes()) + ", expected [" + std::to_string(width) + "]" +
                      (shape.heads > 0
                           ? " or [" + std::to_string(shape.heads) + ", " + std::to_string(width) + "]"
                           : ""));
        const at::Tensor rows =
            vector.dim() == 1 && shape.heads > 0 ? vector.expand({shape.heads, width}) : vector;
        return rows.unsqueeze(0);
    }

    const CutScene& m_scene;
    const ModelTraits& m_traits;
    UncutValues& m_uncut;
    int m_length;
};

/// New entry e′, the row's other entries times (1 − e′)/(1 − e), one key after the other.
/// `pattern` [n, S]: the cut rows of one head; `rows` their positions.
at::Tensor cutEdges(const Intervention& step, at::Tensor pattern, const std::vector<std::int64_t>& rows,
                    const at::Tensor& source, const at::Tensor& addition, bool causal) {
    const std::int64_t keys = pattern.size(1);
    const std::int64_t first = step.target.key >= 0 ? step.target.key : 0;
    const std::int64_t last = step.target.key >= 0 ? step.target.key : keys - 1;
    const at::Tensor query = indexTensor(rows, pattern);
    for (std::int64_t key = first; key <= last && key < keys; ++key) {
        const at::Tensor own = pattern.narrow(1, key, 1); // [n, 1]
        const auto column = [&](const at::Tensor& x) { return x.defined() ? x.narrow(1, key, 1) : x; };
        at::Tensor entry =
            blend(step.cut.strength, own, valueUnderCut(step, own, column(source), column(addition)));
        at::Tensor result = pattern;
        if (step.cut.renormalise) {
            const at::Tensor others =
                pattern.index_fill(1, at::tensor({key}, query.options()), 0).sum(1, true);
            // 1 − e, as the sum of the others where the row sums to 1: no digits lost when e is almost 1.
            const at::Tensor rest = at::where(at::abs(others + own - 1.0) < 1e-4, others, 1.0 - own);
            const at::Tensor factor = at::where(others > 0, (1.0 - entry) / rest, at::ones_like(rest));
            result = pattern * factor;
        }
        result = at::slice_scatter(result, entry, 1, key, key + 1);
        // A causal model has no edge to a later key.
        pattern = causal ? at::where((query >= key).unsqueeze(1), result, pattern) : result;
    }
    return pattern;
}

} // namespace

Interventions::Interventions(const std::vector<Cut>& cuts, const CutScene& scene, const ModelTraits& traits,
                             UncutValues& uncut)
    : m_causal(traits.causal) {
    Compiler compiler(scene, traits, uncut);
    for (const Cut& cut : cuts)
        for (Intervention& step : compiler.compile(cut))
            m_byHook[step.target.hook].push_back(std::move(step));
}

std::vector<HookPoint> Interventions::hooks() const {
    std::vector<HookPoint> list;
    for (const auto& [hook, steps] : m_byHook)
        list.push_back(hook);
    return list;
}

at::Tensor Interventions::apply(const HookPoint& hook, const at::Tensor& activation,
                                std::int64_t firstRow) const {
    const auto found = m_byHook.find(hook);
    if (found == m_byHook.end()) return activation;
    at::Tensor result = activation.clone(at::MemoryFormat::Contiguous);
    const at::Tensor all = rowsFirst(result.select(0, 0), hook); // a view: writing to it writes the result
    for (const Intervention& step : found->second) {
        std::vector<std::int64_t> rows, local, sourceRows;
        for (std::size_t i = 0; i < step.rows.size(); ++i) {
            const std::int64_t row = step.rows[i] - firstRow;
            if (row < 0 || row >= all.size(0)) continue;
            rows.push_back(step.rows[i]);
            local.push_back(row);
            sourceRows.push_back(step.sourceRows[i]);
        }
        if (rows.empty()) continue;
        const at::Tensor where = indexTensor(local, all);
        const at::Tensor target = part(all, step.target.index);
        const at::Tensor own = target.index_select(0, where);
        const auto beside = [&](const at::Tensor& x, const std::vector<std::int64_t>& at) {
            if (!x.defined()) return x;
            at::Tensor chosen = part(x, step.target.index);
            if (chosen.size(0) > 1) chosen = chosen.index_select(0, indexTensor(at, chosen));
            return chosen.to(own.options());
        };
        const at::Tensor source = beside(step.source, sourceRows);
        const at::Tensor addition = beside(step.addition, rows);
        at::Tensor changed;
        if (step.target.edge) { // [n, 1, S]: one head
            const auto flat = [](const at::Tensor& x) { return x.defined() ? x.select(1, 0) : x; };
            changed = cutEdges(step, flat(own), rows, flat(source), flat(addition), m_causal).unsqueeze(1);
        } else {
            changed = blend(step.cut.strength, own, valueUnderCut(step, own, source, addition));
        }
        target.index_copy_(0, where, changed);
    }
    return result;
}

RunHooks::RunHooks(const Interventions* cuts, std::set<HookPoint> wanted)
    : m_cuts(cuts), m_wanted(std::move(wanted)) {}

bool RunHooks::wants(const HookPoint& hook) const {
    return m_wanted.contains(hook) || (m_cuts && m_cuts->touches(hook));
}

at::Tensor RunHooks::at(const HookPoint& hook, at::Tensor activation) {
    if (m_cuts) activation = m_cuts->apply(hook, activation, firstRow);
    if (m_wanted.contains(hook)) captured[hook] = activation.select(0, 0);
    return activation;
}

} // namespace cutaway::engine
