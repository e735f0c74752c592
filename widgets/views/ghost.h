// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPixmap>
#include <QWidget>

namespace cutaway::widgets {

/// What is carried, beside the pointer: a thumbnail and its label (`L4H2 · all`). A child of the window that
/// lies over everything and lets the mouse through.
class Ghost : public QWidget {
    Q_OBJECT
public:
    explicit Ghost(QWidget* window);

    /// An empty thumbnail shows the label alone.
    void setThing(const QPixmap& thumbnail, const QString& label);
    void setLabel(const QString& label);
    /// Over a place that does not take it.
    void setForbidden(bool forbidden);
    /// Stands beside a position in the window's coordinates, inside the window.
    void follow(const QPoint& windowPos);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QPixmap m_thumbnail;
    QString m_label;
    bool m_forbidden = false;
};

} // namespace cutaway::widgets
