// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_cuts.h"

#include "tests/support/torch_normal.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace cutaway::tests {

namespace {

/// Which axis of a hook's array is the token axis: the query axis of attention matrices.
int tokenAxis(HookKind kind) {
    return hookLayout(kind) == HookLayout::HeadMatrix ? 1 : 0;
}

double entry(const Array& a, HookKind kind, int position, const std::vector<int>& rest) {
    if (rest.size() == 1) return a.at(position, rest[0]);
    return tokenAxis(kind) == 1 ? a.at(rest[0], position, rest[1]) : a.at(position, rest[0], rest[1]);
}

double& entry(Array& a, HookKind kind, int position, const std::vector<int>& rest) {
    if (rest.size() == 1) return a.at(position, rest[0]);
    return tokenAxis(kind) == 1 ? a.at(rest[0], position, rest[1]) : a.at(position, rest[0], rest[1]);
}

/// The two or one axes beside the token axis, every combination.
std::vector<std::vector<int>> everyRest(const Array& a, HookKind kind) {
    std::vector<std::vector<int>> all;
    if (a.shape.size() == 2) {
        for (int i = 0; i < a.shape[1]; ++i)
            all.push_back({i});
        return all;
    }
    const int first = tokenAxis(kind) == 1 ? a.shape[0] : a.shape[1];
    for (int i = 0; i < first; ++i)
        for (int j = 0; j < a.shape[2]; ++j)
            all.push_back({i, j});
    return all;
}

/// `[index]` is a head on per-head hooks, else the last axis; `[i,j]` head, then dimension.
bool selected(const std::vector<int>& index, const std::vector<int>& rest) {
    for (std::size_t i = 0; i < index.size(); ++i)
        if (index[i] != anyIndex && index[i] != rest[i]) return false;
    return true;
}

bool among(const Positions& positions, int position, int length, int promptLength) {
    if (positions.kind == Positions::Kind::All) return true;
    if (positions.kind == Positions::Kind::Generated) return promptLength >= 0 && position >= promptLength;
    const auto place = [&](int p) { return p < 0 ? length + p : p; };
    return std::any_of(positions.items.begin(), positions.items.end(), [&](const PositionItem& item) {
        if (item.kind == PositionItem::Kind::Single) return place(item.first) == position;
        return place(item.first) <= position && position <= place(item.last);
    });
}

std::uint64_t splitmix64(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

double blend(double w, double own, double other) {
    if (w == 1) return other; // also where own is −∞
    if (w == 0) return own;
    return (1 - w) * own + w * other;
}

} // namespace

/// A cut with the arrays its values come from.
struct ReferenceCuts::Job {
    const Cut& cut;
    int length = 0;
    std::map<HookPoint, Array> source; ///< mean, resample, patch, freeze: what replaces; noise: what is added
};

std::vector<ReferenceCuts::Touch> ReferenceCuts::touches(const Cut& cut) const {
    const ReferenceConfig& c = m_model.config();
    std::vector<Touch> all;
    for (const Target& t : cut.targets)
        for (int layer = 0; layer < c.layers; ++layer) {
            if (t.layer != anyIndex && t.layer != layer) continue;
            switch (t.kind) {
            case TargetKind::Head:
                all.push_back({{HookKind::Z, layer}, {t.index}});
                break;
            case TargetKind::Attention:
                all.push_back({{HookKind::AttnOut, layer}, {}});
                break;
            case TargetKind::Mlp:
                all.push_back({{HookKind::MlpOut, layer}, {}});
                break;
            case TargetKind::Block:
                all.push_back({{HookKind::AttnOut, layer}, {}});
                if (c.mlpWidth > 0) all.push_back({{HookKind::MlpOut, layer}, {}});
                break;
            case TargetKind::Neuron:
                all.push_back({{HookKind::MlpPost, layer}, {t.index}});
                break;
            case TargetKind::Edge:
                all.push_back({{HookKind::Pattern, layer}, {t.index}, true, t.query, t.key});
                break;
            case TargetKind::Norm1:
                all.push_back({{HookKind::Ln1Scale, layer}, {}});
                break;
            case TargetKind::Norm2:
                all.push_back({{HookKind::Ln2Scale, layer}, {}});
                break;
            case TargetKind::NormFinal:
                if (layer == 0) all.push_back({{HookKind::LnFinalScale, -1}, {}});
                break;
            case TargetKind::Hook:
                if (isPerLayer(t.hook))
                    all.push_back({{t.hook, layer}, t.hookIndex});
                else if (layer == 0)
                    all.push_back({{t.hook, -1}, t.hookIndex});
                break;
            case TargetKind::Feature:
            case TargetKind::Expert:
                throw std::runtime_error("the slow model has no features and no experts");
            }
        }
    return all;
}

/// The mean over the reference set: a row that stands at every position, or one row a position.
Array ReferenceCuts::mean(const Cut& cut, const HookPoint& hook, const std::vector<int>& tokens) const {
    std::vector<std::vector<int>> prompts = m_world.reference;
    if (prompts.empty()) prompts = {tokens};
    const int length = static_cast<int>(tokens.size());
    Array like = m_model.capture(tokens).at(hook);
    Array total(like.shape), count(like.shape);
    for (const std::vector<int>& prompt : prompts) {
        const Array value = m_model.capture(prompt).at(hook);
        const int rows = static_cast<int>(prompt.size());
        for (int from = cut.withBos || cut.byPosition ? 0 : 1; from < rows; ++from)
            for (int to = 0; to < length; ++to) {
                if (cut.byPosition && from != to) continue;
                for (const std::vector<int>& rest : everyRest(total, hook.kind)) {
                    entry(total, hook.kind, to, rest) += entry(value, hook.kind, from, rest);
                    entry(count, hook.kind, to, rest) += 1;
                }
            }
    }
    for (std::size_t i = 0; i < total.values.size(); ++i)
        total.values[i] /= count.values[i];
    return total;
}

double ReferenceCuts::valueUnderCut(const Job& job, const HookPoint& hook, int position,
                                    const std::vector<int>& rest, double own) const {
    const Cut& cut = job.cut;
    switch (cut.kind) {
    case CutKind::Zero:
        return 0;
    case CutKind::Scale:
        return cut.amount == 0 ? 0 : own * cut.amount;
    case CutKind::Set:
        return cut.amount;
    case CutKind::Noise:
        return own + cut.amount * entry(job.source.at(hook), hook.kind, position, rest);
    case CutKind::Steer: {
        const Array& vector = m_world.vectors.at(cut.vectorKey);
        const double along = vector.shape.size() == 2 ? vector.at(rest[0], rest[1]) : vector.at(rest.back());
        return own + cut.amount * along;
    }
    case CutKind::Mean:
    case CutKind::Resample:
    case CutKind::Freeze:
        return entry(job.source.at(hook), hook.kind, position, rest);
    case CutKind::Patch: {
        if (cut.map.ranges.empty()) return entry(job.source.at(hook), hook.kind, position, rest);
        for (const PositionMap::Range& range : cut.map.ranges)
            if (position >= range.own && position < range.own + range.length)
                return entry(job.source.at(hook), hook.kind, position - range.own + range.donor, rest);
        return own; // a position that the map leaves out
    }
    }
    throw std::runtime_error("a kind the slow model does not know");
}

void ReferenceCuts::apply(const Job& job, const Touch& touch, Array& array) const {
    if (touch.edge) return applyEdge(job, touch, array);
    for (int position = 0; position < job.length; ++position) {
        if (!among(job.cut.positions, position, job.length, m_world.promptLength)) continue;
        for (const std::vector<int>& rest : everyRest(array, touch.hook.kind)) {
            if (!selected(touch.index, rest)) continue;
            double& value = entry(array, touch.hook.kind, position, rest);
            value = blend(job.cut.strength, value, valueUnderCut(job, touch.hook, position, rest, value));
        }
    }
}

/// New entry e′, the row's other entries times (1 − e′)/(1 − e), unless renorm=0. One edge after the other.
void ReferenceCuts::applyEdge(const Job& job, const Touch& touch, Array& pattern) const {
    for (int head = 0; head < pattern.shape[0]; ++head)
        for (int query = 0; query < job.length; ++query)
            for (int key = 0; key < job.length; ++key) {
                if (touch.index.front() != anyIndex && touch.index.front() != head) continue;
                if (touch.query != anyIndex && touch.query != query) continue;
                if (touch.key != anyIndex && touch.key != key) continue;
                if (m_model.config().causal && key > query) continue; // there is no such edge
                const double e = pattern.at(head, query, key);
                const double changed =
                    blend(job.cut.strength, e, valueUnderCut(job, touch.hook, query, {head, key}, e));
                double others = 0;
                for (int k = 0; k < job.length; ++k)
                    if (k != key) others += pattern.at(head, query, k);
                for (int k = 0; k < job.length; ++k)
                    if (k != key && job.cut.renormalise && others > 0)
                        pattern.at(head, query, k) *= (1 - changed) / (1 - e);
                pattern.at(head, query, key) = changed;
            }
}

Captures ReferenceCuts::run(const std::vector<int>& tokens, const std::vector<Cut>& cuts) const {
    const int length = static_cast<int>(tokens.size());
    const Captures uncut = m_model.capture(tokens);
    std::vector<Job> jobs;
    std::vector<std::vector<Touch>> touched;
    for (const Cut& cut : cuts) {
        Job job{cut, length, {}};
        const std::vector<Touch> places = touches(cut);
        Captures other;
        if (cut.kind == CutKind::Freeze) other = uncut;
        if (cut.kind == CutKind::Patch) other = m_model.capture(m_world.donors.at(cut.donor));
        if (cut.kind == CutKind::Resample) {
            std::vector<std::vector<int>> candidates;
            for (const std::vector<int>& prompt : m_world.reference)
                if (prompt.size() >= tokens.size() && prompt != tokens) candidates.push_back(prompt);
            if (candidates.empty()) throw std::runtime_error("no reference prompt to resample from");
            other = m_model.capture(candidates[splitmix64(cut.seed) % candidates.size()]);
        }
        for (const Touch& touch : places) {
            if (cut.kind == CutKind::Mean) job.source[touch.hook] = mean(cut, touch.hook, tokens);
            if (cut.kind == CutKind::Noise) {
                Array normal = uncut.at(touch.hook);
                normal.values = torchNormal(cut.seed, normal.values.size());
                job.source[touch.hook] = std::move(normal);
            }
            if (!other.empty()) job.source[touch.hook] = other.at(touch.hook);
        }
        jobs.push_back(std::move(job));
        touched.push_back(places);
    }
    Captures captures;
    m_model.run(tokens, [&](const HookPoint& hook, Array& array) {
        for (std::size_t i = 0; i < jobs.size(); ++i)
            for (const Touch& touch : touched[i])
                if (touch.hook == hook) apply(jobs[i], touch, array);
        captures[hook] = array;
    });
    return captures;
}

std::vector<int> ReferenceCuts::generate(std::vector<int> tokens, const std::vector<Cut>& cuts,
                                         int count) const {
    ReferenceCuts inner = *this;
    inner.m_world.promptLength = static_cast<int>(tokens.size());
    for (int step = 0; step < count; ++step) {
        const Array logits = inner.run(tokens, cuts).at({HookKind::Logits, -1});
        const auto row = logits.values.end() - logits.shape[1];
        tokens.push_back(static_cast<int>(std::max_element(row, logits.values.end()) - row));
    }
    return tokens;
}

} // namespace cutaway::tests
