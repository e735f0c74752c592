// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>

QT_BEGIN_NAMESPACE
class QPainter;
class QRectF;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// Own monochrome drawings on a 16-px grid.
enum class Icon {
    Cut,
    Grip,
    Close,
    CaretDown,
    ChevronRight,
    ChevronDown,
    StepFirst,
    StepBack,
    StepForward,
    StepLast,
    Stop,
    Warning,
    Copy,
    Folder,
    Swap,
    Check,
    Pencil,
    Plus,
    Clock,
    Pin,
};

/// Draws an icon in `colour` into `rect` (logical pixels), sharp at any scale of the painter's device.
void paintIcon(QPainter& painter, Icon icon, const QRectF& rect, const QColor& colour);

/// An icon for buttons: `colour` when it can be used, faint when not. Does not follow the theme: ask again.
QIcon iconFor(Icon icon, const QColor& colour);

} // namespace cutaway::widgets
