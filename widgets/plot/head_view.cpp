// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_view.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kLabelGap = 6;
constexpr int kPad = 5; ///< above and below the map, for half a label
constexpr double kNarrowestLabel = 48;
constexpr int kWidestLabel = 110;
constexpr double kLabelPitch = 12.0; ///< labels stand at least this far apart
constexpr int kMargin = 34;          ///< the folded key's bars, and what parts them from the map
constexpr int kMarginGap = 4;
} // namespace

HeadView::HeadView(QWidget* parent) : QWidget(parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("One head's attention"));
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        m_picture = QPixmap();
        update();
    });
}

int HeadView::length() const {
    return m_state.pattern.shape.size() == 2 &&
                   m_state.pattern.values.size() ==
                       static_cast<std::size_t>(m_state.pattern.shape[0] * m_state.pattern.shape[1]) &&
                   m_state.pattern.shape[0] == m_state.pattern.shape[1]
               ? static_cast<int>(m_state.pattern.shape[0])
               : 0;
}

float HeadView::value(int query, int key) const {
    return m_state.pattern.values[static_cast<std::size_t>(query) * static_cast<std::size_t>(length()) +
                                  static_cast<std::size_t>(key)];
}

void HeadView::setState(HeadViewState state) {
    m_state = std::move(state);
    m_picture = QPixmap();
    m_labelWidth = -1;
    const int n = length();
    const auto outside = [n](const auto& cell) { return cell && (cell->first >= n || cell->second >= n); };
    if (outside(m_hovered)) m_hovered.reset();
    if (outside(m_selected)) m_selected.reset();
    setAccessibleDescription(
        tr("Layer %1 head %2, %3 tokens").arg(m_state.layer.value).arg(m_state.head.value).arg(n));
    update();
}

void HeadView::setTokenCursor(int query) {
    if (query == m_state.cursor) return;
    m_state.cursor = query;
    update();
}

void HeadView::setSelectedEdge(std::optional<std::pair<int, int>> edge) {
    m_selected = edge;
    update();
}

QSize HeadView::sizeHint() const {
    return {320, 212};
}

QSize HeadView::minimumSizeHint() const {
    return {160, 100};
}

int HeadView::labelWidth() const {
    if (m_labelWidth < 0) {
        const QFontMetricsF metrics(typeFont(Theme::Type::MonoCaption));
        double widest = kNarrowestLabel;
        for (const QString& token : m_state.tokens)
            widest = std::max(widest, std::min<double>(kWidestLabel, metrics.horizontalAdvance(token)));
        m_labelWidth = static_cast<int>(std::ceil(widest));
    }
    return m_labelWidth;
}

QRect HeadView::mapRect() const {
    const int fold = foldedKeys(), before = fold ? kMargin + kMarginGap : 0;
    const int side =
        std::max(16, std::min(height() - 2 * kPad, width() - labelWidth() - kLabelGap - kPad - before));
    const int wide = fold ? std::max(1, side * (length() - fold) / length()) : side;
    return {labelWidth() + kLabelGap + before, kPad, wide, side};
}

QRect HeadView::marginRect() const {
    if (foldedKeys() == 0) return {};
    const QRect map = mapRect();
    return {map.left() - kMarginGap - kMargin, map.top(), kMargin, map.height()};
}

int HeadView::widthFor(int height) const {
    return labelWidth() + kLabelGap + std::max(16, height - 2 * kPad) + kPad +
           (foldedKeys() ? kMargin + kMarginGap : 0);
}

QString HeadView::spoken(float v) const {
    const auto number = static_cast<double>(v);
    const int decimals = decimalsFor(static_cast<double>(m_state.high)) + 1;
    return m_state.kind == MapKind::Change ? formatSigned(number, decimals) : formatNumber(number, decimals);
}

QRectF HeadView::cellRect(int query, int key) const {
    const QRectF map = mapRect();
    const int fold = foldedKeys();
    const double cell = map.height() / length();
    if (key < fold)
        return {static_cast<double>(marginRect().left()), map.top() + query * cell, kMargin, cell};
    const double across = map.width() / (length() - fold);
    return {map.left() + (key - fold) * across, map.top() + query * cell, across, cell};
}

std::optional<std::pair<int, int>> HeadView::cellAt(const QPointF& pos) const {
    const int n = length(), fold = foldedKeys();
    const QRectF map = mapRect();
    const bool margin = fold > 0 && QRectF(marginRect()).contains(pos);
    if (n == 0 || (!map.contains(pos) && !margin)) return std::nullopt;
    const int across = static_cast<int>((pos.x() - map.left()) * (n - fold) / map.width());
    const int key = margin ? 0 : std::min(n - 1, fold + across);
    const int query = std::min(n - 1, static_cast<int>((pos.y() - map.top()) * n / map.height()));
    if (m_state.causal && key > query) return std::nullopt;
    return std::pair(query, key);
}

