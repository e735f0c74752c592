// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/plot/head_view.h"

#include <QRectF>
#include <QWidget>

namespace cutaway::widgets {

class RowBars;

/// The colours of the thumbnails, told beside the large head's caption.
struct MapLegend {
    double low = 0.0, high = 1.0;
    MapKind kind = MapKind::Absolute;
    QString unit;     ///< empty: no legend
    bool own = false; ///< the scale is this head's own, not that of all heads
    friend bool operator==(const MapLegend&, const MapLegend&) = default;
};

/// One head large: its caption, its picture, and beside it where the current token looks.
class HeadPanel : public QWidget {
    Q_OBJECT
public:
    explicit HeadPanel(QWidget* parent = nullptr);

    /// `pattern` is the pattern's type in words ("names"), empty where unknown.
    void setState(HeadViewState state, const QString& pattern);
    /// Moves the current row: the bars follow.
    void setTokenCursor(int query);
    void setLegend(const MapLegend& legend);
    HeadView* view() const { return m_view; }
    RowBars* bars() const { return m_bars; }
    /// How much the current row looks at each key, 0…1, for lines under the chips; empty without a row.
    std::vector<float> rowWeights() const;

Q_SIGNALS:
    /// The row that speaks: hovered, else the current one. Weights as rowWeights, for the token strip.
    void rowShown(int query, const std::vector<float>& weights);
    void cellHovered(int query, int key, float value);
    void barHovered(int key);
    void edgeSelected(int query, int key);
    void rowChosen(int query);
    /// The line about the first token was pressed: fold it, or unfold it.
    void foldRequested(bool folded);
    /// The colour bar was pressed: the scale of this head alone, or that of all.
    void ownScaleRequested(bool own);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOut();
    void showRow(int query);
    std::vector<float> weightsOf(int query) const;
    HeadView* m_view;
    RowBars* m_bars;
    QString noteFor(const float* row) const;

    QString m_pattern;
    QRectF m_legendRect; ///< where the colour bar was painted; empty: nowhere
    MapLegend m_legend;
};

} // namespace cutaway::widgets
