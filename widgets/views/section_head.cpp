// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/section_head.h"

#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

namespace cutaway::widgets {

SectionHead::SectionHead(const QString& left, const QString& right, QWidget* parent)
    : QWidget(parent), m_left(left), m_right(right), m_row(new QHBoxLayout(this)) {
    setFixedHeight(36);
    m_row->setContentsMargins(14, 2, 9, 0);
    m_row->setSpacing(2);
    m_row->addStretch();
    setAccessibleName(left);
    followTheme(this);
}

void SectionHead::setRight(const QString& text) {
    m_right = text;
    update();
}

void SectionHead::addButton(QToolButton* button) {
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    m_row->insertWidget(1, button);
}

void SectionHead::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), colours().panel);
    painter.setFont(typeFont(Theme::Type::SectionHead));
    painter.setPen(colours().mute);
    const double baseline = centredBaseline(QRectF(rect()), painter.font()) + 2;
    painter.drawText(QPointF(14, baseline), m_left);
    const double width_ = QFontMetricsF(painter.font()).horizontalAdvance(m_right);
    painter.drawText(QPointF(width() - 14 - width_, baseline), m_right);
}

} // namespace cutaway::widgets
