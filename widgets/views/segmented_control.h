// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

#include <vector>

namespace cutaway::widgets {

/// A few mutually exclusive choices side by side. Arrow keys move; each segment can be unavailable.
class SegmentedControl : public QWidget {
    Q_OBJECT
public:
    explicit SegmentedControl(const QStringList& labels, QWidget* parent = nullptr);

    int current() const { return m_current; }
    /// Without emitting chosen.
    void setCurrent(int segment);
    void setSegmentEnabled(int segment, bool enabled);
    void setSegmentToolTip(int segment, const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    /// The user chose a segment.
    void chosen(int segment);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF segmentRect(int segment) const;
    int segmentAt(const QPointF& pos) const;
    void choose(int segment);
    void tellName();

    QStringList m_labels;
    std::vector<bool> m_enabled;
    QStringList m_toolTips;
    int m_current = 0;
    int m_hovered = -1;
};

} // namespace cutaway::widgets
