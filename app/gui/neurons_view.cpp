// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/neurons_view.h"

#include "app/gui/glossary.h"
#include "app/gui/present.h"
#include "app/gui/present_analysis.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/neuron_bars.h"
#include "widgets/util/pick_up.h"
#include "widgets/util/text.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::Session;

NeuronsView::NeuronsView(QWidget* parent)
    : PictureView(parent), m_caption(new QLabel), m_layerLabel(new QLabel), m_down(new QToolButton),
      m_up(new QToolButton), m_bars(new ContributionBars) {
    for (QLabel* label : {m_caption, m_layerLabel}) {
        label->setTextFormat(Qt::PlainText);
        label->setProperty("role", QStringLiteral("caption"));
    }
    m_caption->setWordWrap(true);
    m_caption->setToolTip(termTip("neuron_contribution"));
    m_down->setText(QStringLiteral("◀"));
    m_up->setText(QStringLiteral("▶"));
    m_down->setAccessibleName(tr("Layer below"));
    m_up->setAccessibleName(tr("Layer above"));
    m_down->setObjectName(QStringLiteral("layerBelow"));
    m_up->setObjectName(QStringLiteral("layerAbove"));
    for (QToolButton* button : {m_down, m_up}) {
        button->setProperty("role", QStringLiteral("flat"));
        button->setAutoRaise(true);
        button->setFixedSize(24, 24);
    }
    auto* head = new QHBoxLayout;
    head->setContentsMargins(14, 4, 14, 6);
    head->addWidget(m_caption, 1);
    head->addWidget(m_down);
    head->addWidget(m_layerLabel);
    head->addWidget(m_up);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_bars);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(scroll, 1);
    connect(m_down, &QToolButton::clicked, this, [this] { stepLayer(-1); });
    connect(m_up, &QToolButton::clicked, this, [this] { stepLayer(1); });
    connect(m_bars, &ContributionBars::pickUpRequested, this, &PictureView::pickUpRequested);
    connect(m_bars, &ContributionBars::offersRequested, this, &PictureView::offersRequested);
}

void NeuronsView::stepLayer(int by) {
    Q_EMIT targetChosen(headTarget(std::clamp(m_layer + by, 0, std::max(m_layers - 1, 0)), m_head));
}

std::vector<PartWish> NeuronsView::wishes(const Session& session) const {
    PartWish wish{PartKind::Neurons, shownFor(session.view().mode), session.view().layer};
    wish.position = session.cursor();
    return {wish};
}

std::optional<Payload> NeuronsView::selectedPayload() const {
    return m_bars->selectedPayload();
}

std::optional<ViewTable> NeuronsView::table() const {
    if (m_bars->state().bars.empty()) return std::nullopt;
    return barsTable(m_bars->state(), QStringLiteral("neurons-L%1").arg(m_layer),
                     m_bars->state().total.isEmpty() ? QStringLiteral("activation")
                                                     : QStringLiteral("logits"));
}

QWidget* NeuronsView::keyTarget() const {
    return m_bars;
}

void NeuronsView::setPicture(const Picture* picture, const Session& session, bool stale) {
    m_layer = session.view().layer;
    m_head = session.view().head;
    m_layers = session.model().traits.nLayers;
    m_layerLabel->setText(tr("Layer %1").arg(m_layer));
    m_down->setEnabled(m_layer > 0);
    m_up->setEnabled(m_layer + 1 < m_layers);
    const PartWish wish = wishes(session).front();
    const auto* found = picture ? picture->part<NeuronsResult>(wish) : nullptr;
    if (!found && !m_bars->state().bars.empty() &&
        !(picture && picture->refused.contains(picture->normal(wish)))) {
        m_bars->setStale(true);
        return;
    }
    ContributionBarsState state;
    if (found) {
        const bool scored = !picture->request.answer.empty() && !found->experts;
        state.title = found->experts ? tr("Experts of layer %1").arg(found->layer)
                                     : tr("Neurons of layer %1").arg(found->layer);
        state.bars = barsOf(*found, !scored);
        for (ContributionBar& bar : state.bars)
            bar.cut = bar.payload && isCut(bar.payload->target, session);
        state.shown = 24;
        if (scored) {
            state.total = tr("%1 logits").arg(formatSigned(found->total));
            state.footer = tr("All neurons of the layer and its bias add %1 to the difference.")
                               .arg(formatSigned(found->total));
        }
        m_caption->setText(
            scored ? tr("Neurons of one MLP at %1: activation × what its output row writes into “%2” − “%3”.")
                         .arg(visibleTokens(*picture).value(found->position), answerWord(session, *picture),
                              wrongWord(session, *picture))
            : found->experts
                ? tr("How the router rates the experts at %1; the token goes through the first %2 of them.")
                      .arg(visibleTokens(*picture).value(found->position))
                      .arg(session.model().traits.nExpertsUsed)
                : tr("Neurons of one MLP by activation."));
        state.stale = stale;
    } else {
        state.message = waitingSentence(picture, wish);
        m_caption->clear();
    }
    m_bars->setState(std::move(state));
}

} // namespace cutaway::app
