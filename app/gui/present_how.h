// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/card_effects.h"
#include "app/gui/picture.h"
#include "core/session/session.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/how_popover.h"

#include <optional>
#include <string>

/// Where each number on screen comes from: pure functions of the document and the shown picture.
namespace cutaway::app {

/// Which number is asked about.
enum class HowKind {
    Difference,    ///< answer − wrong
    Probabilities, ///< of answer and wrong
    Chip,          ///< the probability of the token at `col`
    Attention,     ///< of `layer`, `head` from query `row` to key `col`; without them the whole pattern
    Lens,          ///< row and column
    Attribution,   ///< the part called `name`
    Waterfall,     ///< the part called `name`
    Sweep,         ///< row and column
    Neuron,        ///< `index` of `layer`
    Reading,       ///< key `col` inside `layer`, `head`; without it the head's output
    Card,          ///< what the card with the id `index` is and does
};
struct HowSubject {
    HowKind kind = HowKind::Difference;
    int layer = -1, head = -1;
    int row = -1, col = -1;
    int index = -1;
    std::string name{};
    friend bool operator==(const HowSubject&, const HowSubject&) = default;
};

/// What the numbers are read from. Nothing is owned.
struct HowScene {
    const session::Session& session;
    const Picture& picture;
    std::string model;                  ///< as the command line names it: a folder, or `demo`
    std::string engine{};               ///< `ssh:HOST` where it runs elsewhere
    const SweepResult* sweep = nullptr; ///< of `sweepRequest`
    SweepRequest sweepRequest{};
    const widgets::AnswerStripState* strip = nullptr; ///< as it is shown, against whatever baseline
    std::optional<CardEffect> cardEffect{};           ///< of the card asked about, where it is known
};

/// How a number was computed: its value, what it is, the formula, weights, BOS, dtype, how it was run, cuts,
/// reference set, model and n, and the request that gives it again. Nothing where the number is not there.
std::optional<widgets::HowText> presentHow(const HowSubject& subject, const HowScene& scene);

/// The glossary's id of what a number is.
const char* termOf(const HowSubject& subject);

} // namespace cutaway::app
