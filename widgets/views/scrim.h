// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointer>
#include <QWidget>

namespace cutaway::widgets {

/// Dims parts of the window while something is carried, so that the places that take it stand out. Lets the
/// mouse through.
class Scrim : public QWidget {
    Q_OBJECT
public:
    explicit Scrim(QWidget* window);
    /// Dims these widgets (children of the window, at any depth) until lift().
    void cover(const QList<QWidget*>& dimmed);
    void lift();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QList<QPointer<QWidget>> m_dimmed;
};

} // namespace cutaway::widgets
