// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/attention_view.h"

#include "app/gui/present.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/text.h"

#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::Card;
using session::Session;

namespace {

/// Half the height of a change scale: never so small that rounding noise would look like an effect.
constexpr float smallestChange = 1e-4F;

float largest(const HostTensor& pattern) {
    float most = 0.0F;
    for (const float v : pattern.values)
        if (std::isfinite(v)) most = std::max(most, std::abs(v));
    return most;
}

} // namespace

AttentionView::AttentionView(QWidget* parent)
    : QWidget(parent), m_grid(new HeadGrid), m_panel(new HeadPanel), m_splitter(new QSplitter(Qt::Vertical)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_splitter->setHandleWidth(5);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_grid);
    m_splitter->addWidget(m_panel);
    column->addWidget(m_splitter);
    m_panel->hide(); // no model, no head
    connect(m_splitter, &QSplitter::splitterMoved, this, [this] { m_placed = true; });
    connect(m_grid, &HeadGrid::headSelected, this,
            [this](HeadId head) { Q_EMIT headChosen(head.layer.value, head.head.value); });
    connect(m_grid, &HeadGrid::headActivated, this, [this](HeadId head) {
        Q_EMIT headChosen(head.layer.value, head.head.value);
        m_panel->view()->setFocus();
    });
    connect(m_grid, &HeadGrid::headHovered, this, &AttentionView::headHovered);
    connect(m_grid, &HeadGrid::pickUpRequested, this, &AttentionView::pickUpRequested);
    connect(m_grid, &HeadGrid::offersRequested, this, &AttentionView::offersRequested);
    connect(m_panel, &HeadPanel::rowShown, this,
            [this](int, const std::vector<float>& weights) { Q_EMIT rowShown(weights); });
    connect(m_panel, &HeadPanel::rowChosen, this, &AttentionView::rowChosen);
    connect(m_panel, &HeadPanel::pickUpRequested, this, &AttentionView::pickUpRequested);
    connect(m_panel, &HeadPanel::offersRequested, this, &AttentionView::offersRequested);
}

void AttentionView::setModel(const ModelTraits& traits) {
    m_traits = traits;
    m_gridShows = {nullptr, Shown::Cut};
    m_patterns.clear();
    m_phrases.clear();
    m_grid->setShape(traits.nLayers, traits.nHeads, traits.causal);
    m_panel->setState({}, {});
    m_panel->setVisible(traits.nLayers > 0);
    balance();
}

std::vector<PartWish> AttentionView::wishes(const Session& session) const {
    const Shown shown = shownFor(session.view().mode);
    return {{PartKind::Pattern, shown, session.view().layer, session.view().head}, {PartKind::Tiles, shown}};
}

void AttentionView::setPicture(const Picture* picture, const Session& session, bool stale) {
    m_grid->setSelected(HeadId{LayerIndex(session.view().layer), HeadIndex(session.view().head)});
    if (!picture) {
        m_grid->setStale(stale);
        return;
    }
    const Shown shown = picture->effective(shownFor(session.view().mode));
    const auto* tiles = picture->part<engine::Tiles>({PartKind::Tiles, shown});
    if (tiles && m_gridShows != std::pair(picture, shown)) {
        m_gridShows = {picture, shown};
        m_grid->setTiles(tiles->tiles, shown == Shown::Change ? MapKind::Change : MapKind::Absolute);
        m_patterns.assign(tiles->tiles.size(), QString());
        if (shown == Shown::Change && picture->has({PartKind::Tiles, Shown::Cut})) m_patterns.clear();
        m_phrases = m_patterns;
        for (std::size_t i = 0; i < m_patterns.size(); ++i)
            if (tiles->patternScores.size() >= (i + 1) * 5) {
                m_patterns[i] = patternName(tiles->patternScores.data() + i * 5);
                m_phrases[i] = patternPhrase(tiles->patternScores.data() + i * 5);
            }
        m_grid->setPatternLabels(m_patterns);
    }
    // Tiles of another run stand there until their own come: that is said too.
    m_grid->setStale(stale);
    showPanel(picture, session, stale);
    setShelf(session);
}

