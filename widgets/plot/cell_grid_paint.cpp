// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/cell_grid.h"

#include "widgets/plot/marks.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kMargin = 14;
constexpr int kLabelGap = 10;
constexpr double kSlantDegrees = 50.0;
constexpr double kLabelPitch = 12.0; ///< slanted labels stand at least this far apart
constexpr int kTextFrom = 28;        ///< cells from this width on say their text
constexpr double kFaded = 0.3;
} // namespace

const QPixmap& CellGrid::placeholder() const {
    const double scale = viewport()->devicePixelRatioF();
    const QSize size(m_metrics.pitchX - 1, m_metrics.pitchY - 1);
    if (m_placeholder.isNull() || m_placeholder.devicePixelRatio() != scale) {
        m_placeholder = QPixmap(size * scale);
        m_placeholder.setDevicePixelRatio(scale);
        m_placeholder.fill(colours().page);
        QPainter painter(&m_placeholder);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(mixed(colours().page, colours().faint, 0.55));
        // Dots around the rim, as many as come out even.
        const QRectF rim(1.5, 1.5, size.width() - 3, size.height() - 3);
        const auto along = [&](QPointF from, QPointF to, double length) {
            const int steps = std::max(1, static_cast<int>(length / 4));
            for (int i = 0; i < steps; ++i)
                painter.drawEllipse(from + (to - from) * i / steps, 0.6, 0.6);
        };
        along(rim.topLeft(), rim.topRight(), rim.width());
        along(rim.topRight(), rim.bottomRight(), rim.height());
        along(rim.bottomRight(), rim.bottomLeft(), rim.width());
        along(rim.bottomLeft(), rim.topLeft(), rim.height());
    }
    return m_placeholder;
}

QColor CellGrid::colourFor(const GridCell& cell, const ColourTable& table) const {
    const QColor full =
        QColor::fromRgb(colourOf(table, static_cast<float>(cell.value), static_cast<float>(m_state.low),
                                 static_cast<float>(m_state.high)));
    const double share = (cell.faded ? kFaded : 1.0) * (m_state.stale ? 0.45 : 1.0);
    return share < 1.0 ? mixed(colours().page, full, share) : full;
}

void CellGrid::paintCell(QPainter& painter, const QRect& rect, const GridCell& cell,
                         const ColourTable& table) const {
    const QRect box = rect.adjusted(0, 0, -1, -1);
    if (std::isnan(cell.value)) {
        painter.drawPixmap(box.topLeft(), placeholder());
        if (cell.cut) paintHatch(painter, QRectF(box));
        return;
    }
    const QColor ground = colourFor(cell, table);
    painter.fillRect(box, ground);
    if (cell.cut) paintHatch(painter, QRectF(box));
    if (cell.text.isEmpty() || rect.width() < kTextFrom) return;
    const QFontMetricsF metrics(painter.font());
    double wide = metrics.horizontalAdvance(cell.text);
    QString text = cell.text;
    const double room = box.width() - 6;
    if (wide > room) {
        text = metrics.elidedText(text, Qt::ElideRight, room);
        wide = metrics.horizontalAdvance(text);
    }
    const QPointF at(box.center().x() + 0.5 - wide / 2, centredBaseline(QRectF(box), painter.font()));
    if (cell.cut) // the hatch keeps off the word
        paintBox(painter,
                 QRectF(at.x() - 2, at.y() - metrics.capHeight() - 2, wide + 4, metrics.capHeight() + 5), 2,
                 ground);
    const QColor ink = readableOn(ground);
    painter.setPen(cell.faded ? mixed(ground, ink, 0.7) : ink);
    painter.drawText(at, text);
}

