// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inside_view.h"

#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/segmented_control.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kListed = 16; ///< keys before the rest is folded

float largest(const std::vector<float>& values) {
    float out = 0;
    for (const float v : values)
        if (std::isfinite(v)) out = std::max(out, std::abs(v));
    return out;
}
} // namespace

InsideView::InsideView(QWidget* parent)
    : QAbstractScrollArea(parent),
      m_order(new SegmentedControl({tr("Strongest first"), tr("In order")}, viewport())) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    m_order->setSegmentToolTip(0, tr("The keys this query looks at most come first"));
    m_order->setSegmentToolTip(1, tr("Keys stand as in the prompt"));
    connect(m_order, &SegmentedControl::chosen, this,
            [this](int segment) { setStrongestFirst(segment == 0); });
    setAccessibleName(tr("Inside one head"));
    connect(&Theme::instance(), &Theme::changed, this, [this] { layOut(); });
    arrange();
}

bool InsideView::empty() const {
    return !m_state.message.isEmpty() || !isWhole(m_state.reading);
}

void InsideView::setState(InsideViewState state) {
    m_state = std::move(state);
    m_spot = {};
    arrange();
}

void InsideView::setStale(bool stale) {
    if (stale == m_state.stale) return;
    m_state.stale = stale;
    viewport()->update();
}

void InsideView::setStrongestFirst(bool strongest) {
    m_order->setCurrent(strongest ? 0 : 1);
    if (strongest == m_strongest) return;
    m_strongest = strongest;
    arrange();
}

void InsideView::setUnfolded(bool unfolded) {
    if (unfolded == m_unfolded) return;
    m_unfolded = unfolded;
    arrange();
}

bool InsideView::folds() const {
    return static_cast<int>(m_rows.keys.size()) + m_rows.folded > kListed + 1;
}

void InsideView::arrange() {
    m_rows = {};
    m_scales = {};
    m_order->setVisible(!empty());
    if (!empty()) {
        const HeadReading& r = m_state.reading;
        m_rows = insideRows(r, m_strongest, m_unfolded ? 0 : kListed);
        if (m_rows.folded == 1) m_rows = insideRows(r, m_strongest, 0); // its own row says more
        Scales& s = m_scales;
        s.q = largest(r.q);
        s.v = largest(r.z);
        s.written = r.outNorm;
        for (const int key : m_rows.keys) {
            const auto k = static_cast<std::size_t>(key);
            s.k = std::max(s.k, largest(r.keys[k]));
            s.v = std::max(s.v, r.pattern[k] * largest(r.values[k]));
            s.written = std::max(s.written, static_cast<double>(r.written[k]));
            s.scoreLow = std::min(s.scoreLow, static_cast<double>(r.scores[k]));
            s.scoreHigh = std::max(s.scoreHigh, static_cast<double>(r.scores[k]));
            if (r.towards.empty()) continue;
            s.towardsLow = std::min(s.towardsLow, static_cast<double>(r.towards[k]));
            s.towardsHigh = std::max(s.towardsHigh, static_cast<double>(r.towards[k]));
        }
        s.towardsLow = std::min({s.towardsLow, r.total, m_rows.foldedTowards});
        s.towardsHigh = std::max({s.towardsHigh, r.total, m_rows.foldedTowards});
        s.towardsDecimals = decimalsFor(std::max({s.towardsHigh, -s.towardsLow, 1e-4}));
        if (s.towardsHigh - s.towardsLow < 1e-4) s.towardsHigh = s.towardsLow + 1e-4;
    }
    if (rowOf(m_selected) < 0) m_selected = -1;
    layOut();
    tell();
}

void InsideView::tell() {
    setAccessibleDescription(!m_state.message.isEmpty() ? m_state.message : sentence());
}

