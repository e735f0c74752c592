// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/attribution_view.h"

#include "app/gui/present.h"
#include "app/gui/present_analysis.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/views/segmented_control.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace cutaway::app {

using namespace widgets;
using session::Session;

AttributionView::AttributionView(QWidget* parent)
    : PictureView(parent), m_caption(new QLabel),
      m_order(new SegmentedControl({tr("Largest first"), tr("Model order")})), m_bars(new ContributionBars) {
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setProperty("role", QStringLiteral("caption"));
    m_caption->setWordWrap(true);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(14, 4, 14, 6);
    head->addWidget(m_caption, 1);
    head->addWidget(m_order);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_bars);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(scroll, 1);
    connect(m_order, &SegmentedControl::chosen, this, [this](int order) {
        ContributionBarsState state = m_bars->state();
        state.ordered = order == 1;
        m_bars->setState(std::move(state));
        m_bars->setExpanded(order == 1);
    });
    connect(m_bars, &ContributionBars::barSelected, this, [this](int index) {
        const auto& bars = m_bars->state().bars;
        if (index >= 0 && bars[static_cast<std::size_t>(index)].payload)
            Q_EMIT targetChosen(bars[static_cast<std::size_t>(index)].payload->target);
    });
    connect(m_bars, &ContributionBars::pickUpRequested, this, &PictureView::pickUpRequested);
    connect(m_bars, &ContributionBars::offersRequested, this, &PictureView::offersRequested);
}

std::vector<PartWish> AttributionView::wishes(const Session& session) const {
    PartWish wish{PartKind::Attribution, shownFor(session.view().mode)};
    wish.position = session.cursor();
    return {wish};
}

std::optional<Payload> AttributionView::selectedPayload() const {
    return m_bars->selectedPayload();
}

std::optional<ViewTable> AttributionView::table() const {
    if (m_bars->state().bars.empty()) return std::nullopt;
    return barsTable(m_bars->state(), QStringLiteral("attribution"), QStringLiteral("logits"));
}

QWidget* AttributionView::keyTarget() const {
    return m_bars;
}

void AttributionView::setPicture(const Picture* picture, const Session& session, bool stale) {
    const PartWish wish = wishes(session).front();
    const auto* found = picture ? picture->part<AttributionResult>(wish) : nullptr;
    if (found) {
        ContributionBarsState state = presentAttribution(*found, session, *picture);
        state.ordered = m_order->current() == 1;
        state.stale = stale;
        m_bars->setState(std::move(state));
        m_caption->setText(
            tr("What each part writes straight into the output: its share of “%1” − “%2” at %3. "
               "What it does by way of later parts is not in here.")
                .arg(answerWord(session, *picture), wrongWord(session, *picture),
                     visibleTokens(*picture).value(found->position)));
    } else if (m_bars->state().bars.empty() ||
               (picture && picture->refused.contains(picture->normal(wish)))) {
        ContributionBarsState state;
        state.message = waitingSentence(picture, wish);
        m_bars->setState(std::move(state));
        m_caption->clear();
    } else {
        m_bars->setStale(true);
    }
}

} // namespace cutaway::app
