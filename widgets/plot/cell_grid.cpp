// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/cell_grid.h"

#include "widgets/plot/marks.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kMargin = 14;
constexpr int kLabelGap = 10; ///< between labels, notes and cells
constexpr double kWidestLabel = 140;
constexpr double kWidestSlant = 88; ///< of a slanted column label
constexpr int kLevelHead = 28;
constexpr int kFoot = 34; ///< the colour bar
constexpr int kSmallest = 16;
constexpr int kLargest = 56;    ///< side of a cell without text
constexpr int kWidestText = 92; ///< of a cell with text
constexpr int kTallestText = 44;
constexpr int kLevelFrom = 46; ///< columns from this width on have level labels, elided
constexpr double kSlant = 50.0 * 3.14159265358979 / 180.0;

double widest(const QStringList& texts, const QFont& font, double most) {
    const QFontMetricsF metrics(font);
    double width = 0;
    for (const QString& text : texts)
        width = std::max(width, metrics.horizontalAdvance(text));
    return std::min(std::ceil(width), most);
}
} // namespace

CellGrid::CellGrid(QWidget* parent) : QAbstractScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        dropPictures();
        viewport()->update();
    });
}

int CellGrid::rowCount() const {
    return static_cast<int>(m_state.rows.size());
}

int CellGrid::colCount() const {
    return static_cast<int>(m_state.cols.size());
}

bool CellGrid::empty() const {
    return !m_state.message.isEmpty() || m_state.cells.empty();
}

const GridCell& CellGrid::cell(Place place) const {
    return m_state.cells[static_cast<std::size_t>(place.first) * static_cast<std::size_t>(colCount()) +
                         static_cast<std::size_t>(place.second)];
}

int CellGrid::visual(int row) const {
    return m_state.bottomUp ? rowCount() - 1 - row : row;
}

void CellGrid::setState(CellGridState state) {
    m_state = std::move(state);
    const auto wanted = static_cast<std::size_t>(rowCount()) * static_cast<std::size_t>(colCount());
    if (m_state.cells.size() != wanted) m_state.cells.clear();
    m_textual = std::any_of(m_state.cells.begin(), m_state.cells.end(),
                            [](const GridCell& c) { return !c.text.isEmpty(); });
    const auto outside = [this](const std::optional<Place>& place) {
        return place && (empty() || place->first >= rowCount() || place->second >= colCount());
    };
    if (outside(m_selected)) m_selected.reset();
    if (outside(m_hovered)) setHovered(std::nullopt);
    m_hoveredLabel = -1;
    setAccessibleName(m_state.name);
    setAccessibleDescription(
        !m_state.message.isEmpty() ? m_state.message
        : m_selected               ? describe(*m_selected)
                     : tr("%1 rows, %2 columns; arrow keys move").arg(rowCount()).arg(colCount()));
    layOut();
    updateGeometry();
}

void CellGrid::setCell(int row, int col, GridCell cell) {
    if (m_state.cells.empty() || row < 0 || col < 0 || row >= rowCount() || col >= colCount()) return;
    const bool grows = !m_textual && !cell.text.isEmpty();
    m_state.cells[static_cast<std::size_t>(row) * static_cast<std::size_t>(colCount()) +
                  static_cast<std::size_t>(col)] = std::move(cell);
    if (grows) { // cells that say something are wider
        m_textual = true;
        layOut();
    }
    repaint(Place(row, col));
}

void CellGrid::setCurrentColumn(int col) {
    if (col == m_state.currentCol) return;
    m_state.currentCol = col;
    viewport()->update();
}

void CellGrid::setStale(bool stale) {
    if (stale == m_state.stale) return;
    m_state.stale = stale;
    viewport()->update();
}

void CellGrid::setSelected(std::optional<Place> place) {
    if (place && (empty() || place->first < 0 || place->second < 0 || place->first >= rowCount() ||
                  place->second >= colCount()))
        place.reset();
    if (place == m_selected) return;
    m_selected = place;
    if (m_selected) {
        reveal(*m_selected);
        setAccessibleDescription(describe(*m_selected));
    }
    viewport()->update();
}

std::optional<Payload> CellGrid::selectedPayload() const {
    return m_selected ? cell(*m_selected).payload : std::nullopt;
}

QString CellGrid::spoken(double value) const {
    const int decimals = decimalsFor(std::max(std::abs(m_state.low), std::abs(m_state.high)));
    return m_state.kind == MapKind::Change ? formatSigned(value, decimals) : formatNumber(value, decimals);
}

QString CellGrid::describe(Place place) const {
    const GridCell& at = cell(place);
    if (!at.tip.isEmpty()) return at.tip;
    QString said = tr("%1, %2").arg(m_state.rows.at(place.first), m_state.cols.at(place.second));
    if (!at.text.isEmpty()) said += QStringLiteral(": ") + at.text;
    if (std::isnan(at.value))
        said += tr(" (not here yet)");
    else if (at.text != spoken(at.value))
        said += (at.text.isEmpty() ? QStringLiteral(": ") : QStringLiteral(", ")) + spoken(at.value) +
                (m_state.unit.isEmpty() ? QString() : QLatin1Char(' ') + m_state.unit);
    if (at.cut) said += tr(", cut");
    return said;
}

