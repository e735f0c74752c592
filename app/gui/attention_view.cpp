// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/attention_view.h"

#include "app/gui/attention_tools.h"
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

/// The largest entry; without the first key where that is folded.
float largest(const HostTensor& pattern, bool folded) {
    float most = 0.0F;
    const auto keys = static_cast<std::size_t>(pattern.shape.empty() ? 1 : pattern.shape.back());
    for (std::size_t i = 0; i < pattern.values.size(); ++i)
        if (std::isfinite(pattern.values[i]) && !(folded && keys > 1 && i % keys == 0))
            most = std::max(most, std::abs(pattern.values[i]));
    return most;
}

/// What hovering a thumbnail says of its margin bar.
std::vector<QString> marginTips(const engine::Tiles& tiles, bool change, bool weighted) {
    std::vector<QString> tips;
    for (const float first : tiles.first)
        tips.push_back(change || weighted ? AttentionView::tr("first token: %1")
                                                .arg(change ? formatSigned(static_cast<double>(first), 3)
                                                            : formatNumber(static_cast<double>(first), 3))
                                          : AttentionView::tr("%1 % on first token")
                                                .arg(static_cast<int>(std::lround(first * 100.0F))));
    return tips;
}

} // namespace

AttentionView::AttentionView(QWidget* parent)
    : QWidget(parent), m_grid(new HeadGrid), m_panel(new HeadPanel), m_splitter(new QSplitter(Qt::Vertical)),
      m_tools(new AttentionTools(this)) {
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
    m_gridShows = {nullptr, {}};
    m_phrases.clear();
    m_scores.clear();
    m_effects = {};
    m_sort = m_orderOf = session::HeadSort::Layer;
    m_orderTokens.clear();
    m_foldsByItself.reset();
    m_grid->setShape(traits.nLayers, traits.nHeads, traits.causal);
    m_panel->setState({}, {});
    m_panel->setVisible(traits.nLayers > 0);
    balance();
}

bool AttentionView::folded(const Session& session) const {
    const session::Folding folding = session.view().folding;
    return folding == session::Folding::Auto ? m_foldsByItself.value_or(false)
                                             : folding == session::Folding::On;
}

PartWish AttentionView::tilesWish(const Session& session) const {
    PartWish wish{PartKind::Tiles, shownFor(session.view().mode)};
    wish.weighted = session.view().weighted;
    wish.folded = folded(session);
    return wish;
}

bool AttentionView::needsOrder(const Session& session, const std::vector<TokenId>& tokens) const {
    const session::HeadSort sort = session.view().sort;
    return sort != session::HeadSort::Layer && sort != session::HeadSort::Effect &&
           (m_orderOf != sort || m_orderTokens != tokens);
}

std::vector<PartWish> AttentionView::wishes(const Session& session) const {
    PartWish pattern{PartKind::Pattern, shownFor(session.view().mode), session.view().layer,
                     session.view().head};
    pattern.weighted = session.view().weighted;
    std::vector<PartWish> wishes{pattern, tilesWish(session)};
    if (needsOrder(session, session.tokens())) {
        wishes.push_back(wishes.back());
        wishes.back().shown = Shown::Uncut;
    }
    return wishes;
}

void AttentionView::setPicture(const Picture* picture, const Session& session, bool stale) {
    m_tools->setView(session.view(), folded(session));
    m_grid->setSelected(HeadId{LayerIndex(session.view().layer), HeadIndex(session.view().head)});
    if (!picture) {
        m_grid->setStale(stale);
        return;
    }
    showTiles(*picture, session);
    place(picture, session);
    // Tiles of another run stand there until their own come: that is said too.
    m_grid->setStale(stale);
    showPanel(picture, session, stale);
    setShelf(session);
}

