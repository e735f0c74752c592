// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/plot/marks.h"
#include "widgets/util/pick_up.h"
#include "widgets/views/inside_layout.h"
#include "widgets/views/inside_text.h"

#include <QAbstractScrollArea>
#include <QPixmap>

#include <optional>
#include <vector>

namespace cutaway::widgets {

class SegmentedControl;

/// One head at one query, step by step: q · k, scores, softmax, weighted values, W_O, logits. A table with a
/// row for each key token; what stands in it says its numbers on hover and can be carried as an edge.
class InsideView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit InsideView(QWidget* parent = nullptr);

    /// Keeps the selected key where it still is listed.
    void setState(InsideViewState state);
    const InsideViewState& state() const { return m_state; }
    void setStale(bool stale);
    /// Selects a key without emitting keySelected; −1 clears.
    void setSelectedKey(int key);
    int selectedKey() const { return m_selected; }
    /// The edge of the selected key, for the window's Space.
    std::optional<Payload> selectedPayload() const;
    /// Lights a key's row as if hovered (the same token lit in every view); −1 clears.
    void setLitKey(int key);
    /// Rows by share rather than in their order.
    void setStrongestFirst(bool strongest);
    /// Whether every key is listed.
    void setUnfolded(bool unfolded);
    bool unfolded() const { return m_unfolded; }

    const InsideRows& rows() const { return m_rows; }
    /// The sentence shown now, plain.
    QString sentence() const;
    /// Where things stand, in this widget's coordinates (tests, menus by key). An empty rectangle where the
    /// key is not listed.
    QRect keyRect(int key, InsideColumn column) const;
    QRect headRect(InsideColumn column) const;
    QRect foldRect() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void keySelected(int key);
    /// Enter or double click.
    void keyActivated(int key);
    /// The key under the pointer, −1 when it leaves.
    void keyHovered(int key);
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

private:
    /// What the pointer is over.
    struct Spot {
        enum class Part { None, Head, Query, Key, Fold, Sums } part = Part::None;
        InsideColumn column = InsideColumn::Token;
        int row = -1; ///< Key: of the rows listed
        int dim = -1; ///< of q, k, v or z
        friend bool operator==(const Spot&, const Spot&) = default;
    };
    /// The ends of the scales in use.
    struct Scales {
        float q = 0, k = 0, v = 0;
        double scoreLow = 0, scoreHigh = 0;
        double written = 0;
        double towardsLow = 0, towardsHigh = 0;
        int towardsDecimals = 2;
    };

    bool empty() const;
    bool folds() const;
    void arrange();
    void layOut();
    void tell();
    int rowOf(int key) const;
    QPoint offset() const;
    Spot spotAt(const QPoint& viewportPos) const;
    QString tipOf(const Spot& spot) const;
    Payload edge(int key) const;
    void select(int row);
    void reveal(int row);
    void setSpot(const Spot& spot);
    int hoveredKey() const;

    // inside_view_paint.cpp
    void paintTitle(QPainter& painter) const;
    void paintSteps(QPainter& painter) const;
    void paintQuery(QPainter& painter) const;
    void paintKey(QPainter& painter, int row) const;
    void paintShare(QPainter& painter, const QRectF& cell, double share, bool dim) const;
    enum class Weight { Faint, Usual, Strong };
    void paintTowards(QPainter& painter, const QRectF& cell, double value, Weight weight) const;
    void paintFold(QPainter& painter) const;
    void paintSums(QPainter& painter) const;
    void paintSay(QPainter& painter) const;
    void paintGuide(QPainter& painter) const;
    QPixmap thumbnail(int key) const;

    InsideViewState m_state;
    InsideRows m_rows;
    InsideLayout m_layout;
    Scales m_scales;
    SegmentedControl* m_order;
    bool m_strongest = true;
    bool m_unfolded = false;
    int m_selected = -1; ///< a key
    int m_lit = -1;      ///< a key
    Spot m_spot;
    PickUp m_pickUp;
};

} // namespace cutaway::widgets
