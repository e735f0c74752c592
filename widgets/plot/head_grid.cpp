// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_grid.h"

#include "widgets/plot/marks.h"
#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kGutter = 40; ///< layer labels
constexpr int kMargin = 12;
constexpr int kRight = 24; ///< free at the right; a scroll bar lies inside it
constexpr int kGap = 10;
constexpr int kCaption = 16;
constexpr int kSmallest = 44;
constexpr int kFits = 56;     ///< down to this side thumbnails shrink so that all layers are in sight
constexpr int kLabelled = 52; ///< thumbnails narrower than this show their head only
constexpr int kBar = 4;       ///< a margin bar, and what parts it from its thumbnail
constexpr int kBarGap = 3;

/// The grip dots in a hovered thumbnail's corner.
QRectF gripOf(const QRectF& thumb) {
    return {thumb.right() - 15, thumb.top() + 3, 12, 12};
}
} // namespace

HeadGrid::HeadGrid(QWidget* parent) : QAbstractScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    setAccessibleName(tr("Attention of all heads"));
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        dropPictures();
        viewport()->update();
    });
}

void HeadGrid::setShape(int layers, int heads, bool causal) {
    m_layers = layers;
    m_heads = heads;
    m_causal = causal;
    m_tiles.clear();
    m_labels.clear();
    m_cut.clear();
    m_order.clear();
    m_places.clear();
    m_bars.clear();
    m_barTips.clear();
    m_selected.reset();
    m_hovered.reset();
    m_lit.reset();
    dropPictures();
    layOut();
    updateGeometry();
    viewport()->update();
}

void HeadGrid::setMessage(const QString& message) {
    m_message = message;
    viewport()->update();
}

void HeadGrid::setTiles(std::vector<Tile> tiles, MapKind kind) {
    const auto count = static_cast<std::size_t>(m_layers) * static_cast<std::size_t>(m_heads);
    if (!tiles.empty() && tiles.size() != count) return;
    const bool all = kind != m_kind || tiles.size() != m_tiles.size();
    m_kind = kind;
    std::swap(m_tiles, tiles);
    if (all) {
        dropPictures();
        viewport()->update();
        return;
    }
    for (int layer = 0; layer < m_layers; ++layer)
        for (int head = 0; head < m_heads; ++head) {
            const HeadId id{LayerIndex(layer), HeadIndex(head)};
            if (m_tiles[at(id)] == tiles[at(id)]) continue;
            m_pictures[at(id)] = QPixmap();
            repaintHead(id);
        }
}

void HeadGrid::setOrder(std::vector<HeadId> order) {
    const auto count = static_cast<std::size_t>(m_layers) * static_cast<std::size_t>(m_heads);
    std::vector<int> places(order.empty() ? 0 : count, -1);
    for (std::size_t place = 0; place < order.size(); ++place) {
        if (at(order[place]) >= count || places[at(order[place])] >= 0) return; // none, or one twice
        places[at(order[place])] = static_cast<int>(place);
    }
    if (order == m_order || (!order.empty() && order.size() != count)) return;
    m_order = std::move(order);
    m_places = std::move(places);
    m_hovered.reset(); // another head lies under the pointer now
    viewport()->update();
    if (m_selected) reveal(*m_selected);
}

void HeadGrid::setMarginBars(std::vector<float> bars, std::vector<QString> tips) {
    m_barTips = std::move(tips);
    if (bars == m_bars) return;
    const bool other = bars.empty() != m_bars.empty();
    m_bars = std::move(bars);
    if (other) {
        layOut();
        updateGeometry();
    }
    viewport()->update();
}

void HeadGrid::setPatternLabels(std::vector<QString> labels) {
    if (labels == m_labels) return;
    m_labels = std::move(labels);
    viewport()->update();
}

void HeadGrid::setCutHeads(std::vector<bool> cut) {
    if (cut == m_cut) return;
    m_cut = std::move(cut);
    viewport()->update();
}

void HeadGrid::setSelected(std::optional<HeadId> head) {
    if (head == m_selected) return;
    repaintHead(m_selected);
    m_selected = head;
    repaintHead(m_selected);
    if (m_selected) {
        reveal(*m_selected);
        setAccessibleDescription(describe(*m_selected));
    }
}

void HeadGrid::setLit(std::optional<HeadId> head) {
    if (head == m_lit) return;
    repaintHead(m_lit);
    m_lit = head;
    repaintHead(m_lit);
}

