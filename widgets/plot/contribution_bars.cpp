// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/contribution_bars.h"

#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QFontMetrics>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cutaway::widgets {

namespace {
constexpr int kPad = 14;
constexpr int kHead = 32;
constexpr int kRow = 22;
constexpr int kTop = 4; ///< above the first row where there is no head line
constexpr int kFooterGap = 8;
constexpr double kLeast = 1e-4; ///< logits; a scale never goes below it

double sizeOf(double value) {
    return std::isfinite(value) ? std::abs(value) : 0.0;
}
} // namespace

ContributionBars::ContributionBars(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    followTheme(this);
}

void ContributionBars::setState(ContributionBarsState state) {
    const QString kept =
        m_selected >= 0 ? m_state.bars[static_cast<std::size_t>(m_selected)].name : QString();
    m_state = std::move(state);
    m_selected = -1;
    m_hovered = m_lit = -1;
    for (std::size_t i = 0; i < m_state.bars.size() && !kept.isEmpty(); ++i)
        if (m_state.bars[i].name == kept) m_selected = static_cast<int>(i);
    arrange();
    if (rowOf(m_selected) < 0) m_selected = -1;
    tell();
}

void ContributionBars::setLit(const std::optional<Target>& part) {
    int lit = -1;
    for (std::size_t row = 0; row < m_rows.size() && part; ++row) {
        if (m_rows[row] < 0) continue;
        const auto& payload = m_state.bars[static_cast<std::size_t>(m_rows[row])].payload;
        if (payload && payload->target == *part) lit = static_cast<int>(row);
    }
    if (lit == m_lit) return;
    m_lit = lit;
    update();
}

void ContributionBars::setStale(bool stale) {
    if (stale == m_state.stale) return;
    m_state.stale = stale;
    update();
}

void ContributionBars::arrange() {
    const std::vector<ContributionBar>& bars = m_state.bars;
    std::vector<int> largest(bars.size());
    std::iota(largest.begin(), largest.end(), 0);
    std::stable_sort(largest.begin(), largest.end(), [&bars](int a, int b) {
        return sizeOf(bars[static_cast<std::size_t>(a)].value) >
               sizeOf(bars[static_cast<std::size_t>(b)].value);
    });
    const auto shown = static_cast<std::size_t>(std::max(1, m_state.shown));
    // A row for one other says less than that bar itself.
    const bool folds = bars.size() > shown + 1;
    const std::size_t kept = folds && !m_expanded ? shown : bars.size();
    m_rows.assign(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(kept));
    if (m_state.ordered) std::sort(m_rows.begin(), m_rows.end());
    m_others = {};
    if (folds) {
        const auto rest = static_cast<int>(bars.size() - shown);
        m_others.name = m_expanded ? tr("fold %1").arg(rest) : tr("%1 others").arg(rest);
        for (std::size_t i = shown; i < largest.size() && !m_expanded; ++i) {
            const ContributionBar& bar = bars[static_cast<std::size_t>(largest[i])];
            m_others.value += std::isfinite(bar.value) ? bar.value : 0.0;
            if (bar.former) m_others.former = m_others.former.value_or(0.0) + *bar.former;
            m_others.estimate = m_others.estimate || bar.estimate;
        }
        m_others.tip = m_expanded ? tr("Show the %1 largest only").arg(shown)
                                  : tr("The sum of the %1 others, %2; click to show each")
                                        .arg(rest)
                                        .arg(formatSigned(m_others.value));
        m_rows.push_back(-1);
    }
    m_low = m_high = 0.0;
    for (std::size_t row = 0; row < m_rows.size(); ++row)
        for (const double value :
             {barOf(static_cast<int>(row)).value, barOf(static_cast<int>(row)).former.value_or(0.0)})
            if (std::isfinite(value)) {
                m_low = std::min(m_low, value);
                m_high = std::max(m_high, value);
            }
    m_decimals = decimalsFor(std::max({m_high, -m_low, kLeast}));
    if (m_high - m_low < kLeast) m_high = m_low + kLeast;
    updateGeometry();
    update();
}