void CellGrid::dropPictures() {
    m_placeholder = QPixmap();
}

void CellGrid::layOut() {
    const QFont caption = typeFont(Theme::Type::Caption);
    const QFont mono = typeFont(Theme::Type::MonoCaption);
    const QSize area = maximumViewportSize();
    const int rows = std::max(1, rowCount());
    const int cols = std::max(1, colCount());
    Metrics m;
    m.label = widest(m_state.rows, caption, kWidestLabel);
    m.note = widest(m_state.rowNotes, caption, kWidestLabel / 2);
    m.left = kMargin + static_cast<int>(m.label + m.note) + kLabelGap + (m.note > 0 ? kLabelGap : 0);
    m.top = kLevelHead;
    const double longest = widest(m_state.cols, mono, kWidestSlant);
    const int widestCell = m_textual ? kWidestText : kLargest;
    const auto fitted = [&](double room) {
        return std::clamp(static_cast<int>(room / cols), kSmallest, widestCell);
    };
    m.pitchX = fitted(area.width() - m.left - kMargin);
    if (m.pitchX < kLevelFrom && longest > m.pitchX - 4) {
        m.slantLength = longest;
        m.top = static_cast<int>(std::ceil(longest * std::sin(kSlant))) + 14;
        m.pitchX = fitted(area.width() - m.left - kMargin - longest * std::cos(kSlant));
    }
    const int inHeight = (area.height() - m.top - kFoot) / rows;
    if (m_textual) {
        m.pitchY = std::clamp(inHeight, kSmallest + 4, kTallestText);
    } else {
        m.pitchY = std::clamp(inHeight, kSmallest, kLargest);
        // Square where one side can give way, unless that made labels lean.
        const int side = std::min(m.pitchX, m.pitchY);
        if (m.slantLength > 0 || side >= longest + 4 || side >= kLevelFrom) m.pitchX = side;
        m.pitchY = std::min(m.pitchY, m.pitchX);
    }
    if (m.pitchX != m_metrics.pitchX || m.pitchY != m_metrics.pitchY) dropPictures();
    m_metrics = m;
    const QRect body = bodyRect();
    const int slantRight = static_cast<int>(m.slantLength * std::cos(kSlant));
    const int wide = colCount() * m.pitchX + slantRight;
    horizontalScrollBar()->setRange(0, empty() ? 0 : std::max(0, wide - body.width()));
    horizontalScrollBar()->setPageStep(body.width());
    horizontalScrollBar()->setSingleStep(m.pitchX);
    verticalScrollBar()->setRange(0, empty() ? 0 : std::max(0, rowCount() * m.pitchY + 2 - body.height()));
    verticalScrollBar()->setPageStep(body.height());
    verticalScrollBar()->setSingleStep(m.pitchY);
    viewport()->update();
}

QSize CellGrid::sizeHint() const {
    return {720, 360};
}

QSize CellGrid::minimumSizeHint() const {
    return {220, 140};
}

QRect CellGrid::bodyRect() const {
    const Metrics& m = m_metrics;
    return {m.left, m.top, std::max(1, viewport()->width() - m.left - kMargin),
            std::max(1, viewport()->height() - m.top - kFoot)};
}

QRect CellGrid::placeRect(Place place) const {
    const Metrics& m = m_metrics;
    return {m.left + place.second * m.pitchX - horizontalScrollBar()->value(),
            m.top + visual(place.first) * m.pitchY - verticalScrollBar()->value(), m.pitchX, m.pitchY};
}

QRect CellGrid::cellRect(int row, int col) const {
    return placeRect({row, col}).translated(viewport()->pos());
}

QPoint CellGrid::columnLabelPoint(int col) const {
    const int middle = placeRect({0, col}).center().x();
    return QPoint(middle, m_metrics.top - 6) + viewport()->pos();
}

std::optional<CellGrid::Place> CellGrid::placeAt(const QPoint& pos) const {
    if (empty() || !bodyRect().contains(pos)) return std::nullopt;
    const int fromTop = (pos.y() - m_metrics.top + verticalScrollBar()->value()) / m_metrics.pitchY;
    const int col = (pos.x() - m_metrics.left + horizontalScrollBar()->value()) / m_metrics.pitchX;
    if (fromTop >= rowCount() || col >= colCount()) return std::nullopt;
    return Place(visual(fromTop), col);
}

int CellGrid::columnLabelAt(const QPoint& pos) const {
    const Metrics& m = m_metrics;
    if (empty() || pos.y() < 0 || pos.y() >= m.top || pos.x() < m.left) return -1;
    double x = pos.x();
    if (m.slantLength > 0) x -= (m.top - 6 - pos.y()) / std::tan(kSlant); // back along the slant
    const double col = std::floor((x - m.left + horizontalScrollBar()->value()) / m.pitchX);
    return col >= 0 && col < colCount() ? static_cast<int>(col) : -1;
}

