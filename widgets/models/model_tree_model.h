// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"
#include "core/types/model_traits.h"

#include <QAbstractItemModel>
#include <QMetaType>

#include <optional>
#include <vector>

Q_DECLARE_METATYPE(cutaway::Target)

namespace cutaway::widgets {

/// The open model as a tree: embedding, layers with their heads and MLP, final norm. What a row stands for is
/// its TargetRole; what it does to the answer, where that is known, its EffectRole.
class ModelTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        TargetRole = Qt::UserRole + 1, ///< cutaway::Target
        CutRole,                       ///< bool: a cut stands on it, or on everything it holds
        EffectRole,                    ///< double, logits; invalid where not known
        EffectScaleRole,               ///< double: the largest size among all effects, for bars
        EffectStaleRole,               ///< bool: they belong to something else than what is shown
    };

    explicit ModelTreeModel(QObject* parent = nullptr);

    /// Shows another model; default traits show an empty tree.
    void setTraits(const ModelTraits& traits);
    const ModelTraits& traits() const { return m_traits; }
    /// The targets of all enabled cuts.
    void setCuts(std::vector<Target> targets);
    /// Effects of cutting: [layer][head], and a value a layer for MLPs and for whole layers. Empty vectors:
    /// nothing known.
    void setEffects(std::vector<std::vector<std::optional<double>>> heads,
                    std::vector<std::optional<double>> mlps, std::vector<std::optional<double>> layers = {});
    /// What was cut and measured, for tips: "cut alone, to its reference mean".
    void setEffectWords(const QString& words) { m_effectWords = words; }
    void setEffectsStale(bool stale);

    /// The row of a target; invalid if the tree has none.
    QModelIndex indexOf(const Target& target) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    Target targetOf(const QModelIndex& index) const;
    QString nameOf(const Target& target) const;
    bool isCut(const Target& target) const;
    std::optional<double> effectOf(const Target& target) const;
    void repaintAll();

    ModelTraits m_traits;
    std::vector<Target> m_cuts;
    std::vector<std::vector<std::optional<double>>> m_headEffects;
    std::vector<std::optional<double>> m_mlpEffects, m_layerEffects;
    QString m_effectWords;
    bool m_effectsStale = false;
    double m_scale = 0.0;
};

} // namespace cutaway::widgets