void ContributionBars::tell() {
    setAccessibleName(m_state.total.isEmpty() ? m_state.title
                                              : m_state.title + QStringLiteral(", ") + m_state.total);
    QStringList said;
    if (!m_state.message.isEmpty())
        said << m_state.message;
    else if (m_selected >= 0)
        said << describe(m_state.bars[static_cast<std::size_t>(m_selected)]);
    else
        for (std::size_t row = 0; row < m_rows.size(); ++row)
            said << describe(barOf(static_cast<int>(row)));
    setAccessibleDescription(said.join(QStringLiteral("; ")));
}

const ContributionBar& ContributionBars::barOf(int row) const {
    const int index = m_rows[static_cast<std::size_t>(row)];
    return index < 0 ? m_others : m_state.bars[static_cast<std::size_t>(index)];
}

QString ContributionBars::number(const ContributionBar& bar) const {
    const QString said = formatSigned(bar.value, m_decimals);
    return bar.estimate ? QStringLiteral("≈ ") + said : said;
}

QString ContributionBars::describe(const ContributionBar& bar) const {
    if (!bar.tip.isEmpty()) return bar.tip;
    QString said = bar.name + QLatin1Char(' ') + number(bar);
    if (bar.former) said += tr(", before %1").arg(formatSigned(*bar.former, m_decimals));
    if (!bar.note.isEmpty()) said += QStringLiteral(", ") + bar.note;
    return said;
}

void ContributionBars::setExpanded(bool expanded) {
    if (expanded == m_expanded) return;
    m_expanded = expanded;
    m_hovered = -1;
    arrange();
    m_onOthers = m_onOthers && !m_rows.empty() && m_rows.back() < 0;
    if (rowOf(m_selected) < 0) m_selected = -1;
    tell();
    Q_EMIT expandedChanged(expanded);
}

void ContributionBars::setSelected(int index) {
    if (index >= static_cast<int>(m_state.bars.size())) index = -1;
    if (index >= 0 && rowOf(index) < 0) setExpanded(true);
    m_onOthers = false;
    if (index == m_selected) return;
    m_selected = std::max(index, -1);
    tell();
    update();
}

std::optional<Payload> ContributionBars::selectedPayload() const {
    return m_selected >= 0 ? m_state.bars[static_cast<std::size_t>(m_selected)].payload : std::nullopt;
}

int ContributionBars::rowOf(int index) const {
    if (index < 0) return -1;
    const auto at = std::find(m_rows.begin(), m_rows.end(), index);
    return at == m_rows.end() ? -1 : static_cast<int>(at - m_rows.begin());
}

int ContributionBars::headHeight() const {
    return m_state.title.isEmpty() && m_state.total.isEmpty() ? kTop : kHead;
}

QRect ContributionBars::rowRect(int row) const {
    return {0, headHeight() + row * kRow, width(), kRow};
}

QRectF ContributionBars::gripRect(int row) const {
    return {1, rowRect(row).center().y() - 5.0, 12, 12};
}

int ContributionBars::rowAt(const QPoint& pos) const {
    if (!m_state.message.isEmpty() || pos.y() < headHeight()) return -1;
    const int row = (pos.y() - headHeight()) / kRow;
    return row < static_cast<int>(m_rows.size()) ? row : -1;
}

int ContributionBars::heightForWidth(int width) const {
    int tall = headHeight() + static_cast<int>(m_rows.size()) * kRow + 6;
    if (!m_state.message.isEmpty()) tall = headHeight() + 4 * kRow;
    if (!m_state.footer.isEmpty()) {
        const QFontMetrics metrics(typeFont(Theme::Type::Caption));
        tall += kFooterGap + metrics
                                 .boundingRect(QRect(0, 0, std::max(40, width - 2 * kPad), 10000),
                                               Qt::TextWordWrap, m_state.footer)
                                 .height();
    }
    return tall;
}

