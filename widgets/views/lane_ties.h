// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineF>
#include <QPointF>
#include <QWidget>

#include <vector>

namespace cutaway::widgets {

class TokenStrip;

/// The lines between the chips of two lanes. A tie is moved by dragging from a token of lane A to one of lane
/// B.
class LaneTies : public QWidget {
    Q_OBJECT
public:
    LaneTies(TokenStrip* own, TokenStrip* donor, QWidget* parent = nullptr);

    /// For every token of lane A its token in lane B, −1 for none; `changed`: their texts differ.
    void setTies(std::vector<int> ties, std::vector<bool> changed);
    QSize sizeHint() const override { return {200, 16}; }
    /// Where the tie of a token begins and ends, this widget's coordinates (tests).
    QLineF line(int own, int donor) const;

Q_SIGNALS:
    void tieChosen(int own, int donor);
    void tiesReset();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    int nearest(const TokenStrip* strip, double x) const;
    double centre(const TokenStrip* strip, int position) const;

    TokenStrip *m_own, *m_donor;
    std::vector<int> m_ties;
    std::vector<bool> m_changed;
    int m_hovered = -1;
    int m_dragged = -1; ///< the token of lane A whose tie is being moved
    QPointF m_end;
};

} // namespace cutaway::widgets
