// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/attention_tools.h"

#include "app/gui/present_attention.h"

#include <QAction>
#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>

namespace cutaway::app {

using session::HeadSort;

namespace {

constexpr HeadSort sorts[] = {HeadSort::Layer,     HeadSort::Previous,  HeadSort::First,
                              HeadSort::Duplicate, HeadSort::Induction, HeadSort::Effect};

/// What a sort looks for, in a sentence.
QString sortTip(HeadSort sort) {
    switch (sort) {
    case HeadSort::Layer:
        return AttentionTools::tr("In the order of the model");
    case HeadSort::Previous:
        return AttentionTools::tr("How much a token looks at the one before it");
    case HeadSort::First:
        return AttentionTools::tr("How much rests on the first token");
    case HeadSort::Duplicate:
        return AttentionTools::tr("How much a token looks at the same token earlier");
    case HeadSort::Induction:
        return AttentionTools::tr("How much a token looks at what followed the same token earlier");
    case HeadSort::Effect:
        return AttentionTools::tr("How far cutting the head alone moves the answer");
    }
    return {};
}

} // namespace

AttentionTools::AttentionTools(QWidget* parent)
    : QWidget(parent), m_value(new QToolButton), m_sort(new QToolButton), m_fold(new QToolButton),
      m_values(new QMenu(this)), m_sorts(new QMenu(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    for (QToolButton* button : {m_value, m_sort, m_fold}) {
        button->setProperty("role", QStringLiteral("choice"));
        button->setCursor(Qt::PointingHandCursor);
        button->setFocusPolicy(Qt::TabFocus);
        row->addWidget(button);
    }
    m_value->setMenu(m_values);
    m_value->setPopupMode(QToolButton::InstantPopup);
    m_values->setToolTipsVisible(true);
    for (const bool weighted : {false, true}) {
        QAction* action = m_values->addAction(weighted ? tr("value-weighted") : tr("raw"));
        action->setCheckable(true);
        action->setToolTip(weighted ? tr("Attention times how much each token's value writes to the residual "
                                         "stream: ‖A·v·W_O‖")
                                    : tr("Attention as the softmax gives it: each row sums to 1"));
        connect(action, &QAction::triggered, this, [this, weighted] { Q_EMIT weightedChosen(weighted); });
    }
    m_sort->setMenu(m_sorts);
    m_sort->setPopupMode(QToolButton::InstantPopup);
    m_sorts->setToolTipsVisible(true);
    connect(m_sorts, &QMenu::aboutToShow, this, &AttentionTools::fillSort);
    fillSort();
    m_fold->setCheckable(true);
    connect(m_fold, &QToolButton::clicked, this, &AttentionTools::foldChosen);
    setView({}, false);
    hide(); // until there is a model
}

void AttentionTools::setView(const session::View& view, bool folded) {
    m_shown = view.sort;
    m_value->setText(tr("%1 ▾").arg(view.weighted ? tr("value-weighted") : tr("raw")));
    m_value->setAccessibleName(view.weighted ? tr("Values shown: value-weighted") : tr("Values shown: raw"));
    m_value->setToolTip(view.weighted ? tr("Attention times what the token's value writes: ‖A·v·W_O‖")
                                      : tr("Attention as the softmax gives it"));
    m_values->actions().at(0)->setChecked(!view.weighted);
    m_values->actions().at(1)->setChecked(view.weighted);
    m_sort->setText(tr("sort: %1 ▾").arg(sortName(view.sort)));
    m_sort->setAccessibleName(tr("Heads sorted by %1").arg(sortName(view.sort)));
    m_sort->setToolTip(view.sort == HeadSort::Layer
                           ? sortTip(view.sort)
                           : tr("%1, most first. Heads are placed by the uncut run, so that they stay while "
                                "you cut.")
                                 .arg(sortTip(view.sort)));
    m_fold->setText(folded ? tr("⌂ folded") : tr("⌂ unfolded"));
    m_fold->setChecked(folded);
    m_fold->setToolTip(folded ? tr("The first token is a bar at the margin; the rest keeps its values. Press "
                                   "to show it as a column.")
                              : tr("The first token is a column like the others. Press to make it a bar at "
                                   "the margin."));
}

void AttentionTools::setEffects(const EffectSort& effects) {
    m_effects = effects;
}

void AttentionTools::fillSort() {
    m_sorts->clear();
    for (const HeadSort sort : sorts) {
        const bool able = sort != HeadSort::Effect || m_effects.known;
        QAction* action =
            m_sorts->addAction(able ? sortName(sort) : tr("%1 (%2)").arg(sortName(sort), m_effects.reason));
        action->setCheckable(true);
        action->setChecked(sort == m_shown);
        action->setEnabled(able);
        action->setToolTip(sortTip(sort));
        connect(action, &QAction::triggered, this, [this, sort] { Q_EMIT sortChosen(sort); });
    }
    if (m_effects.known || m_effects.offer.isEmpty()) return;
    m_sorts->addSeparator();
    connect(m_sorts->addAction(m_effects.offer), &QAction::triggered, this, &AttentionTools::sweepRequested);
}

} // namespace cutaway::app