void HeadGrid::setStale(bool stale) {
    if (stale == m_stale) return;
    m_stale = stale;
    viewport()->update();
}

void HeadGrid::setLargest(int side) {
    m_largest = std::max(side, kSmallest);
    layOut();
    updateGeometry();
}

int HeadGrid::tilePixels() const {
    return static_cast<int>(std::lround(m_metrics.side * devicePixelRatioF()));
}

std::size_t HeadGrid::at(HeadId head) const {
    return static_cast<std::size_t>(head.layer.value) * static_cast<std::size_t>(m_heads) +
           static_cast<std::size_t>(head.head.value);
}

int HeadGrid::placeOf(HeadId head) const {
    return m_places.empty() ? static_cast<int>(at(head)) : m_places[at(head)];
}

HeadId HeadGrid::headOf(int place) const {
    return m_order.empty() ? HeadId{LayerIndex(place / m_heads), HeadIndex(place % m_heads)}
                           : m_order[static_cast<std::size_t>(place)];
}

HeadGrid::Metrics HeadGrid::metricsFor(const QSize& area) const {
    Metrics m;
    m.strip = m_bars.empty() ? 0 : kBar + kBarGap;
    m.left = kMargin + kGutter - 4 + m.strip;
    const int room = std::max(1, area.width() - m.left - kRight);
    const int heads = std::max(1, m_heads);
    m.side = std::clamp((room + m.strip + kGap) / heads - kGap - m.strip, kSmallest, m_largest);
    const int inHeight = (area.height() - kGap) / std::max(1, m_layers) - kCaption - kGap;
    if (inHeight >= kFits) m.side = std::min(m.side, inHeight);
    // Columns share the width up to a point, as in a table; beyond that the rest stays empty at the right.
    const int least = m.side + kGap + m.strip;
    m.pitchX = std::clamp((room - m.side) / std::max(1, heads - 1), least, least + 2 * kGap);
    m.pitchY = m.side + kCaption + kGap;
    return m;
}

