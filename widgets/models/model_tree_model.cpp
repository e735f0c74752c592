// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/model_tree_model.h"

#include "widgets/util/text.h"

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {

// internalId: 0 for top rows, layer + 1 for what a layer holds.
constexpr quintptr kTop = 0;

/// Whether a cut on `whole` touches `part` (`*` is anyIndex).
bool covers(const Target& whole, const Target& part) {
    const auto same = [](int a, int b) { return a == anyIndex || a == b; };
    if (!same(whole.layer, part.layer)) return false;
    if (whole.kind == part.kind) return whole.hook == part.hook && same(whole.index, part.index);
    if (whole.kind == TargetKind::Block)
        return part.kind == TargetKind::Head || part.kind == TargetKind::Mlp ||
               part.kind == TargetKind::Expert || part.kind == TargetKind::Attention;
    if (whole.kind == TargetKind::Mlp) return part.kind == TargetKind::Expert;
    return whole.kind == TargetKind::Attention && part.kind == TargetKind::Head;
}

} // namespace

ModelTreeModel::ModelTreeModel(QObject* parent) : QAbstractItemModel(parent) {}

void ModelTreeModel::setTraits(const ModelTraits& traits) {
    if (traits == m_traits) return;
    beginResetModel();
    m_traits = traits;
    m_cuts.clear();
    m_headEffects.clear();
    m_mlpEffects.clear();
    m_layerEffects.clear();
    m_scale = 0.0;
    endResetModel();
}

void ModelTreeModel::setCuts(std::vector<Target> targets) {
    if (targets == m_cuts) return;
    m_cuts = std::move(targets);
    repaintAll();
}

void ModelTreeModel::setEffects(std::vector<std::vector<std::optional<double>>> heads,
                                std::vector<std::optional<double>> mlps,
                                std::vector<std::optional<double>> layers) {
    m_headEffects = std::move(heads);
    m_mlpEffects = std::move(mlps);
    m_layerEffects = std::move(layers);
    m_scale = 0.0;
    const auto reach = [this](const std::vector<std::optional<double>>& effects) {
        for (const auto& effect : effects)
            m_scale = std::max(m_scale, std::abs(effect.value_or(0.0)));
    };
    for (const auto& layer : m_headEffects)
        reach(layer);
    reach(m_mlpEffects);
    reach(m_layerEffects);
    repaintAll();
}

void ModelTreeModel::setEffectsStale(bool stale) {
    if (stale == m_effectsStale) return;
    m_effectsStale = stale;
    repaintAll();
}

void ModelTreeModel::repaintAll() {
    const int top = rowCount();
    if (top == 0) return;
    Q_EMIT dataChanged(index(0, 0), index(top - 1, 0));
    for (int row = 0; row < top; ++row) {
        const QModelIndex layer = index(row, 0);
        if (const int inside = rowCount(layer); inside > 0)
            Q_EMIT dataChanged(index(0, 0, layer), index(inside - 1, 0, layer));
    }
}

QModelIndex ModelTreeModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    // Row 0 is the embedding, so the row of a layer is its number + 1, which is the id of what it holds.
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) : kTop);
}

QModelIndex ModelTreeModel::parent(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == kTop) return {};
    return createIndex(static_cast<int>(index.internalId()), 0, kTop);
}

int ModelTreeModel::rowCount(const QModelIndex& parent) const {
    if (m_traits.nLayers == 0) return 0;
    if (!parent.isValid()) return 1 + m_traits.nLayers + (m_traits.finalNorm && m_traits.hasNorm() ? 1 : 0);
    if (parent.column() != 0 || parent.internalId() != kTop) return 0;
    const bool layer = parent.row() >= 1 && parent.row() <= m_traits.nLayers;
    if (!layer) return 0;
    const int experts = m_traits.sparseAt(parent.row() - 1) ? m_traits.nExperts : 0;
    return m_traits.nHeads + (m_traits.hasMlp() ? 1 : 0) + experts;
}

int ModelTreeModel::columnCount(const QModelIndex&) const {
    return 1;
}

Target ModelTreeModel::targetOf(const QModelIndex& index) const {
    Target target;
    if (index.internalId() == kTop) {
        if (index.row() == 0) {
            target.kind = TargetKind::Hook;
            target.hook = HookKind::Embed;
        } else if (index.row() <= m_traits.nLayers) {
            target.kind = TargetKind::Block;
            target.layer = index.row() - 1;
        } else {
            target.kind = TargetKind::NormFinal;
        }
        return target;
    }
    target.layer = static_cast<int>(index.internalId()) - 1;
    if (index.row() < m_traits.nHeads) {
        target.kind = TargetKind::Head;
        target.index = index.row();
    } else if (index.row() == m_traits.nHeads) {
        target.kind = TargetKind::Mlp;
    } else {
        target.kind = TargetKind::Expert;
        target.index = index.row() - m_traits.nHeads - 1;
    }
    return target;
}

