// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/inside_tab.h"

#include "app/gui/present.h"
#include "app/gui/present_analysis.h"
#include "widgets/util/pick_up.h"
#include "widgets/views/inside_view.h"

#include <QVBoxLayout>

namespace cutaway::app {

using namespace widgets;
using session::Session;

InsideTab::InsideTab(QWidget* parent) : PictureView(parent), m_view(new InsideView) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_view);
    connect(m_view, &InsideView::pickUpRequested, this, &PictureView::pickUpRequested);
    connect(m_view, &InsideView::offersRequested, this, &PictureView::offersRequested);
    connect(m_view, &InsideView::keyActivated, this, &PictureView::positionChosen);
}

std::vector<PartWish> InsideTab::wishes(const Session& session) const {
    PartWish wish{PartKind::Reading, shownFor(session.view().mode), session.view().layer,
                  session.view().head};
    wish.position = session.cursor();
    return {wish};
}

std::optional<Payload> InsideTab::selectedPayload() const {
    return m_view->selectedPayload();
}

std::optional<ViewTable> InsideTab::table() const {
    if (m_view->state().reading.pattern.empty()) return std::nullopt;
    return readingTable(m_view->state().reading, m_view->state().tokens);
}

QWidget* InsideTab::keyTarget() const {
    return m_view;
}

void InsideTab::setPicture(const Picture* picture, const Session& session, bool stale) {
    const PartWish wish = wishes(session).front();
    const auto* reading = picture ? picture->part<HeadReading>(wish) : nullptr;
    if (!reading && !m_view->state().reading.pattern.empty() &&
        !(picture && picture->refused.contains(picture->normal(wish)))) {
        m_view->setStale(true);
        return;
    }
    InsideViewState state;
    if (reading) {
        state.reading = *reading;
        state.tokens = visibleTokens(*picture);
        state.answer = answerWord(session, *picture);
        state.wrong = wrongWord(session, *picture);
        state.cut = session.view().mode != session::ViewMode::Uncut &&
                    isCut(headTarget(reading->layer, reading->head), session);
        state.stale = stale;
    } else {
        state.message = waitingSentence(picture, wish);
    }
    m_view->setState(std::move(state));
}

} // namespace cutaway::app
