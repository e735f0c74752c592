// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/probability_bars.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr double kNarrowest = 48; ///< of the words
constexpr double kWidest = 120;
constexpr double kGap = 10;
constexpr double kBar = 128;
constexpr int kLine = 24;
constexpr double kCertain = 0.99; ///< above it a probability says little: it is greyed
} // namespace

ProbabilityBars::ProbabilityBars(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    followTheme(this);
}

void ProbabilityBars::setRows(const Row& answer, const Row& wrong, bool stale) {
    m_answer = answer;
    m_wrong = wrong;
    m_stale = stale;
    const QFontMetricsF metrics(typeFont(Theme::Type::Strip));
    m_label = kNarrowest;
    for (const Row* row : {&m_answer, &m_wrong})
        m_label = std::clamp(std::ceil(metrics.horizontalAdvance(row->label)) + kGap, m_label, kWidest);
    updateGeometry();
    QStringList said;
    for (const Row* row : {&m_answer, &m_wrong}) {
        if (!row->uncut) continue;
        QString line = tr("probability of %1 %2").arg(row->label, formatProb(*row->uncut));
        if (row->cut) line += tr(", after the cuts %1").arg(formatProb(*row->cut));
        said << line;
    }
    setAccessibleName(said.join(QStringLiteral("; ")));
    update();
}

QSize ProbabilityBars::sizeHint() const {
    return {static_cast<int>(m_label + kBar) + Theme::instance().onStage(90),
            Theme::instance().onStage(2 * kLine)};
}

void ProbabilityBars::paintRow(QPainter& painter, const Row& row, const QRectF& line) const {
    if (!row.uncut) return;
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Strip));
    painter.setPen(p.text);
    const double baseline = centredBaseline(line, painter.font());
    paintLine(painter, 0, baseline, row.label, m_label - kGap + 1);
    const double now = row.cut.value_or(*row.uncut);
    const QRectF bar(m_label, line.center().y() - 4.5, kBar, 9);
    painter.fillRect(bar, mixed(p.page, p.text, 0.06));
    painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * now, bar.height()), p.accent);
    if (row.cut && bar.width() * *row.uncut >= 2) {
        painter.setPen(QPen(p.mute, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(
            QRectF(bar.left() + 0.5, bar.top() + 0.5, bar.width() * *row.uncut - 1, bar.height() - 1));
    }
    painter.setFont(typeFont(Theme::instance().presenting() ? Theme::Type::Strip : Theme::Type::Caption));
    painter.setPen(now > kCertain ? p.faint : p.text);
    QString numbers = formatProb(*row.uncut);
    if (row.cut) numbers += QStringLiteral(" → ") + formatProb(*row.cut);
    paintTabular(painter, bar.right() + 8, centredBaseline(line, painter.font()), numbers);
}

void ProbabilityBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setOpacity(m_stale ? 0.5 : 1.0);
    const double line = Theme::instance().onStage(kLine), top = (height() - 2 * line) / 2;
    paintRow(painter, m_answer, QRectF(0, top, width(), line));
    paintRow(painter, m_wrong, QRectF(0, top + line, width(), line));
    const double left = m_label + kBar + 8;
    paintAskable(painter, QRectF(left, 0, width() - left - 8, top + 2 * line - 1), underMouse(), hasFocus());
}

} // namespace cutaway::widgets