QModelIndex ModelTreeModel::indexOf(const Target& target) const {
    const auto layer = [&] { return target.layer >= 0 ? index(target.layer + 1, 0) : QModelIndex(); };
    switch (target.kind) {
    case TargetKind::Hook:
        return target.hook == HookKind::Embed ? index(0, 0) : QModelIndex();
    case TargetKind::Block:
    case TargetKind::Attention:
        return target.layer < m_traits.nLayers ? layer() : QModelIndex();
    case TargetKind::Head:
    case TargetKind::Edge:
        return target.layer < m_traits.nLayers && target.index >= 0 && target.index < m_traits.nHeads &&
                       layer().isValid()
                   ? index(target.index, 0, layer())
                   : QModelIndex();
    case TargetKind::Mlp:
        return target.layer < m_traits.nLayers && m_traits.hasMlp() && layer().isValid()
                   ? index(m_traits.nHeads, 0, layer())
                   : QModelIndex();
    case TargetKind::Expert:
        return m_traits.sparseAt(target.layer) && target.index >= 0 && target.index < m_traits.nExperts &&
                       layer().isValid()
                   ? index(m_traits.nHeads + 1 + target.index, 0, layer())
                   : QModelIndex();
    case TargetKind::NormFinal:
        return index(m_traits.nLayers + 1, 0);
    default:
        return {};
    }
}

QString ModelTreeModel::nameOf(const Target& target) const {
    switch (target.kind) {
    case TargetKind::Block:
        return tr("Layer %1").arg(target.layer);
    case TargetKind::Head:
        return QStringLiteral("H%1").arg(target.index);
    case TargetKind::Mlp:
        return QStringLiteral("mlp");
    case TargetKind::Expert:
        return QStringLiteral("E%1").arg(target.index);
    case TargetKind::NormFinal:
        return tr("Final norm");
    default:
        return tr("Embedding");
    }
}

bool ModelTreeModel::isCut(const Target& target) const {
    return std::any_of(m_cuts.begin(), m_cuts.end(), [&](const Target& cut) { return covers(cut, target); });
}

std::optional<double> ModelTreeModel::effectOf(const Target& target) const {
    const auto layer = static_cast<std::size_t>(std::max(target.layer, 0));
    if (target.kind == TargetKind::Head && layer < m_headEffects.size() &&
        static_cast<std::size_t>(target.index) < m_headEffects[layer].size())
        return m_headEffects[layer][static_cast<std::size_t>(target.index)];
    if (target.kind == TargetKind::Mlp && layer < m_mlpEffects.size()) return m_mlpEffects[layer];
    if (target.kind == TargetKind::Block && layer < m_layerEffects.size()) return m_layerEffects[layer];
    return std::nullopt;
}

QVariant ModelTreeModel::data(const QModelIndex& at, int role) const {
    if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
    const Target target = targetOf(at);
    switch (role) {
    case Qt::DisplayRole:
        return nameOf(target);
    case Qt::AccessibleTextRole: {
        QString said = nameOf(target);
        if (target.kind == TargetKind::Head)
            said = tr("Layer %1 head %2").arg(target.layer).arg(target.index);
        if (target.kind == TargetKind::Expert)
            said = tr("Layer %1 expert %2").arg(target.layer).arg(target.index);
        if (target.kind == TargetKind::Mlp) said = tr("Layer %1 MLP").arg(target.layer);
        if (isCut(target)) said += tr(", cut");
        if (const auto effect = effectOf(target)) said += tr(", effect %1 logits").arg(formatSigned(*effect));
        return said;
    }
    case Qt::ToolTipRole:
        if (const auto effect = effectOf(target)) {
            const QString value = formatSigned(*effect, std::max(2, decimalsFor(std::abs(*effect))));
            QString said = m_effectWords.isEmpty() ? tr("Effect of cutting it: %1 logits").arg(value)
                                                   : tr("%1 logits: %2").arg(value, m_effectWords);
            if (m_effectsStale) said += tr(" (before the last change)");
            return tipText(said);
        }
        return {};
    case TargetRole:
        return QVariant::fromValue(target);
    case CutRole:
        return isCut(target);
    case EffectRole: {
        const auto effect = effectOf(target);
        return effect ? QVariant(*effect) : QVariant();
    }
    case EffectScaleRole:
        return m_scale;
    case EffectStaleRole:
        return m_effectsStale;
    default:
        return {};
    }
}

} // namespace cutaway::widgets
