// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "core/session/run_history.h"
#include "core/session/session.h"
#include "widgets/models/token_model.h"
#include "widgets/plot/head_grid.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/shelf_card.h"
#include "widgets/views/status_line.h"

#include <QStringList>

#include <optional>
#include <vector>

/// From the document and the shown picture to what the widgets say: pure functions, no widget touched.
namespace cutaway::app {

Shown shownFor(session::ViewMode mode);
widgets::RunMode runModeFor(session::ViewMode mode);

/// The predictions after a position of one side; null where there are none.
const PositionPredictions* predictionsAt(const RunSide& side, int position);

/// Top prediction of the uncut run after `position`, rather than the runner-up, as ids.
session::Choice automaticChoice(const Picture& picture, int position);

/// The answer, and what it is compared with, as words of a sentence.
QString answerWord(const session::Session& session, const Picture& picture);
QString wrongWord(const session::Session& session, const Picture& picture);

/// A prediction's text, `#12` without a tokenizer.
QString predictionText(const Prediction& prediction);

/// The answer strip. `error` is one sentence; `opening` is what it says while there is no picture.
widgets::AnswerStripState presentAnswer(const session::Session& session, const Picture* picture, bool stale,
                                        const QString& error, const QString& opening);

/// The chips of the shown run, and their visible texts.
std::vector<widgets::TokenChip> presentChips(const session::Session& session, const Picture& picture);
QStringList visibleTokens(const Picture& picture);

/// The shelf's cards in its order. `selected` is a card's id, 0 for none.
std::vector<widgets::ShelfCardState> presentShelf(const session::Session& session, const QStringList& tokens,
                                                  int selected);

/// How the picture was computed.
QStringList presentComputed(const session::Session& session, const Picture* picture);

/// What a head's pattern resembles most, from the five scores of Tiles; empty where nothing stands out.
QString patternName(const float* scores);

/// The same in words with its score, for one large head: `previous token .93`.
QString patternPhrase(const float* scores);

/// The head worth showing first: whose row at the cursor looks most at a token that is the predicted one
/// ("Mary", where Mary is the answer). None where no head looks there with at least a third of its weight.
/// `tiles` are the picture's thumbnails; only where they are neither pooled nor weighted.
std::optional<widgets::HeadId> tellingHead(const session::Session& session, const Picture& picture,
                                           const PartWish& tiles);

/// `4 L · 8 H · 3.5 M`.
QString modelSize(const ModelInfo& info);

/// How far the numbers can be believed, for the status line; nothing known: not checked yet.
void presentTrust(widgets::StatusLineState& state, const std::optional<engine::TrustResult>& trust);

/// What was checked of an open model, as rows for its card.
std::vector<std::pair<QString, QString>> presentChecks(const engine::TrustResult& trust);

/// Says of a quantised model that its numbers are that model's, wherever they are trusted.
void presentQuantization(widgets::StatusLineState& state, const ModelInfo& model);

} // namespace cutaway::app
