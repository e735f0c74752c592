// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/model_button.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr double kPadding = 11;
constexpr double kCaret = 14;
constexpr double kWidestName = 200;
} // namespace

ModelButton::ModelButton(QWidget* parent) : QToolButton(parent) {
    setPopupMode(QToolButton::InstantPopup);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    followTheme(this);
}

void ModelButton::setModel(const QString& name, const QString& size) {
    m_name = name;
    m_size = size;
    setAccessibleName(tr("Model: %1 %2").arg(name, size));
    setToolTip(tr("Open another model, or see this one's card"));
    updateGeometry();
    update();
}

QSize ModelButton::sizeHint() const {
    const double name =
        std::min(kWidestName, QFontMetricsF(typeFont(Theme::Type::BodyStrong)).horizontalAdvance(m_name));
    const double size = QFontMetricsF(typeFont(Theme::Type::Body)).horizontalAdvance(m_size);
    return {static_cast<int>(std::ceil(2 * kPadding + name + 8 + size + kCaret)), 28};
}

void ModelButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const bool hover = underMouse() || isDown();
    paintBox(painter, QRectF(rect()), 6, hover ? mixed(p.panel, p.text, 0.05) : p.page,
             hasFocus() ? p.accent : p.line);
    painter.setFont(typeFont(Theme::Type::BodyStrong));
    painter.setPen(p.text);
    double x = kPadding;
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    x += paintLine(painter, x, baseline, m_name, kWidestName + 1) + 8;
    painter.setFont(typeFont(Theme::Type::Body));
    painter.setPen(p.mute);
    x += paintLine(painter, x, baseline, m_size, width() - x - kCaret);
    paintIcon(painter, Icon::CaretDown, QRectF(x + 5, height() / 2.0 - 4, 9, 9), p.mute);
}

} // namespace cutaway::widgets
