// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/segmented_control.h"

#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kPadding = 12;
constexpr int kHeight = 28;
} // namespace

SegmentedControl::SegmentedControl(const QStringList& labels, QWidget* parent)
    : QWidget(parent), m_labels(labels), m_enabled(static_cast<std::size_t>(labels.size()), true) {
    for (qsizetype i = 0; i < labels.size(); ++i)
        m_toolTips << QString();
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    followTheme(this);
    tellName();
}

void SegmentedControl::setCurrent(int segment) {
    if (segment == m_current) return;
    m_current = segment;
    tellName();
    update();
}

void SegmentedControl::setSegmentEnabled(int segment, bool enabled) {
    m_enabled[static_cast<std::size_t>(segment)] = enabled;
    update();
}

void SegmentedControl::setSegmentToolTip(int segment, const QString& text) {
    m_toolTips[segment] = text;
}

void SegmentedControl::tellName() {
    setAccessibleName(tr("Show: %1").arg(m_labels.value(m_current)));
    setAccessibleDescription(tr("One of %1; arrow keys change it").arg(m_labels.join(QStringLiteral(", "))));
}

QSize SegmentedControl::sizeHint() const {
    const QFontMetricsF metrics(typeFont(Theme::Type::BodyStrong));
    double width = 0;
    for (const QString& label : m_labels)
        width += std::ceil(metrics.horizontalAdvance(label)) + 2 * kPadding;
    return {static_cast<int>(width) + 2, kHeight};
}

QRectF SegmentedControl::segmentRect(int segment) const {
    const QFontMetricsF metrics(typeFont(Theme::Type::BodyStrong));
    double x = 1;
    for (int i = 0; i < segment; ++i)
        x += std::ceil(metrics.horizontalAdvance(m_labels.at(i))) + 2 * kPadding;
    return {x, 1, std::ceil(metrics.horizontalAdvance(m_labels.at(segment))) + 2 * kPadding, kHeight - 2.0};
}

int SegmentedControl::segmentAt(const QPointF& pos) const {
    for (int i = 0; i < m_labels.size(); ++i)
        if (segmentRect(i).contains(pos)) return i;
    return -1;
}

void SegmentedControl::choose(int segment) {
    if (segment < 0 || segment >= m_labels.size() || segment == m_current) return;
    if (!m_enabled[static_cast<std::size_t>(segment)]) return;
    setCurrent(segment);
    Q_EMIT chosen(segment);
}

void SegmentedControl::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& p = colours();
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath shape;
    shape.addRoundedRect(frame, 6, 6);
    painter.fillPath(shape, p.panel);
    painter.save();
    painter.setClipPath(shape);
    for (int i = 0; i < m_labels.size(); ++i) {
        const QRectF segment = segmentRect(i);
        const bool enabled = m_enabled[static_cast<std::size_t>(i)] && isEnabled();
        const bool current = i == m_current && isEnabled();
        if (current)
            painter.fillRect(segment.adjusted(-1, -1, 1, 1), p.accentGround);
        else if (i == m_hovered && enabled)
            painter.fillRect(segment, mixed(p.panel, p.text, 0.05));
        if (i > 0) {
            painter.setPen(QPen(p.line, 1));
            painter.drawLine(QPointF(segment.left() - 0.5, 0), QPointF(segment.left() - 0.5, height()));
        }
        painter.setFont(typeFont(current ? Theme::Type::BodyStrong : Theme::Type::Body));
        painter.setPen(current ? p.accent : enabled ? p.text : p.faint);
        const double width = QFontMetricsF(painter.font()).horizontalAdvance(m_labels.at(i));
        painter.drawText(QPointF(segment.center().x() - width / 2, centredBaseline(segment, painter.font())),
                         m_labels.at(i));
    }
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(hasFocus() ? p.accent : p.line, 1));
    painter.drawPath(shape);
}

void SegmentedControl::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) choose(segmentAt(event->position()));
}

void SegmentedControl::mouseMoveEvent(QMouseEvent* event) {
    m_hovered = segmentAt(event->position());
    update();
}

void SegmentedControl::leaveEvent(QEvent*) {
    m_hovered = -1;
    update();
}

void SegmentedControl::keyPressEvent(QKeyEvent* event) {
    const int way = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (way == 0) {
        event->ignore();
        return;
    }
    int to = m_current + way;
    while (to >= 0 && to < m_labels.size() && !m_enabled[static_cast<std::size_t>(to)])
        to += way;
    choose(to);
}

bool SegmentedControl::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const int segment = segmentAt(help->pos());
        QToolTip::showText(help->globalPos(), segment >= 0 ? m_toolTips.at(segment) : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace cutaway::widgets