// A bar a row for what it gives to the folded key, off the colour scale. Where rows are thinner than a pixel
// the longest of them shows.
void HeadView::paintMargin(QPainter& painter) const {
    const QRectF ground = marginRect();
    if (ground.isEmpty()) return;
    const Palette& p = colours();
    painter.fillRect(ground, p.sunk);
    const bool change = m_state.kind == MapKind::Change;
    const double zero = change ? ground.center().x() : ground.left();
    const double whole = change ? ground.width() / 2 : ground.width();
    const double cell = ground.height() / length(), high = static_cast<double>(m_state.high);
    const double thick = std::max(1.0, cell - (cell >= 4 ? 1.0 : 0.0));
    const int step = std::max(1, static_cast<int>(1.0 / cell)); // rows a pixel
    for (int row = 0; row < length(); row += step) {
        float most = 0.0F;
        for (int r = row; r < std::min(row + step, length()); ++r)
            if (std::abs(value(r, 0)) > std::abs(most)) most = value(r, 0);
        const double to = std::clamp(static_cast<double>(most) / std::max(high, 1e-9), -1.0, 1.0) * whole;
        painter.fillRect(QRectF(std::min(zero, zero + to), ground.top() + row * cell, std::abs(to), thick),
                         !change  ? p.mute
                         : to < 0 ? p.negative
                                  : p.positive);
    }
}

void HeadView::paintLabels(QPainter& painter) const {
    const Palette& p = colours();
    const int n = length();
    const QRectF map = mapRect();
    const double cell = map.height() / n;
    painter.setFont(typeFont(Theme::Type::MonoCaption));
    const QFontMetricsF metrics(painter.font());
    // Every label where there is room, else every k-th; the current and the hovered row always speak.
    const int every = std::max(1, static_cast<int>(std::ceil(kLabelPitch / cell)));
    const auto draw = [&](int row, const QColor& colour) {
        if (row < 0 || row >= m_state.tokens.size()) return;
        const QString text = metrics.elidedText(m_state.tokens.at(row), Qt::ElideRight, labelWidth());
        const QRectF line(0, map.top() + row * cell, labelWidth(), cell);
        painter.setPen(colour);
        painter.drawText(
            QPointF(labelWidth() - metrics.horizontalAdvance(text), centredBaseline(line, painter.font())),
            text);
    };
    const int spoken[] = {m_state.cursor, m_hovered ? m_hovered->first : -1};
    for (int row = 0; row < n; row += every) {
        const bool shadowed = std::any_of(std::begin(spoken), std::end(spoken), [&](int s) {
            return s >= 0 && s != row && std::abs(s - row) * cell < kLabelPitch && every > 1;
        });
        if (!shadowed) draw(row, p.mute);
    }
    draw(m_state.cursor, p.accent);
    if (m_hovered) draw(m_hovered->first, p.text);
}

void HeadView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const QRectF map = mapRect();
    const int n = length();
    if (n == 0) {
        painter.fillRect(map, p.sunk);
        return;
    }
    if (m_picture.isNull()) {
        const int fold = foldedKeys();
        Levels levels = levelsOf(m_state.pattern.values.data(), n, n, m_state.low, m_state.high);
        if (fold > 0) {
            auto to = levels.pixels.begin();
            for (auto row = levels.pixels.cbegin(); row != levels.pixels.cend(); row += n)
                to = std::copy(row + fold, row + n, to);
            levels.cols = n - fold;
        }
        const auto device = [this](double side) {
            return static_cast<int>(std::lround(side * devicePixelRatioF()));
        };
        m_picture = QPixmap::fromImage(
            heatImage(levels, device(map.width()), device(map.height()), m_state.kind, m_state.causal, fold));
        m_picture.setDevicePixelRatio(devicePixelRatioF());
    }
    painter.setOpacity(m_state.stale ? 0.45 : 1.0);
    painter.drawPixmap(map.topLeft(), m_picture);
    paintMargin(painter);
    painter.setOpacity(1.0);
    painter.setPen(QPen(p.line, 1));
    painter.drawRect(map.adjusted(-0.5, -0.5, 0.5, 0.5));
    if (m_state.cut) paintHatch(painter, map);
    for (const auto& [query, key] : m_state.cutEdges) {
        if (query >= n || key >= n) continue;
        QRectF cells = cellRect(std::max(query, 0), std::max(key, 0));
        if (query < 0) cells.setBottom(map.bottom());
        if (key < 0) cells.setRight(map.right());
        paintHatch(painter,
                   cells.adjusted(0, 0, std::max(0.0, 3 - cells.width()), std::max(0.0, 3 - cells.height())));
        paintBox(painter, cells, 0, {}, p.cut, 1.0);
    }
    if (m_state.cursor >= 0 && m_state.cursor < n) {
        QRectF row = cellRect(m_state.cursor, 0);
        row.setRight(m_state.causal && m_state.cursor >= foldedKeys()
                         ? cellRect(m_state.cursor, m_state.cursor).right()
                         : map.right());
        paintBox(painter, row.adjusted(-2, -2, 2, 2), 2, {}, p.accent, 1.5);
    }
    if (m_selected)
        paintBox(painter, cellRect(m_selected->first, m_selected->second).adjusted(-2, -2, 2, 2), 2, {},
                 p.accent, 2.0);
    if (m_hovered)
        paintBox(painter, cellRect(m_hovered->first, m_hovered->second).adjusted(-1, -1, 1, 1), 1, {}, p.text,
                 1.0);
    paintLabels(painter);
    if (hasFocus()) paintBox(painter, map.adjusted(-2, -2, 2, 2), 3, {}, p.accent, 1.0);
}