void AttentionView::showPanel(const Picture* picture, const Session& session, bool stale) {
    const int layer = session.view().layer, head = session.view().head;
    const Shown shown = picture->effective(shownFor(session.view().mode));
    const auto* pattern = picture->part<HostTensor>({PartKind::Pattern, shown, layer, head});
    HeadViewState state = m_panel->view()->state();
    const bool same = state.layer.value == layer && state.head.value == head;
    if (pattern) {
        state.pattern = *pattern;
        state.tokens = visibleTokens(*picture);
        state.kind = shown == Shown::Change ? MapKind::Change : MapKind::Absolute;
        state.high = shown == Shown::Change ? std::max(largest(state.pattern), smallestChange) : 1.0F;
        state.low = shown == Shown::Change ? -state.high : 0.0F;
    } else if (!same || state.pattern.shape.empty()) {
        state.pattern = {};
        state.tokens = visibleTokens(*picture);
    } else {
        stale = true; // the former picture of this head, until the new one is here
    }
    state.layer = LayerIndex(layer);
    state.head = HeadIndex(head);
    state.causal = m_traits.causal;
    state.cursor = session.cursor();
    state.stale = stale;
    state.cut = false;
    state.cutEdges.clear();
    if (shown != Shown::Uncut) {
        for (const Card& card : session.shelf().cards)
            for (const Target& t : session.shownCut(card).targets) {
                const bool here = session.inForce(card) && (t.layer == layer || t.layer == anyIndex) &&
                                  (t.index == head || t.index == anyIndex);
                if (here && t.kind == TargetKind::Edge) state.cutEdges.emplace_back(t.query, t.key);
                if (here && t.kind == TargetKind::Head) state.cut = true;
            }
    }
    const std::size_t at = static_cast<std::size_t>(layer * m_traits.nHeads + head);
    m_panel->setState(std::move(state), at < m_phrases.size() ? m_phrases[at] : QString());
}

void AttentionView::setShelf(const Session& session) {
    std::vector<bool> cut(static_cast<std::size_t>(m_traits.nLayers * m_traits.nHeads), false);
    for (const Card& card : session.shelf().cards) {
        if (!session.inForce(card) || session.view().mode == session::ViewMode::Uncut) continue;
        for (const Target& t : card.cut.targets)
            for (int layer = 0; layer < m_traits.nLayers; ++layer)
                for (int head = 0; head < m_traits.nHeads; ++head) {
                    const bool inLayer = t.layer == layer || t.layer == anyIndex;
                    const bool whole = t.kind == TargetKind::Attention || t.kind == TargetKind::Block;
                    const bool one = t.kind == TargetKind::Head && (t.index == head || t.index == anyIndex);
                    const bool held = t.kind == TargetKind::Hook && t.hook == HookKind::Pattern &&
                                      !t.hookIndex.empty() && t.hookIndex.front() == head;
                    if (inLayer && (whole || one || held))
                        cut[static_cast<std::size_t>(layer * m_traits.nHeads + head)] = true;
                }
    }
    m_grid->setCutHeads(std::move(cut));
}

void AttentionView::setTokenCursor(int position) {
    m_panel->setTokenCursor(position);
}

QByteArray AttentionView::splitterState() const {
    return m_placed ? m_splitter->saveState() : QByteArray();
}

void AttentionView::restoreSplitter(const QByteArray& state) {
    m_placed = !state.isEmpty() && m_splitter->restoreState(state);
}

void AttentionView::balance() {
    if (m_placed || height() <= 0) return;
    // The grid takes what its rows need, but leaves the large head at least a third.
    const int grid = std::clamp(m_grid->fullHeight(width()), 120, height() * 68 / 100);
    m_splitter->setSizes({grid, height() - grid - 1});
}

void AttentionView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    balance();
}

} // namespace cutaway::app
