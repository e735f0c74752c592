// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_grid.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
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
    m_selected.reset();
    m_hovered.reset();
    m_lit.reset();
    dropPictures();
    layOut();
    updateGeometry();
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

HeadGrid::Metrics HeadGrid::metricsFor(const QSize& area) const {
    Metrics m;
    m.left = kMargin + kGutter - 4;
    const int room = std::max(1, area.width() - m.left - kRight);
    const int heads = std::max(1, m_heads);
    m.side = std::clamp((room + kGap) / heads - kGap, kSmallest, m_largest);
    const int inHeight = (area.height() - kGap) / std::max(1, m_layers) - kCaption - kGap;
    if (inHeight >= kFits) m.side = std::min(m.side, inHeight);
    // Columns share the width up to a point, as in a table; beyond that the rest stays empty at the right.
    m.pitchX = std::clamp((room - m.side) / std::max(1, heads - 1), m.side + kGap, m.side + 3 * kGap);
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
    const Metrics& m = m_metrics;
    return {m.left + head.head.value * m.pitchX - horizontalScrollBar()->value() - kGap / 2,
            kGap + head.layer.value * m.pitchY - verticalScrollBar()->value() - kGap / 2, m.pitchX, m.pitchY};
}

QRect HeadGrid::thumbRect(HeadId head) const {
    const QRect cell = cellRect(head);
    return {cell.left() + kGap / 2, cell.top() + kGap / 2, m_metrics.side, m_metrics.side};
}

QRect HeadGrid::headRect(HeadId head) const {
    return thumbRect(head).translated(viewport()->pos());
}

std::optional<HeadId> HeadGrid::headAt(const QPoint& pos) const {
    if (m_layers == 0 || m_heads == 0) return std::nullopt;
    const int x = pos.x() + horizontalScrollBar()->value() - m_metrics.left + kGap / 2;
    const int y = pos.y() + verticalScrollBar()->value() - kGap / 2;
    if (x < 0 || y < 0) return std::nullopt;
    const HeadId head{LayerIndex(y / m_metrics.pitchY), HeadIndex(x / m_metrics.pitchX)};
    if (head.layer.value >= m_layers || head.head.value >= m_heads) return std::nullopt;
    const QRect sensitive = thumbRect(head).adjusted(-3, -3, 3, kCaption);
    return sensitive.contains(pos) ? std::optional(head) : std::nullopt;
}

QString HeadGrid::describe(HeadId head) const {
    QString said = tr("Layer %1 head %2").arg(head.layer.value).arg(head.head.value);
    if (at(head) < m_labels.size() && !m_labels[at(head)].isEmpty())
        said += tr(", pattern: %1").arg(m_labels[at(head)]);
    if (at(head) < m_cut.size() && m_cut[at(head)]) said += tr(", cut");
    return said;
}

void HeadGrid::repaintHead(std::optional<HeadId> head) {
    if (head) viewport()->update(cellRect(*head).adjusted(-2, -2, 2, 2));
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
    if (cut) paintHatch(painter, thumb);
    painter.setPen(QPen(p.line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(thumb.adjusted(-0.5, -0.5, 0.5, 0.5));
    const bool chosen = m_selected == head;
    const bool lit = m_hovered == head || m_lit == head;
    if (chosen && hasFocus())
        paintBox(painter, thumb.adjusted(-5, -5, 5, 5), 4, {}, faded(p.accent, 0.4), 2.0);
    if (chosen)
        paintBox(painter, thumb.adjusted(-3, -3, 3, 3), 2, {}, p.accent, 2.0);
    else if (lit)
        paintBox(painter, thumb.adjusted(-3, -3, 3, 3), 2, {}, p.mute, 1.0);
    if (m_hovered == head) {
        const QRectF grip = gripOf(thumb);
        paintBox(painter, grip.adjusted(-1, -1, 1, 1), 3, faded(p.panel, 0.85));
        paintIcon(painter, Icon::Grip, grip, p.text);
    }
    painter.setFont(typeFont(Theme::Type::Caption));
    const double baseline = thumb.bottom() + 13;
    painter.setPen(chosen ? p.text : p.mute);
    const QString name = QStringLiteral("H%1").arg(head.head.value);
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

void HeadGrid::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const Palette& p = colours();
    painter.fillRect(event->rect(), p.page);
    if (m_layers == 0 || m_heads == 0) return;
    const Metrics& m = m_metrics;
    const QRect dirty = event->rect();
    const int yFirst = std::max(0, (dirty.top() + verticalScrollBar()->value() - kGap) / m.pitchY);
    const int yLast = std::min(m_layers - 1, (dirty.bottom() + verticalScrollBar()->value()) / m.pitchY);
    const int xFirst = std::max(0, (dirty.left() + horizontalScrollBar()->value() - m.left) / m.pitchX);
    const int xLast =
        std::min(m_heads - 1, (dirty.right() + horizontalScrollBar()->value() - m.left + kGap) / m.pitchX);
    for (int layer = yFirst; layer <= yLast; ++layer)
        for (int head = xFirst; head <= xLast; ++head)
            paintHead(painter, {LayerIndex(layer), HeadIndex(head)});
    // Layer labels stay at the left while heads scroll sideways under them.
    const QRect gutter(0, 0, m.left - kGap / 2, viewport()->height());
    if (dirty.intersects(gutter)) {
        if (horizontalScrollBar()->value() > 0) painter.fillRect(gutter, p.page);
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.mute);
        for (int layer = yFirst; layer <= yLast; ++layer) {
            const QRect thumb = thumbRect({LayerIndex(layer), HeadIndex(0)});
            const QRectF row(kMargin, thumb.top(), kGutter, thumb.height());
            painter.drawText(QPointF(row.left(), centredBaseline(row, painter.font())),
                             QStringLiteral("L%1").arg(layer));
        }
    }
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
    const int hidden = m_metrics.left - kGap / 2;
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
    HeadId to = m_selected.value_or(HeadId{LayerIndex(0), HeadIndex(0)});
    if (m_selected) {
        int& layer = to.layer.value;
        int& head = to.head.value;
        switch (event->key()) {
        case Qt::Key_Left:
            head = std::max(0, head - 1);
            break;
        case Qt::Key_Right:
            head = std::min(m_heads - 1, head + 1);
            break;
        case Qt::Key_Up:
            layer = std::max(0, layer - 1);
            break;
        case Qt::Key_Down:
            layer = std::min(m_layers - 1, layer + 1);
            break;
        case Qt::Key_Home:
            head = 0;
            break;
        case Qt::Key_End:
            head = m_heads - 1;
            break;
        case Qt::Key_PageUp:
            layer = 0;
            break;
        case Qt::Key_PageDown:
            layer = m_layers - 1;
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            Q_EMIT headActivated(to);
            return;
        default:
            event->ignore();
            return;
        }
    } else if (event->key() < Qt::Key_Home || event->key() > Qt::Key_PageDown) {
        event->ignore();
        return;
    }
    select(to);
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
            QToolTip::showText(help->globalPos(), describe(*head), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QAbstractScrollArea::event(event);
}

} // namespace cutaway::widgets
