// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <QWidget>

#include <functional>

QT_BEGIN_NAMESPACE
class QMenu;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::app {

/// Whether heads can be sorted by what cutting them does.
struct EffectSort {
    bool known = false;
    QString reason; ///< why not, one short phrase
    QString offer;  ///< how they come to be known ("Sweep all heads, about 7 s"); empty: they cannot
};

/// How the Attention view shows heads, at the right of the tabs: raw or value-weighted, sorted, the first
/// token folded.
class AttentionTools : public QWidget {
    Q_OBJECT
public:
    explicit AttentionTools(QWidget* parent = nullptr);

    /// `folded` is what is shown, whoever decided it.
    void setView(const session::View& view, bool folded);
    void setEffects(const EffectSort& effects);

    QToolButton* value() const { return m_value; }
    QToolButton* sort() const { return m_sort; }
    QToolButton* fold() const { return m_fold; }

Q_SIGNALS:
    void weightedChosen(bool weighted);
    void sortChosen(cutaway::session::HeadSort sort);
    void foldChosen(bool folded);
    void sweepRequested();

private:
    void fillSort();

    QToolButton *m_value, *m_sort, *m_fold;
    QMenu *m_values, *m_sorts;
    session::HeadSort m_shown = session::HeadSort::Layer;
    EffectSort m_effects;
};

} // namespace cutaway::app
