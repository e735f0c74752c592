// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/offer.h"
#include "widgets/util/colormap.h"
#include "widgets/util/pick_up.h"

#include <QAbstractScrollArea>
#include <QPixmap>

#include <optional>
#include <vector>

namespace cutaway::widgets {

/// One head of one layer.
struct HeadId {
    LayerIndex layer;
    HeadIndex head;
    friend bool operator==(const HeadId&, const HeadId&) = default;
};

/// Where every head looks: thumbnails, layer by head. Each picture is kept as it was last scaled; new tiles
/// repaint only the thumbnails that differ. Own painting rather than a plot library: 1,024 pictures with
/// captions must scroll and change within a frame, and cells must stay unsmoothed at any scale.
class HeadGrid : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit HeadGrid(QWidget* parent = nullptr);

    /// Another model: clears the pictures. `causal`: the upper triangle is painted as sunk.
    void setShape(int layers, int heads, bool causal);
    /// One sentence in place of the heads while there is no model.
    void setMessage(const QString& message);
    /// Pictures, layer-major, layers × heads of them; empty shows empty places.
    void setTiles(std::vector<Tile> tiles, MapKind kind);
    /// Places the heads in another order, row by row; as many of each as there are. Empty: a layer a row.
    /// What is selected stays selected.
    void setOrder(std::vector<HeadId> order);
    const std::vector<HeadId>& order() const { return m_order; }
    /// The bar at each thumbnail's left for what it leaves out (the first token), −1 … 1 of its length, and
    /// what hovering says of it, layer-major; empty for none.
    void setMarginBars(std::vector<float> bars, std::vector<QString> tips);
    /// What stands under each head at the right: its pattern's type ("prev", "induct") or what it is sorted
    /// by, layer-major; may be empty.
    void setPatternLabels(std::vector<QString> labels);
    /// Which heads a cut stands on, layer-major; may be empty.
    void setCutHeads(std::vector<bool> cut);
    /// Marks a head without emitting headSelected; none clears.
    void setSelected(std::optional<HeadId> head);
    std::optional<HeadId> selected() const { return m_selected; }
    /// Outlines a head as if hovered (the same part lit in every view).
    void setLit(std::optional<HeadId> head);
    /// Pictures that no longer match the prompt or the cuts fade until new ones come.
    void setStale(bool stale);
    /// Side of the largest thumbnail, logical pixels; they shrink to fit the width, down to 44, and the
    /// height, down to 56 (below that the grid scrolls).
    void setLargest(int side);
    /// Device pixels of a thumbnail's side as laid out now: what to ask the engine for.
    int tilePixels() const;
    /// A picture of one head as it stands here, for the ghost.
    QPixmap thumbnail(HeadId head) const;
    /// Where a head stands, in this widget's coordinates (tests, menus by key).
    QRect headRect(HeadId head) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    /// Height that shows every layer without scrolling at `width`.
    int fullHeight(int width) const;

Q_SIGNALS:
    void headSelected(cutaway::widgets::HeadId head);
    /// Enter or double click.
    void headActivated(cutaway::widgets::HeadId head);
    /// The head under the pointer; none when it leaves.
    void headHovered(std::optional<cutaway::widgets::HeadId> head);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    bool event(QEvent* event) override;

private:
    struct Metrics {
        int side = 0;   ///< thumbnail
        int pitchX = 0; ///< column to column
        int pitchY = 0;
        int left = 0;  ///< of column 0
        int strip = 0; ///< left of a thumbnail, for its margin bar
    };

    Metrics metricsFor(const QSize& area) const;
    void layOut();
    std::size_t at(HeadId head) const;
    int placeOf(HeadId head) const;
    HeadId headOf(int place) const;
    std::optional<HeadId> headAt(const QPoint& viewportPos) const;
    QRect cellRect(HeadId head) const;
    QRect thumbRect(HeadId head) const;
    QRectF outlineOf(HeadId head, double around) const;
    QString describe(HeadId head) const;
    void repaintHead(std::optional<HeadId> head);
    void select(HeadId head);
    void reveal(HeadId head);
    void setHovered(std::optional<HeadId> head);
    void paintHead(QPainter& painter, HeadId head);
    void paintMarginBar(QPainter& painter, HeadId head) const;
    void paintGutter(QPainter& painter, const QRect& dirty, int first, int last) const;
    const QPixmap& picture(HeadId head);
    void dropPictures();

    int m_layers = 0;
    int m_heads = 0;
    bool m_causal = true;
    MapKind m_kind = MapKind::Absolute;
    std::vector<Tile> m_tiles;
    std::vector<QPixmap> m_pictures; ///< scaled and coloured; null until painted
    std::vector<QString> m_labels;
    QString m_message;
    std::vector<HeadId> m_order; ///< by place; empty: a layer a row
    std::vector<int> m_places;   ///< by head, where there is an order
    std::vector<float> m_bars;
    std::vector<QString> m_barTips;
    std::vector<bool> m_cut;
    std::optional<HeadId> m_selected, m_hovered, m_lit;
    bool m_stale = false;
    int m_largest = 98;
    Metrics m_metrics;
    PickUp m_pickUp;
};

} // namespace cutaway::widgets
