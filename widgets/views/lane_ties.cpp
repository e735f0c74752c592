// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/lane_ties.h"

#include "widgets/util/theme.h"
#include "widgets/views/token_strip.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <cmath>
#include <limits>
#include <utility>

namespace cutaway::widgets {

LaneTies::LaneTies(TokenStrip* own, TokenStrip* donor, QWidget* parent)
    : QWidget(parent), m_own(own), m_donor(donor) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(16);
    setAccessibleName(tr("Ties between the lanes"));
    setToolTip(
        tr("Which token of B stands for which of A. Drag from A to B to tie them, double-click to let go."));
    followTheme(this);
}

void LaneTies::setTies(std::vector<int> ties, std::vector<bool> changed) {
    m_ties = std::move(ties);
    m_changed = std::move(changed);
    update();
}

double LaneTies::centre(const TokenStrip* strip, int position) const {
    const QRect chip = strip->chipRect(position);
    return mapFromGlobal(strip->viewport()->mapToGlobal(chip.center())).x() + 0.5;
}

QLineF LaneTies::line(int own, int donor) const {
    return {centre(m_own, own), 0.0, centre(m_donor, donor), static_cast<double>(height())};
}

int LaneTies::nearest(const TokenStrip* strip, double x) const {
    const int count = strip->model()->rowCount();
    int found = -1;
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < count; ++i) {
        const double away = std::abs(centre(strip, i) - x);
        if (away >= least) continue;
        least = away;
        found = i;
    }
    return found;
}

void LaneTies::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& p = colours();
    for (std::size_t i = 0; i < m_ties.size(); ++i) {
        const int own = static_cast<int>(i);
        if (m_ties[i] < 0 || own == m_dragged) continue;
        const QLineF tie = line(own, m_ties[i]);
        if (std::max(tie.x1(), tie.x2()) < 0 || std::min(tie.x1(), tie.x2()) > width()) continue;
        const bool changed = i < m_changed.size() && m_changed[i];
        painter.setPen(QPen(own == m_hovered ? p.text : changed ? p.accent : p.faint, changed ? 1.6 : 1.0));
        painter.drawLine(tie);
    }
    if (m_dragged >= 0) {
        painter.setPen(QPen(p.accent, 2));
        painter.drawLine(QLineF(centre(m_own, m_dragged), 0.0, m_end.x(), m_end.y()));
    }
}

void LaneTies::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    m_dragged = nearest(m_own, event->position().x());
    m_end = event->position();
    update();
}

void LaneTies::mouseMoveEvent(QMouseEvent* event) {
    if (m_dragged < 0) {
        m_hovered = nearest(m_own, event->position().x());
    } else {
        m_end = event->position();
        m_end.setY(std::min(m_end.y(), height() - 0.5));
        m_donor->setDrop(true, nearest(m_donor, m_end.x()));
    }
    update();
}

void LaneTies::mouseReleaseEvent(QMouseEvent* event) {
    const int own = std::exchange(m_dragged, -1);
    m_donor->setDrop(false);
    update();
    if (own < 0) return;
    // A click is no tie: the pointer has to have gone down to lane B, or sideways.
    const int donor = nearest(m_donor, event->position().x());
    const bool same = own < static_cast<int>(m_ties.size()) && m_ties[static_cast<std::size_t>(own)] == donor;
    const bool went =
        event->position().y() > height() - 2 || std::abs(event->position().x() - centre(m_own, own)) > 12.0;
    if (went && !same && donor >= 0) Q_EMIT tieChosen(own, donor);
}

void LaneTies::mouseDoubleClickEvent(QMouseEvent* event) {
    const int own = nearest(m_own, event->position().x());
    m_dragged = -1;
    if (own >= 0) Q_EMIT tieChosen(own, -1);
}

void LaneTies::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    connect(menu->addAction(tr("Ties as they lie by themselves")), &QAction::triggered, this,
            &LaneTies::tiesReset);
    menu->popup(event->globalPos());
}

void LaneTies::leaveEvent(QEvent*) {
    m_hovered = -1;
    update();
}

} // namespace cutaway::widgets
