// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/plot/marks.h"
#include "widgets/util/pick_up.h"

#include <QPixmap>
#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

namespace cutaway::widgets {

/// One part's share of a sum, or its change.
struct ContributionBar {
    QString name; ///< in mono: `L3H1`
    double value = 0.0;
    std::optional<double> former;   ///< leaves an outline
    QString note;                   ///< a word at the right: "cut", "followed", "took over"
    bool cut = false;               ///< hatched
    bool estimate = false;          ///< dotted, its number with ≈
    bool faint = false;             ///< recedes
    std::optional<Payload> payload; ///< what is picked up here
    QString tip;                    ///< empty: name, value and note
};

/// What a list of bars shows.
struct ContributionBarsState {
    QString title; ///< "Why it changed"; empty for no head line
    QString total; ///< at its right: "−3.60 logits"
    std::vector<ContributionBar> bars;
    int shown = 8;        ///< so many of the largest; the others are summed in one row, which a click unfolds
    bool ordered = false; ///< in the order given rather than by size
    QString footer;       ///< a sentence below
    bool stale = false;
    QString message; ///< one sentence in place of the bars
};

/// Signed bars around an axis, under each other: what each part adds to a difference and how that changed.
/// As tall as its rows: put it into a scroll area. Enter unfolds the others; Space is left to the window,
/// which picks up selectedPayload().
class ContributionBars : public QWidget {
    Q_OBJECT
public:
    explicit ContributionBars(QWidget* parent = nullptr);

    /// Keeps the selection where a bar of the same name is left.
    void setState(ContributionBarsState state);
    const ContributionBarsState& state() const { return m_state; }
    void setStale(bool stale);
    /// Marks the bar of a part as if hovered, since it is hovered in another view; none clears.
    void setLit(const std::optional<Target>& part);
    /// Selects a bar without emitting barSelected; −1 clears.
    void setSelected(int index);
    int selected() const { return m_selected; }
    std::optional<Payload> selectedPayload() const;
    /// Whether every bar is shown.
    bool expanded() const { return m_expanded; }
    void setExpanded(bool expanded);

    /// Indices of the bars in the order painted; −1 is the row of the others.
    const std::vector<int>& order() const { return m_rows; }
    /// Where a row of `order` stands (tests, menus by key).
    QRect rowRect(int row) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

Q_SIGNALS:
    void barSelected(int index);
    /// Enter or double click.
    void barActivated(int index);
    /// The bar under the pointer; −1 when it leaves.
    void barHovered(int index);
    /// The row of the others was folded or unfolded.
    void expandedChanged(bool expanded);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    struct Columns {
        double nameLeft = 0, nameRight = 0;
        double barLeft = 0, barWidth = 0;
        double numberRight = 0, noteLeft = 0, noteWidth = 0;
    };

    void arrange();
    void tell();
    int rowOf(int index) const;
    int rowAt(const QPoint& pos) const;
    int headHeight() const;
    const ContributionBar& barOf(int row) const; ///< the others' too
    QString number(const ContributionBar& bar) const;
    QString describe(const ContributionBar& bar) const;
    void select(int row);
    void setHovered(int row);
    QRectF gripRect(int row) const;

    // contribution_bars_paint.cpp
    Columns columns() const;
    void paintRow(QPainter& painter, int row, const Columns& at, const SignedAxis& axis) const;
    QPixmap thumbnail(int row) const;

    ContributionBarsState m_state;
    std::vector<int> m_rows;
    ContributionBar m_others; ///< their sum, and the words of the row
    int m_decimals = 2;
    double m_low = 0.0, m_high = 0.0; ///< of what is painted
    bool m_expanded = false;
    int m_selected = -1;     ///< an index into the bars
    bool m_onOthers = false; ///< the keyboard stands on the row of the others
    int m_hovered = -1;      ///< a row
    int m_lit = -1;          ///< a row
    PickUp m_pickUp;
};

} // namespace cutaway::widgets
