// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "core/session/session.h"
#include "core/types/offer.h"
#include "widgets/plot/head_grid.h"

#include <QPixmap>
#include <QWidget>

QT_BEGIN_NAMESPACE
class QSplitter;
QT_END_NAMESPACE

namespace cutaway::widgets {
class HeadPanel;
}

namespace cutaway::app {

/// The Attention view: all heads as thumbnails, one head large below.
class AttentionView : public QWidget {
    Q_OBJECT
public:
    explicit AttentionView(QWidget* parent = nullptr);

    void setModel(const ModelTraits& traits);
    /// What this view shows of a picture beside its figures.
    std::vector<PartWish> wishes(const session::Session& session) const;
    /// Shows a picture as the session looks at it. Null keeps what is there.
    void setPicture(const Picture* picture, const session::Session& session, bool stale);
    /// Cut marks alone, before their run is there.
    void setShelf(const session::Session& session);
    void setTokenCursor(int position);

    widgets::HeadGrid* grid() const { return m_grid; }
    widgets::HeadPanel* panel() const { return m_panel; }
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
    void showPanel(const Picture* picture, const session::Session& session, bool stale);
    void balance();

    widgets::HeadGrid* m_grid;
    widgets::HeadPanel* m_panel;
    QSplitter* m_splitter;
    ModelTraits m_traits;
    std::pair<const Picture*, Shown> m_gridShows{nullptr, Shown::Cut}; ///< whose tiles the grid has
    std::vector<QString> m_patterns; ///< what each head's pattern is like: in a word, in a phrase
    std::vector<QString> m_phrases;
    bool m_placed = false; ///< the user or a saved layout has placed the splitter
};

} // namespace cutaway::app
