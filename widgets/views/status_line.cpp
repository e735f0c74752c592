// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/status_line.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QProgressBar>
#include <QToolButton>

#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr double kMargin = 14;
constexpr double kBetween = 18;
constexpr double kDot = 14;
constexpr int kBar = 140;
} // namespace

StatusLine::StatusLine(QWidget* parent)
    : QWidget(parent), m_bar(new QProgressBar(this)), m_stop(new QToolButton(this)) {
    setFixedHeight(28);
    m_bar->setTextVisible(false);
    m_bar->hide();
    m_stop->setProperty("role", QStringLiteral("small"));
    m_stop->setText(tr("Stop"));
    m_stop->setToolTip(tr("Stop what is running"));
    m_stop->hide();
    connect(m_stop, &QToolButton::clicked, this, &StatusLine::stopRequested);
    followTheme(this);
}

double StatusLine::leftWidth() const {
    const QFontMetricsF metrics(typeFont(Theme::Type::Caption));
    double x = kMargin;
    if (m_state.trust != StatusLineState::Trust::Unknown)
        x += kDot + metrics.horizontalAdvance(m_state.trustText) + kBetween;
    for (const QString& part : m_state.parts)
        x += metrics.horizontalAdvance(part) + kBetween;
    if (working()) x += metrics.horizontalAdvance(m_state.work) + 10;
    return x;
}

void StatusLine::setState(const StatusLineState& state) {
    if (state == m_state) return;
    m_state = state;
    m_bar->setVisible(working());
    m_bar->setRange(0, state.progress ? 1000 : 0);
    if (state.progress) m_bar->setValue(static_cast<int>(std::lround(*state.progress * 1000)));
    m_bar->setAccessibleName(state.work);
    m_stop->setVisible(working() && state.canStop);
    QStringList said = state.parts;
    if (state.trust != StatusLineState::Trust::Unknown) said.prepend(state.trustText);
    if (working()) said.prepend(state.work);
    setAccessibleName(said.join(QStringLiteral(", ")));
    if (!state.trustTip.isEmpty()) said << state.trustTip;
    setToolTip(tipText(said.join(QLatin1Char('\n'))));
    place();
    update();
}

void StatusLine::place() {
    const int x = static_cast<int>(std::ceil(std::min(leftWidth(), width() - kBar - 90.0)));
    m_bar->setGeometry(x, height() / 2 - 3, kBar, 6);
    m_stop->setGeometry(x + kBar + 10, 4, 48, 20);
}

void StatusLine::resizeEvent(QResizeEvent*) {
    place();
}

void StatusLine::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    painter.fillRect(rect(), p.panel);
    painter.fillRect(QRect(0, 0, width(), 1), p.line);
    painter.setFont(typeFont(Theme::Type::Caption));
    const QFontMetricsF metrics(painter.font());
    const double baseline = centredBaseline(QRectF(rect()), painter.font());
    painter.setPen(p.mute);
    double right = width() - kMargin;
    for (qsizetype i = m_state.hints.size(); i-- > 0;) {
        right -= metrics.horizontalAdvance(m_state.hints.at(i));
        // Hints give way first where the window is narrow.
        if (right < leftWidth() + (working() ? kBar + 70 : 0)) break;
        painter.drawText(QPointF(right, baseline), m_state.hints.at(i));
        right -= kBetween;
    }
    double x = kMargin;
    using Trust = StatusLineState::Trust;
    if (m_state.trust != Trust::Unknown) {
        painter.setRenderHint(QPainter::Antialiasing);
        const QPointF centre(x + 4, height() / 2.0);
        // Full, half, empty: the shape says it too, not the colour alone.
        painter.setPen(QPen(m_state.trust == Trust::NotChecked ? p.faint : p.good, 1.4));
        painter.setBrush(m_state.trust == Trust::Matches ? QBrush(p.good) : QBrush(Qt::NoBrush));
        painter.drawEllipse(centre, 3.3, 3.3);
        x += kDot;
        painter.setPen(m_state.trust == Trust::NotChecked ? p.mute : p.text);
        x += paintLine(painter, x, baseline, m_state.trustText, width() - x) + kBetween;
    }
    painter.setPen(p.mute);
    for (const QString& part : m_state.parts)
        x += paintLine(painter, x, baseline, part, width() - x) + kBetween;
    if (working()) {
        painter.setPen(p.text);
        paintLine(painter, x, baseline, m_state.work, width() - x);
    }
}

} // namespace cutaway::widgets
