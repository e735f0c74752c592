// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/analysis.h"

#include <array>
#include <utility>

namespace cutaway {

namespace {

constexpr std::array overNames{std::pair{SweepOver::Heads, "heads"},
                               std::pair{SweepOver::Q, "q"},
                               std::pair{SweepOver::K, "k"},
                               std::pair{SweepOver::V, "v"},
                               std::pair{SweepOver::Z, "z"},
                               std::pair{SweepOver::Pattern, "pattern"},
                               std::pair{SweepOver::Attn, "attn"},
                               std::pair{SweepOver::Mlp, "mlp"},
                               std::pair{SweepOver::Blocks, "blocks"},
                               std::pair{SweepOver::Resid, "resid"},
                               std::pair{SweepOver::ResidMid, "resid_mid"},
                               std::pair{SweepOver::ResidPost, "resid_post"},
                               std::pair{SweepOver::AttnOut, "attn_out"},
                               std::pair{SweepOver::MlpOut, "mlp_out"}};

constexpr std::array metricNames{std::pair{SweepMetric::LogitDiff, "logit_diff"},
                                 std::pair{SweepMetric::Logit, "logit"}, std::pair{SweepMetric::Prob, "prob"},
                                 std::pair{SweepMetric::Kl, "kl"}, std::pair{SweepMetric::Loss, "loss"}};

template <class Table, class Value> const char* nameIn(const Table& table, Value value) {
    for (const auto& [known, name] : table)
        if (known == value) return name;
    return table.front().second;
}

template <class Value, class Table>
std::optional<Value> valueIn(const Table& table, const std::string& wanted) {
    for (const auto& [value, name] : table)
        if (wanted == name) return value;
    return std::nullopt;
}

Target hookTarget(HookKind hook, int layer, std::vector<int> index) {
    Target target{TargetKind::Hook, layer};
    target.hook = hook;
    target.hookIndex = std::move(index);
    return target;
}

/// What a cell's cut acts on; a hook that has a short name is called by it, as the text form does.
Target targetOf(SweepOver over, int row, int col) {
    switch (over) {
    case SweepOver::Heads:
    case SweepOver::Z:
        return {TargetKind::Head, row, col};
    case SweepOver::Q:
        return hookTarget(HookKind::Q, row, {col});
    case SweepOver::K:
        return hookTarget(HookKind::K, row, {col});
    case SweepOver::V:
        return hookTarget(HookKind::V, row, {col});
    case SweepOver::Pattern:
        return hookTarget(HookKind::Pattern, row, {col});
    case SweepOver::Attn:
    case SweepOver::AttnOut:
        return {TargetKind::Attention, row};
    case SweepOver::Mlp:
    case SweepOver::MlpOut:
        return {TargetKind::Mlp, row};
    case SweepOver::Blocks:
        return {TargetKind::Block, row};
    case SweepOver::Resid:
        return hookTarget(HookKind::ResidPre, row, {});
    case SweepOver::ResidMid:
        return hookTarget(HookKind::ResidMid, row, {});
    case SweepOver::ResidPost:
        return hookTarget(HookKind::ResidPost, row, {});
    }
    return {};
}

} // namespace

const char* sweepOverName(SweepOver over) {
    return nameIn(overNames, over);
}
const char* sweepMetricName(SweepMetric metric) {
    return nameIn(metricNames, metric);
}
std::optional<SweepOver> sweepOverFrom(const std::string& name) {
    return valueIn<SweepOver>(overNames, name);
}
std::optional<SweepMetric> sweepMetricFrom(const std::string& name) {
    return valueIn<SweepMetric>(metricNames, name);
}

SweepColumns sweepColumns(SweepOver over) {
    switch (over) {
    case SweepOver::Heads:
    case SweepOver::Q:
    case SweepOver::Z:
    case SweepOver::Pattern:
        return SweepColumns::Heads;
    case SweepOver::K:
    case SweepOver::V:
        return SweepColumns::KeyValueHeads;
    case SweepOver::Attn:
    case SweepOver::Mlp:
    case SweepOver::Blocks:
        return SweepColumns::All;
    case SweepOver::Resid:
    case SweepOver::ResidMid:
    case SweepOver::ResidPost:
    case SweepOver::AttnOut:
    case SweepOver::MlpOut:
        break;
    }
    return SweepColumns::Positions;
}

Cut sweepCut(const SweepRequest& request, int row, int col) {
    Cut cut;
    cut.kind = request.kind;
    cut.targets = {targetOf(request.over, row, col)};
    if (sweepColumns(request.over) == SweepColumns::Positions) {
        cut.positions.kind = Positions::Kind::Items;
        cut.positions.items = {{PositionItem::Kind::Single, col, 0}};
    }
    // A mean of attention is one of prompts of equal length, position by position (design: terms).
    cut.byPosition = request.kind == CutKind::Mean && request.over == SweepOver::Pattern;
    return cut;
}

} // namespace cutaway
