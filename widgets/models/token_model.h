// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/run_result.h"

#include <QAbstractListModel>
#include <QString>

#include <vector>

namespace cutaway::widgets {

/// One token as its chip shows it.
struct TokenChip {
    QString text;       ///< visible form (visibleToken)
    double prob = -1.0; ///< probability the model gave this token where it stands; below 0: none (the first)
    QString expected;   ///< tooltip: what the model expected here, in words; may hold several lines
    bool generated = false; ///< appended by stepping
    bool hidden = false;    ///< no head can see this position (a cut)
    friend bool operator==(const TokenChip&, const TokenChip&) = default;
};

/// Chips for the pieces of a prompt, without probabilities.
std::vector<TokenChip> chipsOf(const std::vector<TokenPiece>& pieces);

/// The tokens of one lane as an item model: one row a position.
class TokenModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { ProbabilityRole = Qt::UserRole + 1, WeightRole, GeneratedRole, HiddenRole };

    explicit TokenModel(QObject* parent = nullptr);

    /// Replaces the chips; rows that are equal to what stood there are not touched.
    void setChips(std::vector<TokenChip> chips);
    const std::vector<TokenChip>& chips() const { return m_chips; }
    /// How much the hovered or chosen query looks at each position, 0…1; empty for none.
    void setWeights(std::vector<float> weights);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    std::vector<TokenChip> m_chips;
    std::vector<float> m_weights;
};

} // namespace cutaway::widgets
