// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/elided_label.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

ElidedLabel::ElidedLabel(Theme::Type type, Tone tone, QWidget* parent)
    : QWidget(parent), m_type(type), m_tone(tone) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    followTheme(this);
}

void ElidedLabel::setText(const QString& text) {
    if (text == m_text) return;
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void ElidedLabel::setTone(Tone tone) {
    if (tone == m_tone) return;
    m_tone = tone;
    update();
}

void ElidedLabel::setTabular(bool tabular) {
    m_tabular = tabular;
    update();
}

void ElidedLabel::setLeast(int least) {
    m_least = least;
    updateGeometry();
}

QSize ElidedLabel::sizeHint() const {
    const QFontMetricsF metrics(typeFont(m_type));
    return {static_cast<int>(std::ceil(m_tabular ? tabularWidth(typeFont(m_type), m_text)
                                                 : metrics.horizontalAdvance(m_text))) +
                1,
            static_cast<int>(std::ceil(metrics.height())) + 1};
}

QSize ElidedLabel::minimumSizeHint() const {
    const QSize whole = sizeHint();
    return {std::min(m_least, whole.width()), whole.height()};
}

void ElidedLabel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    painter.setFont(typeFont(m_type));
    painter.setPen(!isEnabled() || m_tone == Tone::Faint ? p.faint : m_tone == Tone::Mute ? p.mute : p.text);
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    if (m_tabular)
        paintTabular(painter, 0, baseline, m_text);
    else
        paintLine(painter, 0, baseline, m_text, width());
}

bool ElidedLabel::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && sizeHint().width() > width()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), tipText(m_text), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace cutaway::widgets
