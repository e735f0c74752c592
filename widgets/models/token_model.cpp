// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/token_model.h"

#include "widgets/util/text.h"

#include <algorithm>

namespace cutaway::widgets {

std::vector<TokenChip> chipsOf(const std::vector<TokenPiece>& pieces) {
    std::vector<TokenChip> chips;
    chips.reserve(pieces.size());
    for (const TokenPiece& piece : pieces) {
        TokenChip chip;
        chip.text = visibleToken(piece, chips.empty());
        chips.push_back(std::move(chip));
    }
    return chips;
}

TokenModel::TokenModel(QObject* parent) : QAbstractListModel(parent) {}

void TokenModel::setChips(std::vector<TokenChip> chips) {
    const auto oldCount = static_cast<int>(m_chips.size());
    const auto newCount = static_cast<int>(chips.size());
    const int common = std::min(oldCount, newCount);
    if (newCount < oldCount) {
        beginRemoveRows({}, newCount, oldCount - 1);
        m_chips.resize(static_cast<std::size_t>(newCount));
        endRemoveRows();
    }
    int first = -1;
    int last = -1;
    for (int i = 0; i < common; ++i) {
        TokenChip& mine = m_chips[static_cast<std::size_t>(i)];
        TokenChip& theirs = chips[static_cast<std::size_t>(i)];
        if (mine == theirs) continue;
        mine = std::move(theirs);
        if (first < 0) first = i;
        last = i;
    }
    if (newCount > oldCount) {
        beginInsertRows({}, oldCount, newCount - 1);
        std::move(chips.begin() + oldCount, chips.end(), std::back_inserter(m_chips));
        endInsertRows();
    }
    if (first >= 0) Q_EMIT dataChanged(index(first), index(last));
}

void TokenModel::setWeights(std::vector<float> weights) {
    if (weights == m_weights) return;
    m_weights = std::move(weights);
    if (!m_chips.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1), {WeightRole});
}

int TokenModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_chips.size());
}

QVariant TokenModel::data(const QModelIndex& at, int role) const {
    if (!checkIndex(at, CheckIndexOption::IndexIsValid)) return {};
    const auto row = static_cast<std::size_t>(at.row());
    const TokenChip& chip = m_chips[row];
    switch (role) {
    case Qt::DisplayRole:
        return chip.text;
    case Qt::ToolTipRole:
        // Escaped, so that markup in a token stays text (tooltips guess at rich text).
        return chip.expected.isEmpty()
                   ? QVariant()
                   : QStringLiteral("<p style='white-space:pre'>%1</p>").arg(chip.expected.toHtmlEscaped());
    case Qt::AccessibleTextRole: {
        QString said = tr("%1, position %2").arg(chip.text).arg(at.row());
        if (chip.prob >= 0.0) said += tr(", probability %1").arg(formatProb(chip.prob));
        if (chip.hidden) said += tr(", hidden from all heads");
        return said;
    }
    case Qt::AccessibleDescriptionRole:
        return chip.expected;
    case ProbabilityRole:
        return chip.prob;
    case WeightRole:
        return row < m_weights.size() ? QVariant(m_weights[row]) : QVariant();
    case GeneratedRole:
        return chip.generated;
    case HiddenRole:
        return chip.hidden;
    default:
        return {};
    }
}

} // namespace cutaway::widgets