void HeadGrid::layOut() {
    // Without its scroll bars, so that their coming and going does not move anything.
    const Metrics m = metricsFor(maximumViewportSize());
    if (m.side != m_metrics.side) dropPictures();
    m_metrics = m;
    const int contentWidth = m.left + (m_heads - 1) * m.pitchX + m.side + kGap / 2;
    const int contentHeight = kGap + m_layers * m.pitchY;
    horizontalScrollBar()->setRange(0, std::max(0, contentWidth - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setSingleStep(m.pitchX / 2);
    verticalScrollBar()->setRange(0, std::max(0, contentHeight - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(m.pitchY / 3);
    viewport()->update();
}

int HeadGrid::fullHeight(int width) const {
    return kGap + m_layers * metricsFor({width, QWIDGETSIZE_MAX}).pitchY;
}

QSize HeadGrid::sizeHint() const {
    const int across = kMargin + kGutter + std::max(1, m_heads) * (m_largest + kGap) + kMargin;
    return {std::min(across, 1200), std::min(fullHeight(std::max(width(), 400)), 800)};
}

QSize HeadGrid::minimumSizeHint() const {
    return {240, kSmallest + kCaption + 2 * kGap};
}

QRect HeadGrid::cellRect(HeadId head) const {
    if (at(head) >= static_cast<std::size_t>(m_layers) * static_cast<std::size_t>(m_heads)) return {};
    const Metrics& m = m_metrics;
    const int place = placeOf(head);
    return {m.left + place % m_heads * m.pitchX - horizontalScrollBar()->value() - kGap / 2 - m.strip,
            kGap + place / m_heads * m.pitchY - verticalScrollBar()->value() - kGap / 2, m.pitchX, m.pitchY};
}

QRect HeadGrid::thumbRect(HeadId head) const {
    const QRect cell = cellRect(head);
    return {cell.left() + kGap / 2 + m_metrics.strip, cell.top() + kGap / 2, m_metrics.side, m_metrics.side};
}

QRectF HeadGrid::outlineOf(HeadId head, double around) const {
    return QRectF(thumbRect(head)).adjusted(-around - m_metrics.strip, -around, around, around);
}

QRect HeadGrid::headRect(HeadId head) const {
    return thumbRect(head).translated(viewport()->pos());
}

std::optional<HeadId> HeadGrid::headAt(const QPoint& pos) const {
    if (m_layers == 0 || m_heads == 0) return std::nullopt;
    const int x = pos.x() + horizontalScrollBar()->value() - m_metrics.left + kGap / 2 + m_metrics.strip;
    const int y = pos.y() + verticalScrollBar()->value() - kGap / 2;
    if (x < 0 || y < 0) return std::nullopt;
    const int row = y / m_metrics.pitchY, col = x / m_metrics.pitchX;
    if (row >= m_layers || col >= m_heads) return std::nullopt;
    const HeadId head = headOf(row * m_heads + col);
    const QRect sensitive = thumbRect(head).adjusted(-3 - m_metrics.strip, -3, 3, kCaption);
    return sensitive.contains(pos) ? std::optional(head) : std::nullopt;
}

QString HeadGrid::describe(HeadId head) const {
    QString said = tr("Layer %1 head %2").arg(head.layer.value).arg(head.head.value);
    if (at(head) < m_labels.size() && !m_labels[at(head)].isEmpty())
        said += m_order.empty()
                    ? tr(", pattern: %1").arg(m_labels[at(head)])
                    : tr(", %1 of %2: %3").arg(placeOf(head) + 1).arg(m_order.size()).arg(m_labels[at(head)]);
    if (at(head) < m_barTips.size() && !m_barTips[at(head)].isEmpty())
        said += QStringLiteral(", ") + m_barTips[at(head)];
    if (at(head) < m_cut.size() && m_cut[at(head)]) said += tr(", cut");
    return said;
}

void HeadGrid::repaintHead(std::optional<HeadId> head) {
    if (head && m_heads > 0) viewport()->update(cellRect(*head).adjusted(-2, -2, 2, 2));
}

void HeadGrid::dropPictures() {
    m_pictures.assign(static_cast<std::size_t>(m_layers) * static_cast<std::size_t>(m_heads), QPixmap());
}

const QPixmap& HeadGrid::picture(HeadId head) {
    QPixmap& pixmap = m_pictures[at(head)];
    const int side = tilePixels();
    if (pixmap.isNull() || pixmap.width() != side) {
        const Tile& tile = m_tiles[at(head)];
        pixmap =
            QPixmap::fromImage(heatImage({tile.rows, tile.cols, tile.pixels}, side, side, m_kind, m_causal));
        pixmap.setDevicePixelRatio(devicePixelRatioF());
    }
    return pixmap;
}

QPixmap HeadGrid::thumbnail(HeadId head) const {
    if (at(head) >= m_tiles.size()) return {};
    const Tile& tile = m_tiles[at(head)];
    const int side = static_cast<int>(std::lround(72 * devicePixelRatioF()));
    QPixmap pixmap =
        QPixmap::fromImage(heatImage({tile.rows, tile.cols, tile.pixels}, side, side, m_kind, m_causal));
    pixmap.setDevicePixelRatio(devicePixelRatioF());
    return pixmap;
}

void HeadGrid::paintMarginBar(QPainter& painter, HeadId head) const {
    if (at(head) >= m_bars.size()) return;
    const Palette& p = colours();
    const QRectF thumb = thumbRect(head);
    const QRectF ground(thumb.left() - kBar - kBarGap, thumb.top(), kBar, thumb.height());
    painter.fillRect(ground, p.sunk);
    const double share = static_cast<double>(m_bars[at(head)]);
    painter.setOpacity(m_stale ? 0.45 : 1.0);
    if (m_kind == MapKind::Change) { // up and down from the middle
        const double length = share * ground.height() / 2, middle = ground.center().y();
        painter.fillRect(QRectF(ground.left(), std::min(middle, middle - length), kBar, std::abs(length)),
                         share < 0 ? p.negative : p.positive);
    } else {
        const double length = share * ground.height();
        painter.fillRect(QRectF(ground.left(), ground.bottom() - length, kBar, length), p.mute);
    }
    painter.setOpacity(1.0);
}

void HeadGrid::paintHead(QPainter& painter, HeadId head) {
    const Palette& p = colours();
    const QRectF thumb = thumbRect(head);
    const bool cut = at(head) < m_cut.size() && m_cut[at(head)];
    if (at(head) < m_tiles.size()) {
        painter.setOpacity(m_stale ? 0.45 : 1.0);
        painter.drawPixmap(thumb.topLeft(), picture(head));
        painter.setOpacity(1.0);
    } else {
        painter.fillRect(thumb, p.sunk);
    }
    paintMarginBar(painter, head);
    if (cut) paintHatch(painter, thumb);
    painter.setPen(QPen(p.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(thumb.adjusted(-0.5, -0.5, 0.5, 0.5));
    const bool chosen = m_selected == head;
    const bool lit = m_hovered == head || m_lit == head;
    if (chosen && hasFocus()) paintBox(painter, outlineOf(head, 5), 4, {}, faded(p.accent, 0.4), 2.0);
    if (chosen)
        paintBox(painter, outlineOf(head, 3), 2, {}, p.accent, 2.0);
    else if (lit)
        paintBox(painter, outlineOf(head, 3), 2, {}, p.mute, 1.0);
    if (m_hovered == head) {
        const QRectF grip = gripOf(thumb);
        paintBox(painter, grip.adjusted(-1, -1, 1, 1), 3, faded(p.panel, 0.85));
        paintIcon(painter, Icon::Grip, grip, p.text);
    }
    painter.setFont(typeFont(Theme::Type::Caption));
    const double baseline = thumb.bottom() + 13;
    painter.setPen(chosen ? p.text : p.mute);
    const QString name = m_order.empty()
                             ? QStringLiteral("H%1").arg(head.head.value)
                             : QStringLiteral("L%1H%2").arg(head.layer.value).arg(head.head.value);
    const double drawn = paintLine(painter, thumb.left(), baseline, name, thumb.width());
    if (cut) paintIcon(painter, Icon::Cut, QRectF(thumb.left() + drawn + 4, baseline - 9.5, 11, 11), p.cut);
    if (thumb.width() >= kLabelled && at(head) < m_labels.size()) {
        painter.setPen(p.faint);
        // Whole or not at all: half a word says nothing.
        const QString& label = m_labels[at(head)];
        const double wide = QFontMetricsF(painter.font()).horizontalAdvance(label);
        if (drawn + (cut ? 20 : 6) + wide <= thumb.width())
            painter.drawText(QPointF(thumb.right() - wide, baseline), label);
    }
}

// Layer labels (in another order: which place a row begins with) stay at the left while heads scroll sideways
// under them.
void HeadGrid::paintGutter(QPainter& painter, const QRect& dirty, int first, int last) const {
    const Palette& p = colours();
    const QRect gutter(0, 0, m_metrics.left - kGap / 2 - m_metrics.strip, viewport()->height());
    if (!dirty.intersects(gutter)) return;
    if (horizontalScrollBar()->value() > 0) painter.fillRect(gutter, p.page);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(m_order.empty() ? p.mute : p.faint);
    for (int row = first; row <= last; ++row) {
        const QRect thumb = thumbRect(headOf(row * m_heads));
        const QRectF line(kMargin, thumb.top(), kGutter, thumb.height());
        const QString label =
            m_order.empty() ? QStringLiteral("L%1").arg(row) : QStringLiteral("%1.").arg(row * m_heads + 1);
        painter.drawText(QPointF(line.left(), centredBaseline(line, painter.font())), label);
    }
}

void HeadGrid::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const Palette& p = colours();
    painter.fillRect(event->rect(), p.page);
    if (m_layers == 0 || m_heads == 0) {
        if (!m_message.isEmpty()) paintMessage(painter, QRectF(viewport()->rect()), m_message);
        return;
    }
    const Metrics& m = m_metrics;
    const QRect dirty = event->rect();
    const int yFirst = std::max(0, (dirty.top() + verticalScrollBar()->value() - kGap) / m.pitchY);
    const int yLast = std::min(m_layers - 1, (dirty.bottom() + verticalScrollBar()->value()) / m.pitchY);
    const int xFirst = std::max(0, (dirty.left() + horizontalScrollBar()->value() - m.left) / m.pitchX);
    const int xLast = std::min(
        m_heads - 1, (dirty.right() + horizontalScrollBar()->value() - m.left + kGap + m.strip) / m.pitchX);
    for (int row = yFirst; row <= yLast; ++row)
        for (int col = xFirst; col <= xLast; ++col)
            paintHead(painter, headOf(row * m_heads + col));
    paintGutter(painter, dirty, yFirst, yLast);
    if (verticalScrollBar()->maximum() > 0) // what is cut off here goes on below
        painter.fillRect(QRect(0, viewport()->height() - 1, viewport()->width(), 1), p.line);
    if (hasFocus() && !m_selected) paintBox(painter, QRectF(viewport()->rect()), 4, {}, p.accent, 1.0);
}

void HeadGrid::resizeEvent(QResizeEvent*) {
    layOut();
}

void HeadGrid::scrollContentsBy(int dx, int dy) {
    if (dx != 0) {
        viewport()->update(); // the layer labels do not move
        return;
    }
    viewport()->scroll(0, dy);
    const int bottom = viewport()->height() - 1; // nor does the line below
    viewport()->update(0, bottom - std::max(0, -dy), viewport()->width(), 1);
    viewport()->update(0, bottom, viewport()->width(), 1);
}

void HeadGrid::reveal(HeadId head) {
    const QRect cell = cellRect(head);
    if (cell.top() < 0) verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.top());
    if (cell.bottom() > viewport()->height())
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.bottom() - viewport()->height());
    const int hidden = m_metrics.left - kGap / 2 - m_metrics.strip;
    if (cell.left() < hidden)
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() + cell.left() - hidden);
    if (cell.right() > viewport()->width())
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() + cell.right() - viewport()->width());
}

void HeadGrid::select(HeadId head) {
    if (m_selected == head) return;
    setSelected(head);
    QAccessibleEvent said(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&said);
    Q_EMIT headSelected(head);
}

void HeadGrid::setHovered(std::optional<HeadId> head) {
    if (head == m_hovered) return;
    repaintHead(m_hovered);
    m_hovered = head;
    repaintHead(m_hovered);
    Q_EMIT headHovered(m_hovered);
}

void HeadGrid::mousePressEvent(QMouseEvent* event) {
    const auto head = headAt(event->position().toPoint());
    if (!head) return;
    m_pickUp.press(*event, Payload{headTarget(head->layer.value, head->head.value), std::nullopt, false});
    if (event->button() == Qt::LeftButton) select(*head);
}

void HeadGrid::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        const HeadId head{LayerIndex(payload->target.layer), HeadIndex(payload->target.index)};
        setHovered(std::nullopt);
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), thumbnail(head));
        return;
    }
    if (m_pickUp.armed()) return;
    setHovered(headAt(event->position().toPoint()));
    const bool onGrip =
        m_hovered && gripOf(thumbRect(*m_hovered)).adjusted(-4, -4, 4, 4).contains(event->position());
    viewport()->setCursor(onGrip ? Qt::OpenHandCursor : Qt::ArrowCursor);
}

