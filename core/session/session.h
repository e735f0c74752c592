// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session_view.h"
#include "core/types/run_request.h"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cutaway::session {

/// The sequence that runs: a text, or ids once tokens have been appended to it.
struct Sequence {
    std::string text;            ///< the prompt as written
    std::vector<TokenId> tokens; ///< when not empty, these run instead of the text
    int promptTokens = 0;        ///< the first so many of `tokens` are the prompt, the rest was stepped
    bool operator==(const Sequence&) const = default;
};

/// One cut on the shelf. The id is the session's own and unique on its shelf.
struct Card {
    int id = 0;
    Cut cut;
    bool enabled = true;
    bool operator==(const Card&) const = default;
};

/// The cuts, in the order of the model (on one target, in the order they came).
struct Shelf {
    std::vector<Card> cards;
    int nextId = 1;
    bool operator==(const Shelf&) const = default;
};

/// Answer rather than wrong. An empty answer: the top prediction against the runner-up, whatever they are.
struct Choice {
    TokenSet answer, wrong;
    bool operator==(const Choice&) const = default;
};

/// Which run every view shows.
enum class ViewMode { Uncut, Cut, Change };

/// How the document is looked at: saved with it, but no edit and not undone.
struct View {
    ViewMode mode = ViewMode::Cut;
    int cursor = -1; ///< token position; −1: the last
    int layer = 0;   ///< the head shown large
    int head = 0;
    std::string tab = "attention"; ///< the view that is seen
    bool operator==(const View&) const = default;
};

/// What changed, told after it did.
enum class Change { Model, Sequence, Shelf, Choice, View };

/// The document: what to run and how it is looked at. No results. Plain value parts that are exchanged whole,
/// so a command of the undo stack is one exchange. GUI thread.
class Session {
public:
    using Observer = std::function<void(Change)>;
    /// One observer (the window's document); called after each change.
    void observe(Observer observer) { m_observer = std::move(observer); }

    const Sequence& sequence() const { return m_sequence; }
    const Shelf& shelf() const { return m_shelf; }
    const Choice& choice() const { return m_choice; }
    const View& view() const { return m_view; }
    const ModelInfo& model() const { return m_model; }
    const Card* card(int id) const;

    /// A part's present value, by type.
    template <class Part> const Part& part() const;
    /// Puts `part` in and returns what stood there. Says nothing when they are equal. The shelf is put into
    /// model order first.
    Sequence exchange(Sequence part);
    Shelf exchange(Shelf part);
    Choice exchange(Choice part);

    void setView(View view);
    /// Another model is open. The shelf stays: cards the model lacks rest until one is open that has them.
    void setModel(ModelInfo model);
    /// How many tokens the present sequence has, once that is known.
    void setLength(int tokens) { m_length = tokens; }
    int length() const { return m_length; }
    /// The cursor as a position 0 … length − 1.
    int cursor() const;

    SessionView sessionView() const;
    /// Why a card's cut cannot run on this model and prompt, one sentence; empty when it can.
    std::string whyPaused(const Card& card) const;
    /// Whether the card's cut takes part in the run: switched on and able to.
    bool inForce(const Card& card) const { return card.enabled && whyPaused(card).empty(); }

    /// The run this document asks for: enabled cuts, all positions, activations kept. `automatic` is the
    /// answer and wrong to score where the user chose none.
    RunRequest toRunRequest(const Choice& automatic = {}) const;

private:
    void tell(Change change) const;
    Shelf ordered(Shelf shelf) const;

    Sequence m_sequence;
    Shelf m_shelf;
    Choice m_choice;
    View m_view;
    ModelInfo m_model;
    int m_length = 0;
    Observer m_observer;
};

template <> inline const Sequence& Session::part<Sequence>() const {
    return m_sequence;
}
template <> inline const Shelf& Session::part<Shelf>() const {
    return m_shelf;
}
template <> inline const Choice& Session::part<Choice>() const {
    return m_choice;
}

/// A shelf with one more cut; its id is `nextId` of the shelf before.
Shelf withCut(Shelf shelf, Cut cut);
/// Without a card; unchanged where there is no such id.
Shelf withoutCard(Shelf shelf, int id);
/// With a card's cut replaced.
Shelf withCardCut(Shelf shelf, int id, Cut cut);
Shelf withCardEnabled(Shelf shelf, int id, bool enabled);

/// A sequence with one more token after `tokens`, the ids that ran; and one less.
Sequence withStep(const Sequence& sequence, const std::vector<TokenId>& tokens, TokenId next);
Sequence withoutStep(Sequence sequence);
/// How many tokens have been stepped.
int steps(const Sequence& sequence);

} // namespace cutaway::session