void HeadView::resizeEvent(QResizeEvent*) {
    m_picture = QPixmap();
}

Payload HeadView::edgePayload(std::pair<int, int> edge) const {
    Payload payload{headTarget(m_state.layer.value, m_state.head.value), std::nullopt, false};
    payload.target.kind = TargetKind::Edge;
    payload.target.query = edge.first;
    payload.target.key = edge.second;
    return payload;
}

void HeadView::selectEdge(std::pair<int, int> edge) {
    setSelectedEdge(edge);
    setAccessibleDescription(tr("From %1 to %2, value %3")
                                 .arg(edge.first)
                                 .arg(edge.second)
                                 .arg(spoken(value(edge.first, edge.second))));
    Q_EMIT edgeSelected(edge.first, edge.second);
}

QPixmap HeadView::ghostOf(std::pair<int, int> edge) const {
    const double scale = devicePixelRatioF();
    QPixmap pixmap(QSize(24, 24) * scale);
    pixmap.setDevicePixelRatio(scale);
    const float v = value(edge.first, edge.second);
    pixmap.fill(QColor::fromRgb(colourOf(colourTable(m_state.kind), v, m_state.low, m_state.high)));
    return pixmap;
}

void HeadView::mousePressEvent(QMouseEvent* event) {
    const auto cell = cellAt(event->position());
    if (cell) {
        m_pickUp.press(*event, edgePayload(*cell));
        if (event->button() == Qt::LeftButton) selectEdge(*cell);
    } else if (length() > 0 && event->position().x() < labelWidth() + kLabelGap) {
        const QRectF map = mapRect();
        const int row = static_cast<int>((event->position().y() - map.top()) * length() / map.height());
        if (row >= 0 && row < length()) Q_EMIT rowChosen(row);
    }
}

void HeadView::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        const QPixmap ghost = ghostOf({payload->target.query, payload->target.key});
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), ghost);
        return;
    }
    const auto cell = cellAt(event->position());
    if (cell == m_hovered) return;
    m_hovered = cell;
    setCursor(cell ? Qt::CrossCursor : Qt::ArrowCursor);
    if (cell) {
        const float v = value(cell->first, cell->second);
        const auto name = [this](int i) {
            return i < m_state.tokens.size() ? m_state.tokens.at(i) : QString();
        };
        QToolTip::showText(event->globalPosition().toPoint(),
                           tipText(tr("from %1 (%2) to %3 (%4): %5")
                                       .arg(name(cell->first))
                                       .arg(cell->first)
                                       .arg(name(cell->second))
                                       .arg(cell->second)
                                       .arg(spoken(v))),
                           this);
        Q_EMIT cellHovered(cell->first, cell->second, v);
    } else {
        Q_EMIT cellHovered(-1, -1, 0.0F);
    }
    update();
}

void HeadView::mouseReleaseEvent(QMouseEvent*) {
    m_pickUp.release();
}

void HeadView::leaveEvent(QEvent*) {
    if (!m_hovered) return;
    m_hovered.reset();
    Q_EMIT cellHovered(-1, -1, 0.0F);
    update();
}

void HeadView::keyPressEvent(QKeyEvent* event) {
    const int n = length();
    if (n == 0) return;
    auto [query, key] = m_selected.value_or(std::pair(std::max(m_state.cursor, 0), 0));
    switch (event->key()) {
    case Qt::Key_Left:
        --key;
        break;
    case Qt::Key_Right:
        ++key;
        break;
    case Qt::Key_Up:
        --query;
        break;
    case Qt::Key_Down:
        ++query;
        break;
    default:
        event->ignore();
        return;
    }
    query = std::clamp(query, 0, n - 1);
    key = std::clamp(key, 0, m_state.causal ? query : n - 1);
    selectEdge({query, key});
}

void HeadView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const auto cell = byKey ? m_selected : cellAt(event->pos());
    if (!cell) return;
    const QPoint where =
        byKey ? mapToGlobal(cellRect(cell->first, cell->second).center().toPoint()) : event->globalPos();
    Q_EMIT offersRequested(edgePayload(*cell), where);
}

} // namespace cutaway::widgets
