// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scrim.h"

#include "widgets/util/theme.h"

#include <QPainter>

namespace cutaway::widgets {

namespace {
constexpr double kDim = 0.32;
}

Scrim::Scrim(QWidget* window) : QWidget(window) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void Scrim::cover(const QList<QWidget*>& dimmed) {
    m_dimmed.clear();
    for (QWidget* widget : dimmed)
        m_dimmed << widget;
    setGeometry(parentWidget()->rect());
    show();
    raise();
}

void Scrim::lift() {
    hide();
}

void Scrim::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    for (const QPointer<QWidget>& widget : m_dimmed)
        if (widget && widget->isVisible())
            painter.fillRect(QRect(widget->mapTo(parentWidget(), QPoint(0, 0)), widget->size()),
                             faded(colours().page, kDim));
}

} // namespace cutaway::widgets