void CellGrid::paintMarks(QPainter& painter) const {
    const Palette& p = colours();
    const int col = m_state.currentCol;
    if (col >= 0 && col < colCount()) {
        const QRect column = placeRect({visual(0), col}).united(placeRect({visual(rowCount() - 1), col}));
        paintBox(painter, QRectF(column).adjusted(-2, -2, 1, 1), 3, {}, p.accent, 1.5);
    }
    if (m_hovered && m_hovered != m_selected)
        paintBox(painter, QRectF(placeRect(*m_hovered)).adjusted(-1, -1, 0, 0), 1, {}, p.text, 1.0);
    if (m_selected) {
        const QRectF box = QRectF(placeRect(*m_selected)).adjusted(-2, -2, 1, 1);
        if (hasFocus()) paintBox(painter, box.adjusted(-2, -2, 2, 2), 4, {}, faded(p.accent, 0.4), 2.0);
        paintBox(painter, box, 2, {}, p.accent, 2.0);
        paintBox(painter, box.adjusted(2, 2, -2, -2), 0, {}, p.page, 1.0); // off any colour of the map
    }
}

void CellGrid::paintRowLabels(QPainter& painter, int first, int last) const {
    const Palette& p = colours();
    painter.setFont(typeFont(Theme::Type::Caption));
    for (int fromTop = first; fromTop <= last; ++fromTop) {
        const int row = visual(fromTop);
        const QRectF line(placeRect({row, 0}));
        const double baseline = centredBaseline(line.adjusted(0, 0, 0, -1), painter.font());
        const bool lit = (m_hovered && m_hovered->first == row) || (m_selected && m_selected->first == row);
        painter.setPen(lit ? p.text : p.mute);
        paintLine(painter, kMargin, baseline, m_state.rows.at(row), m_metrics.label + 1);
        const QString note = m_state.rowNotes.value(row);
        if (note.isEmpty()) continue;
        painter.setPen(p.faint);
        paintTabular(painter, m_metrics.left - kLabelGap - tabularWidth(painter.font(), note), baseline,
                     note);
    }
}

void CellGrid::paintColumnLabels(QPainter& painter, int first, int last) const {
    const Palette& p = colours();
    const Metrics& m = m_metrics;
    painter.setFont(typeFont(Theme::Type::MonoCaption));
    const QFontMetricsF metrics(painter.font());
    const bool slanted = m.slantLength > 0;
    const int lit[] = {m_state.currentCol, m_hovered ? m_hovered->second : -1, m_hoveredLabel,
                       m_selected ? m_selected->second : -1};
    const double apart = m.pitchX * std::sin(kSlantDegrees * 3.14159265358979 / 180.0);
    const int every = slanted ? std::max(1, static_cast<int>(std::ceil(kLabelPitch / apart))) : 1;
    const auto draw = [&](int col, const QColor& colour) {
        if (col < first || col > last) return;
        const QRect at = placeRect({0, col});
        painter.setPen(colour);
        if (!slanted) {
            const QString text = metrics.elidedText(m_state.cols.at(col), Qt::ElideRight, m.pitchX - 4);
            painter.drawText(
                QPointF(at.left() + (m.pitchX - 1 - metrics.horizontalAdvance(text)) / 2, m.top - 9), text);
            return;
        }
        const QString text = metrics.elidedText(m_state.cols.at(col), Qt::ElideRight, m.slantLength + 1);
        painter.save();
        painter.translate(at.left() + m.pitchX / 2.0 + 2, m.top - 6);
        painter.rotate(-kSlantDegrees);
        painter.drawText(QPointF(0, metrics.capHeight() / 2 - 1), text);
        painter.restore();
    };
    for (int col = first - first % every; col <= last; col += every) {
        const bool shadowed = every > 1 && std::any_of(std::begin(lit), std::end(lit), [&](int s) {
                                  return s >= 0 && s != col && std::abs(s - col) < every;
                              });
        if (!shadowed) draw(col, p.mute);
    }
    for (std::size_t i = std::size(lit); i-- > 0;)
        if (lit[i] >= 0) draw(lit[i], i == 0 ? p.accent : p.text);
}