QString InsideView::sentence() const {
    if (empty()) return m_state.message;
    if (m_spot.part == Spot::Part::Head) return spokenText(columnSentence(m_state, m_spot.column));
    const int hovered = hoveredKey();
    return spokenText(keySentence(m_state, m_rows,
                                  hovered >= 0      ? hovered
                                  : m_selected >= 0 ? m_selected
                                                    : m_rows.best));
}

void InsideView::layOut() {
    const int count = static_cast<int>(m_rows.keys.size()) + (!empty() && folds() ? 1 : 0);
    const QSize area = maximumViewportSize();
    m_layout = insideLayout(m_state, m_rows, count, area.width());
    if (m_layout.height > area.height()) // beside its scroll bar
        m_layout =
            insideLayout(m_state, m_rows, count, area.width() - verticalScrollBar()->sizeHint().width());
    const QSize shown = viewport()->size();
    const bool none = empty();
    horizontalScrollBar()->setRange(0,
                                    none ? 0 : std::max(0, static_cast<int>(m_layout.width) - shown.width()));
    horizontalScrollBar()->setPageStep(shown.width());
    horizontalScrollBar()->setSingleStep(40);
    verticalScrollBar()->setRange(0,
                                  none ? 0 : std::max(0, static_cast<int>(m_layout.height) - shown.height()));
    verticalScrollBar()->setPageStep(shown.height());
    verticalScrollBar()->setSingleStep(static_cast<int>(InsideLayout::row));
    m_order->move(static_cast<int>(m_layout.width - InsideLayout::margin) - m_order->sizeHint().width() -
                      offset().x(),
                  10 - offset().y());
    viewport()->update();
}

QPoint InsideView::offset() const {
    return {horizontalScrollBar()->value(), verticalScrollBar()->value()};
}

QSize InsideView::sizeHint() const {
    return {1020, 640};
}

QSize InsideView::minimumSizeHint() const {
    return {320, 200};
}

int InsideView::rowOf(int key) const {
    const auto found = std::find(m_rows.keys.begin(), m_rows.keys.end(), key);
    return key < 0 || found == m_rows.keys.end() ? -1 : static_cast<int>(found - m_rows.keys.begin());
}

QRect InsideView::keyRect(int key, InsideColumn column) const {
    const int row = rowOf(key);
    if (row < 0) return {};
    return m_layout.cell(row, column).toRect().translated(viewport()->pos() - offset());
}

QRect InsideView::headRect(InsideColumn column) const {
    const InsideLayout::Span& span = m_layout.at(column);
    return QRectF(span.left, m_layout.heads, span.width, m_layout.query - m_layout.heads)
        .toRect()
        .translated(viewport()->pos() - offset());
}

QRect InsideView::foldRect() const {
    if (empty() || !folds()) return {};
    return m_layout.line(static_cast<int>(m_rows.keys.size()))
        .toRect()
        .translated(viewport()->pos() - offset());
}

InsideView::Spot InsideView::spotAt(const QPoint& viewportPos) const {
    Spot spot;
    if (empty()) return spot;
    const QPointF pos = viewportPos + offset();
    const InsideLayout& l = m_layout;
    bool over = false;
    for (std::size_t i = 0; i < l.columns.size() && !over; ++i) {
        const InsideLayout::Span& span = l.columns[i];
        over = span.width > 0 && pos.x() >= span.left - InsideLayout::gap / 2 &&
               pos.x() < span.right() + InsideLayout::gap / 2;
        if (over) spot.column = static_cast<InsideColumn>(i);
    }
    if (!over) return {};
    if (pos.y() >= l.steps && pos.y() < l.query) {
        spot.part = Spot::Part::Head;
        return spot;
    }
    const bool strip = spot.column == InsideColumn::Key || spot.column == InsideColumn::Value;
    const InsideLayout::Span& span = l.at(spot.column);
    const std::size_t dims =
        spot.column == InsideColumn::Key ? m_state.reading.q.size() : m_state.reading.z.size();
    if (strip && pos.x() >= span.left && pos.x() < span.right())
        spot.dim = static_cast<int>((pos.x() - span.left) / span.width * static_cast<double>(dims));
    if (pos.y() >= l.query && pos.y() < l.query + InsideLayout::row) {
        spot.part = Spot::Part::Query;
    } else if (pos.y() >= l.rows && pos.y() < l.rows + l.rowCount * InsideLayout::row) {
        spot.row = static_cast<int>((pos.y() - l.rows) / InsideLayout::row);
        spot.part = spot.row < static_cast<int>(m_rows.keys.size()) ? Spot::Part::Key : Spot::Part::Fold;
    } else if (pos.y() >= l.sums && pos.y() < l.sums + InsideLayout::row) {
        spot.part = Spot::Part::Sums;
    } else {
        return {};
    }
    if (spot.part == Spot::Part::Fold) spot.dim = -1;
    if (spot.part == Spot::Part::Query && spot.column != InsideColumn::Key) spot.dim = -1;
    if (spot.part == Spot::Part::Sums && spot.column != InsideColumn::Value) spot.dim = -1;
    return spot;
}

