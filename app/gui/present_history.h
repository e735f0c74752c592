// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/card_effects.h"
#include "app/gui/picture.h"
#include "core/session/run_history.h"
#include "widgets/views/answer_strip.h"
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

/// Lets the strip compare with the pinned run and say where that stands: on another prompt, at another token.
/// A run scored by other tokens than `scored` is not compared with: the strip says so, its numbers stay.
void presentBaseline(widgets::AnswerStripState& state, const session::RunRecord& baseline,
                     const session::Session& session, const session::Choice& scored);

/// Puts "alone −0.4 · without it −2.1" onto a card, with the word where the two are far apart; `stale` while
/// it is of an earlier state of the shelf.
void presentEffect(widgets::ShelfCardState& state, const CardEffect& effect, bool stale = false);

} // namespace cutaway::app
