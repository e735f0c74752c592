// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "app/gui/view_table.h"
#include "core/session/session.h"
#include "core/types/offer.h"

#include <QPixmap>
#include <QWidget>

#include <optional>
#include <vector>

namespace cutaway::app {

/// What stands under a tab: says which parts of a picture it shows, and shows them. Asked for its wishes only
/// while it is seen.
class PictureView : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    virtual std::vector<PartWish> wishes(const session::Session& session) const = 0;
    /// Shows a picture as the session looks at it; null before the first.
    virtual void setPicture(const Picture* picture, const session::Session& session, bool stale) = 0;
    /// What the keyboard is at in this view.
    virtual std::optional<Payload> selectedPayload() const = 0;
    /// What it shows as a table with the arrays behind it; nothing while there is nothing.
    virtual std::optional<ViewTable> table() const { return std::nullopt; }
    /// The widget that Space and the arrows belong to.
    virtual QWidget* keyTarget() const = 0;

Q_SIGNALS:
    void positionChosen(int position);
    void targetChosen(const cutaway::Target& target);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);
};

/// The sentence a view shows while a part is not there: why it cannot be had, or that it is being made.
QString waitingSentence(const Picture* picture, const PartWish& wish);

} // namespace cutaway::app