QString InsideView::tipOf(const Spot& spot) const {
    const HeadReading& r = m_state.reading;
    const int key = spot.part == Spot::Part::Key ? m_rows.keys[static_cast<std::size_t>(spot.row)] : -1;
    switch (spot.part) {
    case Spot::Part::Head:
        return columnSentence(m_state, spot.column);
    case Spot::Part::Fold:
        return m_unfolded ? tr("List the %1 strongest keys only").arg(kListed)
                          : tr("%1 keys that hold %2 of the pattern; click to list them")
                                .arg(m_rows.folded)
                                .arg(formatNumber(m_rows.foldedPattern, 3));
    case Spot::Part::Sums:
        if (spot.dim >= 0) return dimSentence(m_state, spot.column, -1, spot.dim);
        if (spot.column == InsideColumn::Written)
            return tr("The length of what the head writes, z·W_O: %1. Lengths of parts do not add up to it.")
                .arg(formatNumber(r.outNorm, 3));
        return spot.column == InsideColumn::Towards ? sumSentence(m_state, m_rows) : QString();
    case Spot::Part::Query:
        return spot.dim >= 0 ? dimSentence(m_state, spot.column, -1, spot.dim) : QString();
    case Spot::Part::Key:
        if (spot.dim >= 0) return dimSentence(m_state, spot.column, key, spot.dim);
        if (spot.column == InsideColumn::Written)
            return tr("its weighted value writes a vector of length %1")
                .arg(formatNumber(static_cast<double>(r.written[static_cast<std::size_t>(key)]), 3));
        return spokenText(keySentence(m_state, m_rows, key));
    case Spot::Part::None:
        break;
    }
    return {};
}

Payload InsideView::edge(int key) const {
    Payload payload{headTarget(m_state.reading.layer, m_state.reading.head), std::nullopt, false};
    payload.target.kind = TargetKind::Edge;
    payload.target.query = m_state.reading.query;
    payload.target.key = key;
    return payload;
}

std::optional<Payload> InsideView::selectedPayload() const {
    return m_selected >= 0 ? std::optional(edge(m_selected)) : std::nullopt;
}

int InsideView::hoveredKey() const {
    return m_spot.part == Spot::Part::Key ? m_rows.keys[static_cast<std::size_t>(m_spot.row)] : -1;
}

void InsideView::setLitKey(int key) {
    if (key == m_lit) return;
    m_lit = key;
    viewport()->update();
}

void InsideView::setSelectedKey(int key) {
    const int row = rowOf(key);
    m_selected = row < 0 ? -1 : key;
    if (row >= 0) reveal(row);
    tell();
    viewport()->update();
}

