// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/host_tensor.h"
#include "core/types/offer.h"
#include "widgets/util/colormap.h"
#include "widgets/util/pick_up.h"

#include <QPixmap>
#include <QStringList>
#include <QWidget>

#include <optional>
#include <utility>
#include <vector>

namespace cutaway::widgets {

/// What one head's picture shows.
struct HeadViewState {
    LayerIndex layer;
    HeadIndex head;
    HostTensor pattern; ///< [T query, T key]; empty shows an empty place
    QStringList tokens; ///< visible texts, T of them
    MapKind kind = MapKind::Absolute;
    float low = 0.0F;  ///< value of the lowest colour
    float high = 1.0F; ///< value of the highest
    bool causal = true;
    bool folded = false;                       ///< the first key is a bar at the margin, off the colour scale
    bool weighted = false;                     ///< values are ‖A·v·W_O‖, not shares
    int cursor = -1;                           ///< the current query row
    bool cut = false;                          ///< hatched as a whole
    std::vector<std::pair<int, int>> cutEdges; ///< (query, key) of cut edges; −1 stands for every one
    bool stale = false;
};

/// One head's attention large, queries down, keys across, with token labels. Own painting: cells stay square
/// and unsmoothed, and beyond one cell a pixel the strongest shows.
class HeadView : public QWidget {
    Q_OBJECT
public:
    explicit HeadView(QWidget* parent = nullptr);

    void setState(HeadViewState state);
    const HeadViewState& state() const { return m_state; }
    /// Moves the current row alone.
    void setTokenCursor(int query);
    /// Selects an edge without emitting edgeSelected.
    void setSelectedEdge(std::optional<std::pair<int, int>> edge);

    /// The selected edge as (query, key).
    std::optional<std::pair<int, int>> selectedEdge() const { return m_selected; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return false; }
    /// The heat map's rectangle, logical pixels (tests); folded, it begins with the second key.
    QRect mapRect() const;
    /// Where the folded first key's bars stand, a row's each; empty where it is not folded.
    QRect marginRect() const;
    /// The width that shows all of it at `height`: labels, map and their margins.
    int widthFor(int height) const;

Q_SIGNALS:
    /// The cell under the pointer; (−1, −1, 0) when it leaves.
    void cellHovered(int query, int key, float value);
    void edgeSelected(int query, int key);
    /// The row's label was clicked: the token cursor should go there.
    void rowChosen(int query);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    int length() const;
    float value(int query, int key) const;
    /// Keys that stand at the margin: 0 or 1.
    int foldedKeys() const { return m_state.folded && length() > 1 ? 1 : 0; }
    void paintMargin(QPainter& painter) const;
    QRectF cellRect(int query, int key) const;
    std::optional<std::pair<int, int>> cellAt(const QPointF& pos) const;
    Payload edgePayload(std::pair<int, int> edge) const;
    void selectEdge(std::pair<int, int> edge);
    void paintLabels(QPainter& painter) const;
    QPixmap ghostOf(std::pair<int, int> edge) const;
    int labelWidth() const;
    /// A value as it is said of one cell.
    QString spoken(float v) const;

    HeadViewState m_state;
    QPixmap m_picture;
    std::optional<std::pair<int, int>> m_hovered, m_selected;
    PickUp m_pickUp;
    mutable int m_labelWidth = -1;
};

} // namespace cutaway::widgets
