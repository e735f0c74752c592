// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"

#include <QtGlobal>

#include <functional>
#include <vector>

QT_BEGIN_NAMESPACE
class QWidget;
QT_END_NAMESPACE

namespace cutaway::app {

/// What screen readers find on a widget that carries things: the rows of offers() as its actions, refused
/// ones with their reason and no effect.
struct OfferAccess {
    std::function<std::vector<Offer>(QWidget*)> offers; ///< for what the keyboard is at in the widget
    std::function<void(QWidget*, const Offer&)> act;
};

/// Gives each of these widgets the actions. They keep what else they tell (name, description, focus). Call
/// once a window; the actions end with the widgets. Not for item views, whose items the platform tells itself
/// (they have the context menu). GUI thread.
void giveOfferActions(const std::vector<QWidget*>& carriers, OfferAccess access);

} // namespace cutaway::app