void InsideView::select(int row) {
    const int key = m_rows.keys[static_cast<std::size_t>(row)];
    if (key == m_selected) return;
    setSelectedKey(key);
    QAccessibleEvent said(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
    Q_EMIT keySelected(key);
}

void InsideView::reveal(int row) {
    const QRectF line = m_layout.line(row);
    QScrollBar* bar = verticalScrollBar();
    if (line.top() - bar->value() < 0) bar->setValue(static_cast<int>(line.top()));
    if (line.bottom() - bar->value() > viewport()->height())
        bar->setValue(static_cast<int>(line.bottom()) - viewport()->height());
}

void InsideView::setSpot(const Spot& spot) {
    if (spot == m_spot) return;
    const int before = hoveredKey();
    m_spot = spot;
    if (hoveredKey() != before) Q_EMIT keyHovered(hoveredKey());
    viewport()->update();
}

void InsideView::resizeEvent(QResizeEvent*) {
    layOut();
}

void InsideView::scrollContentsBy(int, int) {
    layOut();
}

void InsideView::mousePressEvent(QMouseEvent* event) {
    const Spot spot = spotAt(event->position().toPoint());
    if (spot.part == Spot::Part::Key) {
        m_pickUp.press(*event, edge(m_rows.keys[static_cast<std::size_t>(spot.row)]));
        if (event->button() == Qt::LeftButton) select(spot.row);
    }
    if (spot.part == Spot::Part::Fold && event->button() == Qt::LeftButton) setUnfolded(!m_unfolded);
}

void InsideView::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        setSpot({});
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), thumbnail(payload->target.key));
        return;
    }
    if (m_pickUp.armed()) return;
    const Spot spot = spotAt(event->position().toPoint());
    if (spot == m_spot) return;
    setSpot(spot);
    const bool grip =
        spot.part == Spot::Part::Key && event->position().x() + offset().x() < InsideLayout::margin;
    viewport()->setCursor(spot.part == Spot::Part::Fold ? Qt::PointingHandCursor
                          : grip                        ? Qt::OpenHandCursor
                          : spot.dim >= 0               ? Qt::CrossCursor
                                                        : Qt::ArrowCursor);
    const QString tip = tipOf(spot);
    if (tip.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPosition().toPoint(), tipText(tip), viewport());
}

void InsideView::mouseReleaseEvent(QMouseEvent*) {
    m_pickUp.release();
}

void InsideView::mouseDoubleClickEvent(QMouseEvent* event) {
    const Spot spot = spotAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton) return;
    if (spot.part == Spot::Part::Key) Q_EMIT keyActivated(m_rows.keys[static_cast<std::size_t>(spot.row)]);
    if (spot.part == Spot::Part::Fold) setUnfolded(!m_unfolded);
}

void InsideView::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_rows.keys.size()) - 1;
    if (empty() || last < 0) {
        event->ignore();
        return;
    }
    const int now = rowOf(m_selected);
    switch (event->key()) {
    case Qt::Key_Up:
        select(std::max(0, now - 1));
        return;
    case Qt::Key_Down:
        if (now == last && folds() && !m_unfolded) setUnfolded(true); // on into what was folded
        select(std::min(static_cast<int>(m_rows.keys.size()) - 1, rowOf(m_selected) + 1));
        return;
    case Qt::Key_Home:
        select(0);
        return;
    case Qt::Key_End:
        select(last);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_selected >= 0) Q_EMIT keyActivated(m_selected);
        return;
    default:
        event->ignore();
    }
}

void InsideView::leaveEvent(QEvent*) {
    setSpot({});
}

void InsideView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const Spot spot = spotAt(viewport()->mapFromGlobal(event->globalPos()));
    const int key = byKey                          ? m_selected
                    : spot.part == Spot::Part::Key ? m_rows.keys[static_cast<std::size_t>(spot.row)]
                                                   : -1;
    if (key < 0) return;
    const QPoint where = byKey ? mapToGlobal(keyRect(key, InsideColumn::Token).center()) : event->globalPos();
    Q_EMIT offersRequested(edge(key), where);
}

void InsideView::focusInEvent(QFocusEvent*) {
    viewport()->update();
}

void InsideView::focusOutEvent(QFocusEvent*) {
    viewport()->update();
}

} // namespace cutaway::widgets
