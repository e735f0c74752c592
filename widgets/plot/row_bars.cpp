// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/row_bars.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace cutaway::widgets {

namespace {
constexpr int kTitle = 24;
constexpr int kRow = 22;
constexpr double kNarrowest = 64; ///< of the tokens, so that bars do not move with every row
constexpr double kWidest = 150;
constexpr double kGap = 8;
constexpr double kPlaceGap = 5;

double placeWidth(const RowBar& bar) {
    return tabularWidth(typeFont(Theme::Type::Caption), QString::number(bar.position)) + kPlaceGap;
}
} // namespace

std::vector<RowBar> strongest(const float* row, int visible, const QStringList& tokens, int count) {
    std::vector<int> order(static_cast<std::size_t>(std::max(visible, 0)));
    std::iota(order.begin(), order.end(), 0);
    const auto kept = std::min(order.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [row](int a, int b) {
                          const float va = std::abs(row[a]);
                          const float vb = std::abs(row[b]);
                          return va != vb ? va > vb : a < b;
                      });
    std::vector<RowBar> bars;
    for (std::size_t i = 0; i < kept; ++i) {
        const int key = order[i];
        bars.push_back({key, key < tokens.size() ? tokens.at(key) : QString::number(key),
                        static_cast<double>(row[key])});
    }
    return bars;
}

RowBars::RowBars(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    followTheme(this);
}

void RowBars::setBars(const QString& title, std::vector<RowBar> bars, MapKind kind, float scale) {
    m_title = title;
    m_bars = std::move(bars);
    m_kind = kind;
    m_scale = scale > 0.0F ? scale : 1.0F;
    const QFontMetricsF mono(typeFont(Theme::Type::Mono));
    m_label = kNarrowest;
    for (const RowBar& bar : m_bars) {
        const double place = repeated(bar) ? placeWidth(bar) : 0.0;
        m_label = std::clamp(mono.horizontalAdvance(bar.token) + place + kGap, m_label, kWidest);
    }
    QString said = title;
    said.remove(QLatin1Char('`'));
    setAccessibleName(said);
    QStringList rows;
    for (const RowBar& bar : m_bars)
        rows << QStringLiteral("%1 (%2) %3")
                    .arg(bar.token)
                    .arg(bar.position)
                    .arg(formatNumber(bar.value, decimalsFor(static_cast<double>(m_scale))));
    setAccessibleDescription(rows.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void RowBars::setNote(const QString& note, bool acts) {
    m_note = note;
    m_noteActs = acts;
    update();
}

QRect RowBars::noteRect() const {
    if (m_note.isEmpty()) return {};
    const int rows = std::min(static_cast<int>(m_bars.size()), std::max(0, (height() - kTitle) / kRow));
    const QFontMetrics metrics(typeFont(Theme::Type::Caption));
    return {0, kTitle + rows * kRow, std::min(width(), metrics.horizontalAdvance(m_note) + 8), 24};
}

bool RowBars::repeated(const RowBar& bar) const {
    return std::count_if(m_bars.begin(), m_bars.end(),
                         [&](const RowBar& other) { return other.token == bar.token; }) > 1;
}

QSize RowBars::sizeHint() const {
    return {320, kTitle + kRow * std::max<int>(5, static_cast<int>(m_bars.size())) + 24};
}

QSize RowBars::minimumSizeHint() const {
    return {180, kTitle + 2 * kRow};
}

void RowBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const QStringList parts = m_title.split(QLatin1Char('`'));
    double x = 0;
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const bool mono = i % 2 == 1;
        painter.setFont(typeFont(mono ? Theme::Type::Mono : Theme::Type::Body));
        painter.setPen(mono ? p.text : p.mute);
        x += paintLine(painter, x, 14, parts.at(i), width() - x);
    }
    const ColourTable table = colourTable(m_kind);
    const double room = std::max(20.0, std::min<double>(width() - m_label - 60, 420));
    double y = kTitle;
    for (const RowBar& bar : m_bars) {
        if (y + kRow > height()) break;
        const QRectF line(0, y, width(), kRow);
        painter.setFont(typeFont(Theme::Type::Mono));
        const QFontMetricsF mono(painter.font());
        const double baseline = centredBaseline(line, painter.font());
        double right = m_label - kGap;
        if (repeated(bar)) { // which of the equal tokens it is
            painter.setFont(typeFont(Theme::Type::Caption));
            painter.setPen(p.faint);
            paintTabular(painter, right - placeWidth(bar) + kPlaceGap, baseline,
                         QString::number(bar.position));
            right -= placeWidth(bar);
            painter.setFont(typeFont(Theme::Type::Mono));
        }
        const QString label = mono.elidedText(bar.token, Qt::ElideRight, right);
        painter.setPen(p.text);
        painter.drawText(QPointF(right - mono.horizontalAdvance(label), baseline), label);
        const double share = std::clamp(std::abs(bar.value) / static_cast<double>(m_scale), 0.0, 1.0);
        const double length = std::max(2.0, room * share);
        const float low = m_kind == MapKind::Change ? -m_scale : 0.0F;
        QColor colour = QColor::fromRgb(colourOf(table, static_cast<float>(bar.value), low, m_scale));
        if (m_kind == MapKind::Change) colour = bar.value < 0 ? p.negative : p.positive;
        const QRectF box(m_label, line.center().y() - 5.5, length, 11);
        // The rim keeps the darkest colours of the scale off a dark page.
        paintBox(painter, box, 2, colour, bar.position == m_hovered ? p.text : faded(p.text, 0.22));
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.text);
        const int decimals = decimalsFor(static_cast<double>(m_scale));
        const QString number =
            m_kind == MapKind::Change ? formatSigned(bar.value, decimals) : formatNumber(bar.value, decimals);
        paintTabular(painter, box.right() + 8, centredBaseline(line, painter.font()), number);
        y += kRow;
    }
    if (!m_note.isEmpty() && y + 18 <= height()) {
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(m_noteHovered ? p.accent : p.mute);
        paintLine(painter, 0, y + 16, m_note, width());
    }
}

void RowBars::mousePressEvent(QMouseEvent* event) {
    if (m_noteActs && event->button() == Qt::LeftButton && noteRect().contains(event->position().toPoint()))
        Q_EMIT noteClicked();
}

void RowBars::mouseMoveEvent(QMouseEvent* event) {
    const bool note = m_noteActs && noteRect().contains(event->position().toPoint());
    if (note != m_noteHovered) {
        m_noteHovered = note;
        setCursor(note ? Qt::PointingHandCursor : Qt::ArrowCursor);
        update();
    }
    const int row =
        event->position().y() < kTitle ? -1 : static_cast<int>((event->position().y() - kTitle) / kRow);
    const int position = row >= 0 && row < static_cast<int>(m_bars.size())
                             ? m_bars[static_cast<std::size_t>(row)].position
                             : -1;
    if (position == m_hovered) return;
    m_hovered = position;
    Q_EMIT barHovered(position);
    update();
}

void RowBars::leaveEvent(QEvent*) {
    if (std::exchange(m_noteHovered, false)) update();
    if (m_hovered < 0) return;
    m_hovered = -1;
    Q_EMIT barHovered(-1);
    update();
}

} // namespace cutaway::widgets
