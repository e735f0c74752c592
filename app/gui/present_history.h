// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/card_effects.h"
#include "app/gui/picture.h"
#include "core/session/run_history.h"
#include "widgets/views/history_panel.h"
#include "widgets/views/shelf_card.h"

#include <vector>

/// From runs that were, and what cards do alone, to what widgets say: pure functions.
namespace cutaway::app {

/// What of the shown picture goes into the history; `scored` is what it is scored by. None where the picture
/// has no figures at the cursor.
std::optional<session::RunRecord> recordOf(const session::Session& session, const Picture& picture,
                                           const session::Choice& scored);

/// The list of runs; `shown` is the id of the one that is looked at.
std::vector<widgets::HistoryRow> presentHistory(const session::RunHistory& history, int shown);

/// A run in a few words: its cuts, and its prompt where that is another than `now`.
QString baselineName(const session::RunRecord& record, const session::Sequence& now);

/// Puts "alone −0.4 · without it −2.1" onto a card, with the word where the two are far apart.
void presentEffect(widgets::ShelfCardState& state, const CardEffect& effect);

} // namespace cutaway::app