void HeadGrid::mouseReleaseEvent(QMouseEvent*) {
    m_pickUp.release();
}

void HeadGrid::mouseDoubleClickEvent(QMouseEvent* event) {
    if (const auto head = headAt(event->position().toPoint())) Q_EMIT headActivated(*head);
}

void HeadGrid::keyPressEvent(QKeyEvent* event) {
    if (m_layers == 0 || m_heads == 0) return;
    // The keys walk over places, whatever heads stand there.
    int place = 0;
    if (m_selected) {
        place = placeOf(*m_selected);
        int row = place / m_heads, col = place % m_heads;
        switch (event->key()) {
        case Qt::Key_Left:
            col = std::max(0, col - 1);
            break;
        case Qt::Key_Right:
            col = std::min(m_heads - 1, col + 1);
            break;
        case Qt::Key_Up:
            row = std::max(0, row - 1);
            break;
        case Qt::Key_Down:
            row = std::min(m_layers - 1, row + 1);
            break;
        case Qt::Key_Home:
            col = 0;
            break;
        case Qt::Key_End:
            col = m_heads - 1;
            break;
        case Qt::Key_PageUp:
            row = 0;
            break;
        case Qt::Key_PageDown:
            row = m_layers - 1;
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            Q_EMIT headActivated(*m_selected);
            return;
        default:
            event->ignore();
            return;
        }
        place = row * m_heads + col;
    } else if (event->key() < Qt::Key_Home || event->key() > Qt::Key_PageDown) {
        event->ignore();
        return;
    }
    select(headOf(place));
}

void HeadGrid::leaveEvent(QEvent*) {
    setHovered(std::nullopt);
}

void HeadGrid::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const auto head = byKey ? m_selected : headAt(viewport()->mapFromGlobal(event->globalPos()));
    if (!head) return;
    const QPoint where = byKey ? viewport()->mapToGlobal(thumbRect(*head).center()) : event->globalPos();
    Q_EMIT offersRequested(Payload{headTarget(head->layer.value, head->head.value), std::nullopt, false},
                           where);
}

void HeadGrid::focusInEvent(QFocusEvent*) {
    viewport()->update();
}

void HeadGrid::focusOutEvent(QFocusEvent*) {
    viewport()->update();
}

bool HeadGrid::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const auto head = headAt(viewport()->mapFrom(this, help->pos()));
        if (head)
            QToolTip::showText(help->globalPos(), tipText(describe(*head)), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

} // namespace cutaway::widgets
