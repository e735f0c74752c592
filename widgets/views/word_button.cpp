// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/word_button.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kCaret = 14;
constexpr int kWidest = 240;
} // namespace

WordButton::WordButton(QWidget* parent) : QAbstractButton(parent) {
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    followTheme(this);
}

void WordButton::setFaded(bool faded) {
    if (faded == m_faded) return;
    m_faded = faded;
    update();
}

QSize WordButton::sizeHint() const {
    const QFontMetricsF metrics(typeFont(Theme::Type::Answer));
    return {static_cast<int>(std::ceil(
                std::min<double>(Theme::instance().onStage(kWidest), metrics.horizontalAdvance(text())))) +
                kCaret + 2,
            Theme::instance().onStage(32)};
}

QSize WordButton::minimumSizeHint() const {
    return sizeHint();
}

void WordButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Answer));
    painter.setPen(m_faded ? p.mute : p.text);
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    const double drawn = paintLine(painter, 0, baseline, text(), Theme::instance().onStage(kWidest));
    paintIcon(painter, Icon::CaretDown, QRectF(drawn + 4, baseline - 11, 10, 10),
              underMouse() ? p.text : p.mute);
    if (hasFocus()) paintBox(painter, QRectF(rect()), 4, {}, p.accent, 1.0);
}

} // namespace cutaway::widgets
