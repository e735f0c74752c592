// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/pick_up.h"

#include <QApplication>
#include <QMouseEvent>

namespace cutaway::widgets {

void PickUp::press(const QMouseEvent& event, Payload payload) {
    if (event.button() != Qt::LeftButton) return;
    m_payload = std::move(payload);
    m_start = event.globalPosition().toPoint();
}

std::optional<Payload> PickUp::move(const QMouseEvent& event) {
    if (!m_payload || !(event.buttons() & Qt::LeftButton)) return std::nullopt;
    const QPoint way = event.globalPosition().toPoint() - m_start;
    if (way.manhattanLength() < QApplication::startDragDistance()) return std::nullopt;
    std::optional<Payload> out = std::move(m_payload);
    m_payload.reset();
    return out;
}

Target headTarget(int layer, int head) {
    Target target;
    target.kind = TargetKind::Head;
    target.layer = layer;
    target.index = head;
    return target;
}

} // namespace cutaway::widgets
