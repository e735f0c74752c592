// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "app/gui/present_attention.h"
#include "core/session/session.h"
#include "core/types/offer.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"

#include <QPixmap>
#include <QWidget>

QT_BEGIN_NAMESPACE
class QSplitter;
QT_END_NAMESPACE

namespace cutaway::widgets {
class HeadPanel;
}

namespace cutaway::app {

class AttentionTools;

/// The Attention view: all heads as thumbnails, one head large below.
class AttentionView : public QWidget {
    Q_OBJECT
public:
    explicit AttentionView(QWidget* parent = nullptr);

    void setModel(const ModelTraits& traits);
    /// What this view shows of a picture beside its figures.
    std::vector<PartWish> wishes(const session::Session& session) const;
    /// The thumbnails among them.
    PartWish tilesWish(const session::Session& session) const;
    /// Whether the first token stands at the margin, whoever decided it. Where that is left to the model, it
    /// is decided once, by the first picture.
    bool folded(const session::Session& session) const;
    /// What cutting each head does, for sorting by it; empty where it is not known.
    void setEffects(HeadEffects effects, const session::Session& session);
    /// Shows a picture as the session looks at it. Null keeps what is there.
    void setPicture(const Picture* picture, const session::Session& session, bool stale);
    /// Cut marks alone, before their run is there.
    void setShelf(const session::Session& session);
    void setTokenCursor(int position);

    widgets::HeadGrid* grid() const { return m_grid; }
    widgets::HeadPanel* panel() const { return m_panel; }
    /// The choices at the right of the tabs.
    AttentionTools* tools() const { return m_tools; }
    QByteArray splitterState() const;
    void restoreSplitter(const QByteArray& state);

Q_SIGNALS:
    void headChosen(int layer, int head);
    void headHovered(std::optional<cutaway::widgets::HeadId> head);
    /// Weights of the row that speaks, for lines under the chips.
    void rowShown(const std::vector<float>& weights);
    void rowChosen(int position);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    /// Places the heads, as far as what decides it is known. The uncut run does: nothing moves while one
    /// cuts.
    void place(const Picture* picture, const session::Session& session);
    bool needsOrder(const session::Session& session, const std::vector<TokenId>& tokens) const;
    void showTiles(const Picture& picture, const session::Session& session);
    void showPanel(const Picture* picture, const session::Session& session, bool stale);
    void balance();

    widgets::HeadGrid* m_grid;
    widgets::HeadPanel* m_panel;
    QSplitter* m_splitter;
    ModelTraits m_traits;
    AttentionTools* m_tools;
    std::pair<const Picture*, PartWish> m_gridShows{nullptr, {}}; ///< whose tiles the grid has
    std::vector<float> m_scores;                                  ///< of the shown tiles
    HeadEffects m_effects;
    session::HeadSort m_sort = session::HeadSort::Layer; ///< the grid's
    session::HeadSort m_orderOf = session::HeadSort::Layer;
    std::vector<TokenId> m_orderTokens;  ///< the sequence that m_orderOf was read in
    std::optional<bool> m_foldsByItself; ///< once the first picture has told
    std::vector<QString> m_phrases;      ///< what each head's pattern is like
    widgets::MapLegend m_shared;         ///< the scale of the grid, one for all heads
    bool m_sharedWeighted = false;
    bool m_placed = false; ///< the user or a saved layout has placed the splitter
};

} // namespace cutaway::app