void AttentionView::showTiles(const Picture& picture, const Session& session) {
    PartWish wish = picture.normal(tilesWish(session));
    const auto* tiles = picture.part<engine::Tiles>(wish);
    if (tiles && session.view().folding == session::Folding::Auto && !m_foldsByItself) {
        m_foldsByItself = foldsByItself(picture, *tiles);
        m_tools->setView(session.view(), folded(session));
        if (*m_foldsByItself) return; // the folded ones are asked for next: nothing shows twice
    }
    if (!tiles || m_gridShows == std::pair(&picture, wish)) return;
    m_gridShows = {&picture, wish};
    const bool change = wish.shown == Shown::Change;
    const MapKind kind = change ? MapKind::Change : MapKind::Absolute;
    m_grid->setMarginBars(wish.folded ? marginBars(*tiles) : std::vector<float>(),
                          marginTips(*tiles, change, wish.weighted));
    m_grid->setTiles(tiles->tiles, kind);
    m_scores = tiles->patternScores;
    m_phrases.clear();
    for (std::size_t i = 0; i + 5 <= m_scores.size(); i += 5)
        m_phrases.push_back(patternPhrase(m_scores.data() + i));
    MapLegend legend{0.0, 1.0, kind, attentionUnit(wish.weighted)};
    if (!tiles->tiles.empty()) {
        legend.low = static_cast<double>(tiles->tiles.front().low);
        legend.high = static_cast<double>(tiles->tiles.front().high);
    }
    m_shared = legend;
    m_sharedWeighted = wish.weighted;
}

void AttentionView::place(const Picture* picture, const Session& session) {
    const session::HeadSort sort = session.view().sort;
    if (sort == session::HeadSort::Layer) {
        m_grid->setOrder({});
        m_sort = m_orderOf = sort;
    } else if (sort == session::HeadSort::Effect) {
        // Until effects are known again the heads stay where they are.
        m_orderOf = session::HeadSort::Layer;
        auto order = headOrder(sort, m_traits.nHeads, {}, m_effects);
        if (!order.empty()) {
            m_grid->setOrder(std::move(order));
            m_sort = sort;
        }
    } else if (picture && (m_sort != sort || needsOrder(session, picture->result.tokens))) {
        PartWish uncut = tilesWish(session);
        uncut.shown = Shown::Uncut;
        if (const auto* tiles = picture->part<engine::Tiles>(uncut)) {
            m_grid->setOrder(headOrder(sort, m_traits.nHeads, tiles->patternScores, {}));
            m_sort = m_orderOf = sort;
            m_orderTokens = picture->result.tokens;
        }
    }
    m_grid->setPatternLabels(headFigures(m_sort, m_scores, m_effects));
}

void AttentionView::setEffects(HeadEffects effects, const Session& session) {
    m_effects = std::move(effects);
    if (session.view().sort == session::HeadSort::Effect) place(nullptr, session);
}

void AttentionView::showPanel(const Picture* picture, const Session& session, bool stale) {
    const int layer = session.view().layer, head = session.view().head;
    const Shown shown = picture->effective(shownFor(session.view().mode));
    const auto* pattern = picture->part<HostTensor>(wishes(session).front());
    HeadViewState state = m_panel->view()->state();
    const bool same = state.layer.value == layer && state.head.value == head;
    if (pattern) {
        state.pattern = *pattern;
        state.tokens = visibleTokens(*picture);
        state.kind = shown == Shown::Change ? MapKind::Change : MapKind::Absolute;
        state.weighted = session.view().weighted;
        state.folded = folded(session);
        const float reach = std::max(largest(state.pattern, state.folded), smallestChange);
        // Until the tiles of this picture are here nothing is known of the other heads.
        const bool raw = shown != Shown::Change && !state.weighted;
        const bool sharedKnown =
            !m_shared.unit.isEmpty() && m_shared.kind == state.kind && m_sharedWeighted == state.weighted;
        const auto shared = static_cast<float>(m_shared.high);
        state.high = session.view().ownScale ? reach
                     : raw                   ? 1.0F
                     : sharedKnown           ? std::max(shared, smallestChange)
                                             : reach;
        state.low = shown == Shown::Change ? -state.high : 0.0F;
        MapLegend legend{state.low, state.high, state.kind, attentionUnit(state.weighted)};
        legend.own = session.view().ownScale;
        m_panel->setLegend(legend);
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
