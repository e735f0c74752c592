// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/util/colormap.h"
#include "widgets/util/pick_up.h"

#include <QAbstractScrollArea>
#include <QPixmap>
#include <QStringList>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace cutaway::widgets {

/// One place of a matrix.
struct GridCell {
    QString text; ///< inside the cell where there is room: a token, a number; visible text
    double value = std::numeric_limits<double>::quiet_NaN(); ///< its colour; not-a-number: not here yet
    bool faded = false;             ///< to be read with care (the lens disagrees with the output here)
    bool cut = false;               ///< hatched
    QString tip;                    ///< what hovering says; empty: row, column and value
    std::optional<Payload> payload; ///< what is picked up here
};

/// What a matrix shows.
struct CellGridState {
    QString name;                ///< for screen readers: "Logit lens"
    QStringList rows;            ///< labels
    QStringList rowNotes;        ///< a short figure at the right of each row's label ("62 %"); may be empty
    bool bottomUp = false;       ///< row 0 stands at the bottom
    QStringList cols;            ///< labels, in mono: visible texts of tokens
    std::vector<GridCell> cells; ///< row-major, rows × cols of them
    MapKind kind = MapKind::Absolute;
    double low = 0.0;     ///< value of the lowest colour
    double high = 1.0;    ///< value of the highest
    QString unit;         ///< beside the colour bar: "logits"
    bool figures = false; ///< texts are numbers rather than tokens: not in mono
    int currentCol = -1;
    bool stale = false;
    QString message; ///< one sentence in place of the cells: nothing asked yet, or what went wrong
};

/// A labelled matrix: the lens (layer by position), a sweep (layer by head or position). Labels stay while
/// cells scroll; only what is visible is painted, so 1,024 × 128 cells cost what fits the window. Space is
/// left to the window, which picks up selectedPayload().
class CellGrid : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit CellGrid(QWidget* parent = nullptr);

    /// Keeps the selection where it still is a cell. Fewer or more cells than rows × cols show as empty.
    void setState(CellGridState state);
    const CellGridState& state() const { return m_state; }
    /// One cell as it streams in: repaints that place alone.
    void setCell(int row, int col, GridCell cell);
    void setCurrentColumn(int col);
    void setStale(bool stale);
    /// Selects without emitting cellSelected; none clears.
    void setSelected(std::optional<std::pair<int, int>> cell);
    /// The selected cell as (row, col).
    std::optional<std::pair<int, int>> selected() const { return m_selected; }
    /// What the selected cell carries.
    std::optional<Payload> selectedPayload() const;

    /// Where a cell or a column's label stands, in this widget's coordinates (tests, menus by key).
    QRect cellRect(int row, int col) const;
    QPoint columnLabelPoint(int col) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void cellSelected(int row, int col);
    /// Enter or double click.
    void cellActivated(int row, int col);
    /// The cell under the pointer; (−1, −1) when it leaves.
    void cellHovered(int row, int col);
    /// A column's label was clicked.
    void columnChosen(int col);
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
    using Place = std::pair<int, int>;
    struct Metrics {
        int pitchX = 16, pitchY = 16; ///< cell to cell
        int left = 0, top = 0;        ///< of the cells, viewport pixels when not scrolled
        double label = 0;             ///< width of the row labels
        double note = 0;              ///< width of the notes
        double slantLength = 0;       ///< of the longest column label, drawn slanted; 0: drawn level
    };

    int rowCount() const;
    int colCount() const;
    bool empty() const;
    const GridCell& cell(Place place) const;
    int visual(int row) const; ///< counted from the top
    QRect bodyRect() const;    ///< where cells show, viewport pixels
    QRect placeRect(Place place) const;
    std::optional<Place> placeAt(const QPoint& viewportPos) const;
    int columnLabelAt(const QPoint& viewportPos) const;
    void layOut();
    void dropPictures();
    QString describe(Place place) const;
    QString spoken(double value) const;
    void repaint(std::optional<Place> place);
    void select(Place place);
    void reveal(Place place);
    void setHovered(std::optional<Place> place);

    // cell_grid_paint.cpp
    QColor colourFor(const GridCell& cell, const ColourTable& table) const;
    void paintCell(QPainter& painter, const QRect& rect, const GridCell& cell,
                   const ColourTable& table) const;
    void paintMarks(QPainter& painter) const;
    void paintRowLabels(QPainter& painter, int first, int last) const;
    void paintColumnLabels(QPainter& painter, int first, int last) const;
    const QPixmap& placeholder() const;
    QPixmap thumbnail(Place place) const;

    CellGridState m_state;
    Metrics m_metrics;
    bool m_textual = false; ///< some cell holds text
    std::optional<Place> m_selected, m_hovered;
    int m_hoveredLabel = -1;
    PickUp m_pickUp;
    mutable QPixmap m_placeholder;
};

} // namespace cutaway::widgets
