// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot/marks.h"

#include <QPointF>
#include <QString>
#include <QWidget>

#include <vector>

namespace cutaway::widgets {

/// One prompt of a set.
struct PromptDot {
    double value = 0.0; ///< its change or difference; not-a-number: not run yet, no dot
    QString name;       ///< the prompt's text, for the tip; plain
    bool faint = false; ///< does not count (was skipped, warns)
};

/// What a strip of dots shows.
struct DotStripState {
    QString title; ///< "64 prompts like it"; empty for none
    std::vector<PromptDot> dots;
    QString unit;     ///< "logits"
    int current = -1; ///< the prompt that is open
    bool stale = false;
    QString message; ///< one sentence in place of the dots
};

/// How many prompts fell and rose, in words: "58 of 64 fell". The larger side speaks; faint dots and those
/// not run yet do not count.
QString signCount(const std::vector<PromptDot>& dots);
/// The median of those that count; not-a-number where none do.
double medianOf(const std::vector<PromptDot>& dots);

/// An effect over a set of prompts: a dot for each on a signed axis, their median, and how many agree on the
/// sign. Dots that would cover each other stand above and below, always in the same way. Arrow keys go from
/// dot to dot by value; Enter chooses.
class DotStrip : public QWidget {
    Q_OBJECT
public:
    explicit DotStrip(QWidget* parent = nullptr);

    void setState(DotStripState state);
    const DotStripState& state() const { return m_state; }
    void setCurrent(int index);
    void setStale(bool stale);
    /// Where a dot's middle stands (tests); outside of the widget where there is none.
    QPointF dotPoint(int index) const;
    /// How large dots are so that they all fit.
    double dotRadius() const { return m_radius; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The dot under the pointer or the keyboard's; −1 when it leaves.
    void dotHovered(int index);
    /// Click or Enter.
    void dotChosen(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    QRectF plotRect() const;
    void layOut();
    bool placeDots();
    void tell();
    int dotAt(const QPointF& pos) const;
    QString describe(int index) const;
    void setHovered(int index);
    void paintAxis(QPainter& painter) const;
    void paintDot(QPainter& painter, int index) const;

    DotStripState m_state;
    std::vector<QPointF> m_points; ///< one a dot
    std::vector<int> m_order;      ///< those with a place, by value
    SignedAxis m_axis;
    double m_step = 1.0; ///< between ticks
    double m_low = 0.0, m_high = 0.0;
    double m_median = 0.0;
    double m_radius = 4.0;
    int m_decimals = 2;
    int m_hovered = -1;
};

} // namespace cutaway::widgets
