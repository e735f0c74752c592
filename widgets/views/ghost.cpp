// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/ghost.h"

#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kShadow = 10;
constexpr int kPadding = 6;
constexpr int kLabel = 20;
} // namespace

Ghost::Ghost(QWidget* window) : QWidget(window) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void Ghost::setThing(const QPixmap& thumbnail, const QString& label) {
    m_thumbnail = thumbnail;
    setLabel(label);
}

void Ghost::setLabel(const QString& label) {
    m_label = label;
    setAccessibleName(tr("Carrying %1").arg(label));
    resize(sizeHint());
    update();
}

void Ghost::setForbidden(bool forbidden) {
    if (forbidden == m_forbidden) return;
    m_forbidden = forbidden;
    update();
}

QSize Ghost::sizeHint() const {
    const QFontMetricsF metrics(typeFont(Theme::Type::MonoCaption));
    const QSizeF picture = m_thumbnail.isNull() ? QSizeF(0, 0) : m_thumbnail.deviceIndependentSize();
    const double width = std::max(picture.width(), std::min(320.0, metrics.horizontalAdvance(m_label)));
    const double height = picture.height() + (m_thumbnail.isNull() ? 0 : kPadding) + kLabel;
    return {static_cast<int>(std::ceil(width)) + 2 * (kPadding + kShadow),
            static_cast<int>(std::ceil(height)) + kPadding + 2 * kShadow};
}

void Ghost::follow(const QPoint& windowPos) {
    QPoint at = windowPos + QPoint(10 - kShadow, 12 - kShadow);
    if (const QWidget* window = parentWidget()) {
        at.setX(std::clamp(at.x(), -kShadow, std::max(-kShadow, window->width() - width() + kShadow)));
        at.setY(std::clamp(at.y(), -kShadow, std::max(-kShadow, window->height() - height() + kShadow)));
    }
    move(at);
    raise();
}

void Ghost::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const QRectF box = QRectF(rect()).adjusted(kShadow, kShadow, -kShadow, -kShadow);
    paintShadow(painter, box, 8, kShadow);
    paintBox(painter, box, 8, p.panel, m_forbidden ? p.faint : p.accent, 2.0);
    double y = box.top() + kPadding;
    if (!m_thumbnail.isNull()) {
        painter.setOpacity(m_forbidden ? 0.5 : 1.0);
        painter.drawPixmap(QPointF(box.left() + kPadding, y), m_thumbnail);
        painter.setOpacity(1.0);
        y += m_thumbnail.deviceIndependentSize().height();
    } else {
        y -= kPadding / 2.0;
    }
    painter.setFont(typeFont(Theme::Type::MonoCaption));
    painter.setPen(m_forbidden ? p.mute : p.text);
    const QRectF line(box.left() + kPadding, y, box.width() - 2 * kPadding, box.bottom() - y);
    paintLine(painter, line.left(), centredBaseline(line, painter.font()), m_label, line.width() + 1);
}

} // namespace cutaway::widgets
