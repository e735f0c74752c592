// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/step_button.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kHeight = 28;
constexpr int kPadding = 12;
constexpr int kMark = 10;
constexpr int kCaretWidth = 24;
constexpr int kRadius = 6;
} // namespace

StepButton::StepButton(Part part, QWidget* parent) : QToolButton(parent), m_part(part) {
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    followTheme(this);
}

QSize StepButton::sizeHint() const {
    if (m_part == Part::Alternatives) return {kCaretWidth, kHeight};
    const double word = QFontMetricsF(typeFont(Theme::Type::BodyStrong)).horizontalAdvance(text());
    return {static_cast<int>(std::ceil(word)) + 2 * kPadding + 6 + kMark, kHeight};
}

void StepButton::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const bool step = m_part == Part::Step;
    const bool lit = isEnabled() && (underMouse() || isDown());
    const QColor ground = !isEnabled() ? p.sunk
                          : lit        ? mixed(p.accent, p.text, isDown() ? 0.2 : 0.12)
                                       : p.accent;
    const QColor ink = isEnabled() ? p.onAccent : p.faint;
    // The half that joins the other has no round corners: its box reaches past the edge.
    const QRectF box = QRectF(rect()).adjusted(step ? 0 : -kRadius, 0, step ? kRadius : 0, 0);
    paintBox(painter, box, kRadius, ground, isEnabled() ? QColor() : p.line);
    if (!step)
        painter.fillRect(QRectF(0, 0, 1, height()), isEnabled() ? mixed(p.accent, p.onAccent, 0.35) : p.line);
    if (hasFocus()) paintBox(painter, box.adjusted(2, 2, -2, -2), kRadius - 2, {}, p.onAccent, 1.0);
    if (!step) {
        paintIcon(painter, Icon::CaretDown,
                  QRectF((width() - kMark) / 2.0 + 0.5, (height() - kMark) / 2.0, kMark, kMark), ink);
        return;
    }
    painter.setFont(typeFont(Theme::Type::BodyStrong));
    painter.setPen(ink);
    const double word =
        paintLine(painter, kPadding, centredBaseline(QRectF(rect()), painter.font()), text(), width());
    paintIcon(painter, Icon::StepForward, QRectF(kPadding + word + 6, (height() - kMark) / 2.0, kMark, kMark),
              ink);
}

} // namespace cutaway::widgets