QSize ContributionBars::sizeHint() const {
    return {360, heightForWidth(std::max(width(), 240))};
}

QSize ContributionBars::minimumSizeHint() const {
    return {240, heightForWidth(std::max(width(), 240))};
}

void ContributionBars::select(int row) {
    const int index = m_rows[static_cast<std::size_t>(row)];
    m_onOthers = index < 0;
    update();
    if (index < 0) {
        m_selected = -1;
        setAccessibleDescription(m_others.tip);
        return;
    }
    if (index == m_selected) return;
    m_selected = index;
    tell();
    QAccessibleEvent said(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
    Q_EMIT barSelected(index);
}

void ContributionBars::setHovered(int row) {
    if (row == m_hovered) return;
    m_hovered = row;
    update();
    Q_EMIT barHovered(row < 0 ? -1 : m_rows[static_cast<std::size_t>(row)]);
}

void ContributionBars::mousePressEvent(QMouseEvent* event) {
    const int row = rowAt(event->position().toPoint());
    if (row < 0) return;
    if (m_rows[static_cast<std::size_t>(row)] < 0) {
        if (event->button() == Qt::LeftButton) setExpanded(!m_expanded);
        return;
    }
    if (barOf(row).payload) m_pickUp.press(*event, *barOf(row).payload);
    if (event->button() == Qt::LeftButton) select(row);
}

void ContributionBars::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        const int row = std::max(0, rowOf(m_selected));
        setHovered(-1);
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), thumbnail(row));
        return;
    }
    if (m_pickUp.armed()) return;
    const QPoint pos = event->position().toPoint();
    const int row = rowAt(pos);
    const bool others = row >= 0 && m_rows[static_cast<std::size_t>(row)] < 0;
    const bool onGrip = row >= 0 && barOf(row).payload && gripRect(row).adjusted(-1, -5, 3, 5).contains(pos);
    setCursor(others ? Qt::PointingHandCursor : onGrip ? Qt::OpenHandCursor : Qt::ArrowCursor);
    if (row == m_hovered) return;
    setHovered(row);
    if (row >= 0)
        QToolTip::showText(event->globalPosition().toPoint(), tipText(describe(barOf(row))), this);
    else
        QToolTip::hideText();
}

void ContributionBars::mouseReleaseEvent(QMouseEvent*) {
    m_pickUp.release();
}

void ContributionBars::mouseDoubleClickEvent(QMouseEvent* event) {
    const int row = rowAt(event->position().toPoint());
    if (row < 0 || event->button() != Qt::LeftButton) return;
    const int index = m_rows[static_cast<std::size_t>(row)];
    if (index >= 0)
        Q_EMIT barActivated(index);
    else
        setExpanded(!m_expanded); // the second of two clicks
}

void ContributionBars::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_rows.size()) - 1;
    if (last < 0 || !m_state.message.isEmpty()) {
        event->ignore();
        return;
    }
    const int now = m_onOthers ? last : rowOf(m_selected);
    switch (event->key()) {
    case Qt::Key_Up:
        select(std::max(0, now - 1));
        return;
    case Qt::Key_Down:
        select(std::min(last, now + 1));
        return;
    case Qt::Key_Home:
        select(0);
        return;
    case Qt::Key_End:
        select(last);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_onOthers)
            setExpanded(!m_expanded);
        else if (m_selected >= 0)
            Q_EMIT barActivated(m_selected);
        return;
    default:
        event->ignore();
    }
}

void ContributionBars::leaveEvent(QEvent*) {
    setHovered(-1);
}

void ContributionBars::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const int row = byKey ? rowOf(m_selected) : rowAt(event->pos());
    if (row < 0 || !barOf(row).payload) return;
    Q_EMIT offersRequested(*barOf(row).payload,
                           byKey ? mapToGlobal(rowRect(row).center()) : event->globalPos());
}

} // namespace cutaway::widgets