void CellGrid::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    const Palette& p = colours();
    painter.fillRect(event->rect(), p.page);
    if (empty()) {
        paintMessage(painter, QRectF(viewport()->rect()), m_state.message);
        if (hasFocus()) paintBox(painter, QRectF(viewport()->rect()), 4, {}, p.accent, 1.0);
        return;
    }
    const Metrics& m = m_metrics;
    const QRect body = bodyRect();
    const int x = horizontalScrollBar()->value();
    const int y = verticalScrollBar()->value();
    const auto span = [](int from, int to, int pitch, int count) {
        return std::pair(std::clamp(from / pitch, 0, count - 1), std::clamp(to / pitch, 0, count - 1));
    };
    const QRect part = event->rect().intersected(body.adjusted(-4, -4, 4, 4));
    const auto [firstRow, lastRow] =
        span(part.top() - m.top + y, part.bottom() - m.top + y, m.pitchY, rowCount());
    const auto [firstCol, lastCol] =
        span(part.left() - m.left + x, part.right() - m.left + x, m.pitchX, colCount());
    painter.save();
    painter.setClipRect(body.adjusted(-4, -4, kMargin, 4), Qt::IntersectClip);
    painter.setFont(typeFont(m_state.figures ? Theme::Type::Caption : Theme::Type::MonoCaption));
    const ColourTable table = colourTable(m_state.kind);
    for (int fromTop = firstRow; fromTop <= lastRow; ++fromTop)
        for (int col = firstCol; col <= lastCol; ++col) {
            const Place place(visual(fromTop), col);
            paintCell(painter, placeRect(place), cell(place), table);
        }
    paintMarks(painter);
    painter.restore();
    // Labels stay while cells scroll beneath them.
    const auto [topRow, bottomRow] = span(y, y + body.height() - 1, m.pitchY, rowCount());
    const auto [leftCol, rightCol] = span(x, x + body.width() - 1, m.pitchX, colCount());
    painter.save();
    if (x > 0) painter.fillRect(QRect(0, 0, m.left - 4, viewport()->height()), p.page);
    painter.setClipRect(QRect(0, m.top, m.left, body.height() + 4), Qt::IntersectClip);
    paintRowLabels(painter, topRow, bottomRow);
    painter.restore();
    painter.save();
    painter.setClipRect(QRect(m.left - 4, 0, viewport()->width() - m.left + 4, m.top), Qt::IntersectClip);
    paintColumnLabels(painter, leftCol, rightCol);
    painter.restore();
    const int bottom = std::min(body.bottom() + 1, m.top + rowCount() * m.pitchY - y);
    paintColourBar(painter, QRectF(m.left, bottom + 8, viewport()->width() - m.left - kMargin, 20),
                   m_state.kind, m_state.low, m_state.high, m_state.unit);
    if (verticalScrollBar()->value() < verticalScrollBar()->maximum()) // what is cut off here goes on below
        painter.fillRect(QRect(m.left, body.bottom() + 3, body.width(), 1), p.line);
    if (hasFocus() && !m_selected) paintBox(painter, QRectF(viewport()->rect()), 4, {}, p.accent, 1.0);
}

QPixmap CellGrid::thumbnail(Place place) const {
    const double scale = devicePixelRatioF();
    const QSize size(std::max(24, m_metrics.pitchX), std::max(24, m_metrics.pitchY));
    QPixmap pixmap(size * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(colours().page);
    QPainter painter(&pixmap);
    painter.setFont(typeFont(m_state.figures ? Theme::Type::Caption : Theme::Type::MonoCaption));
    GridCell shown = cell(place);
    shown.cut = false;
    if (std::isnan(shown.value)) // no placeholder: it has another size
        painter.fillRect(QRect(QPoint(0, 0), size), colours().sunk);
    else
        paintCell(painter, QRect(QPoint(0, 0), size + QSize(1, 1)), shown, colourTable(m_state.kind));
    return pixmap;
}

} // namespace cutaway::widgets