void CellGrid::repaint(std::optional<Place> place) {
    if (place) viewport()->update(placeRect(*place).adjusted(-4, -4, 4, 4));
}

void CellGrid::reveal(Place place) {
    const QRect at = placeRect(place);
    const QRect body = bodyRect();
    const auto into = [](QScrollBar* bar, int first, int last, int from, int to) {
        if (first < from) bar->setValue(bar->value() + first - from);
        if (last > to) bar->setValue(bar->value() + last - to);
    };
    into(verticalScrollBar(), at.top(), at.bottom(), body.top(), body.bottom());
    into(horizontalScrollBar(), at.left(), at.right(), body.left(), body.right());
}

void CellGrid::select(Place place) {
    if (m_selected == place) return;
    setSelected(place);
    QAccessibleEvent said(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
    Q_EMIT cellSelected(place.first, place.second);
}

void CellGrid::setHovered(std::optional<Place> place) {
    if (place == m_hovered) return;
    m_hovered = place;
    viewport()->update(); // the row's and the column's labels light up too
    if (place)
        Q_EMIT cellHovered(place->first, place->second);
    else
        Q_EMIT cellHovered(-1, -1);
}

void CellGrid::resizeEvent(QResizeEvent*) {
    layOut();
}

void CellGrid::scrollContentsBy(int, int) {
    viewport()->update(); // labels move in one direction only
}

void CellGrid::mousePressEvent(QMouseEvent* event) {
    const QPoint pos = event->position().toPoint();
    if (const auto place = placeAt(pos)) {
        if (cell(*place).payload) m_pickUp.press(*event, *cell(*place).payload);
        if (event->button() == Qt::LeftButton) select(*place);
    } else if (const int col = columnLabelAt(pos); col >= 0 && event->button() == Qt::LeftButton) {
        Q_EMIT columnChosen(col);
    }
}

void CellGrid::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        const Place from = m_selected.value_or(Place(0, 0));
        setHovered(std::nullopt);
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), thumbnail(from));
        return;
    }
    if (m_pickUp.armed()) return;
    const QPoint pos = event->position().toPoint();
    const int label = columnLabelAt(pos);
    if (label != m_hoveredLabel) {
        m_hoveredLabel = label;
        viewport()->setCursor(label >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
        viewport()->update();
    }
    const auto place = placeAt(pos);
    if (place == m_hovered) return;
    setHovered(place);
    if (place)
        QToolTip::showText(event->globalPosition().toPoint(), tipText(describe(*place)), viewport());
    else
        QToolTip::hideText();
}

void CellGrid::mouseReleaseEvent(QMouseEvent*) {
    m_pickUp.release();
}

void CellGrid::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const auto place = placeAt(event->position().toPoint()); place && event->button() == Qt::LeftButton)
        Q_EMIT cellActivated(place->first, place->second);
}

void CellGrid::keyPressEvent(QKeyEvent* event) {
    if (empty()) {
        event->ignore();
        return;
    }
    const bool arrow = event->key() >= Qt::Key_Home && event->key() <= Qt::Key_PageDown;
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (!arrow && !(enter && m_selected)) {
        event->ignore();
        return;
    }
    if (enter) {
        Q_EMIT cellActivated(m_selected->first, m_selected->second);
        return;
    }
    if (!m_selected) { // the first key shows where one is
        select({visual(0), std::clamp(m_state.currentCol, 0, colCount() - 1)});
        return;
    }
    int row = visual(m_selected->first);
    int col = m_selected->second;
    const int page = std::max(1, bodyRect().height() / m_metrics.pitchY - 1);
    switch (event->key()) {
    case Qt::Key_Left:
        --col;
        break;
    case Qt::Key_Right:
        ++col;
        break;
    case Qt::Key_Up:
        --row;
        break;
    case Qt::Key_Down:
        ++row;
        break;
    case Qt::Key_Home:
        col = 0;
        break;
    case Qt::Key_End:
        col = colCount() - 1;
        break;
    case Qt::Key_PageUp:
        row -= page;
        break;
    default:
        row += page;
        break;
    }
    select({visual(std::clamp(row, 0, rowCount() - 1)), std::clamp(col, 0, colCount() - 1)});
}

void CellGrid::leaveEvent(QEvent*) {
    m_hoveredLabel = -1;
    setHovered(std::nullopt);
    viewport()->update();
}

void CellGrid::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const auto place = byKey ? m_selected : placeAt(viewport()->mapFromGlobal(event->globalPos()));
    if (!place || !cell(*place).payload) return;
    const QPoint where = byKey ? viewport()->mapToGlobal(placeRect(*place).center()) : event->globalPos();
    Q_EMIT offersRequested(*cell(*place).payload, where);
}

void CellGrid::focusInEvent(QFocusEvent*) {
    viewport()->update();
}

void CellGrid::focusOutEvent(QFocusEvent*) {
    viewport()->update();
}

} // namespace cutaway::widgets
