// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session_view.h"
#include "core/types/offer.h"

#include <string>
#include <vector>

namespace cutaway::session {

/// What can be done with a carried thing at a place: the one grammar of dragging. Zones, context menu, keys
/// and screen reader list exactly these rows in this order. A row that cannot apply stays, with the reason.
/// Ids: `hide` (chips: first where picked up to be hidden, else last), `group` (over a card: one cut for
/// both), then `neutralise`, `zero`, `patch`, `replace_random`, `scale`, `hold`. Over lane A: `patch` alone,
/// at the chip it is held over. What was picked up in lane B can only be patched, at the token tied to it.
std::vector<Offer> offers(const Payload& payload, const Place& place, const SessionView& view);

/// What the kind of a card may change to; the same rows as for its targets carried to the shelf, and `double`
/// and `reverse` beside `scale`. Positions and strength are kept. The row that equals the card is allowed.
std::vector<Offer> kindOffers(const Cut& cut, const SessionView& view);

/// What a card is about: its targets, a held head's pattern read as the head.
std::vector<Target> baseTargets(const Cut& cut);

/// The id of the kindOffers() row that a cut is; empty where no row makes it (noise, patch, …).
std::string kindOf(const Cut& cut);

} // namespace cutaway::session
