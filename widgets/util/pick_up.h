// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"

#include <QPixmap>
#include <QPoint>

#include <optional>

QT_BEGIN_NAMESPACE
class QMouseEvent;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// Tells a click from the start of a drag: press with a payload, move past the platform's drag distance.
/// The widget then emits pickUpRequested and lets go; the program's own drag controller takes the mouse.
class PickUp {
public:
    /// A left press on something that can be carried.
    void press(const QMouseEvent& event, Payload payload);
    /// The payload, once, when the pointer has moved far enough with the button held.
    std::optional<Payload> move(const QMouseEvent& event);
    void release() { m_payload.reset(); }
    bool armed() const { return m_payload.has_value(); }

private:
    std::optional<Payload> m_payload;
    QPoint m_start;
};

/// The target of one head.
Target headTarget(int layer, int head);

} // namespace cutaway::widgets
