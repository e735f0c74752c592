// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/prompt_set.h"
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

/// A prompt of a set as a sequence.
Sequence sequenceOf(const PromptItem& item);
/// A sequence as a run takes it.
TokenInput inputOf(const Sequence& sequence);

/// The second prompt, lane B, from which cuts can borrow values.
struct Donor {
    bool present = false;
    Sequence sequence;
    PositionMap ties; ///< own > donor as the user tied them; empty: as they lie (see Session::ties)
    bool operator==(const Donor&) const = default;
};

/// One cut on the shelf. The id is the session's own and unique on its shelf.
struct Card {
    int id = 0;
    Cut cut;             ///< its positions are those of `anchor`
    bool enabled = true; ///< not muted
    bool solo = false;   ///< while any card is solo, only those are in force
    /// The tokens its positions were chosen in. In another prompt they follow their tokens (Session::cutOf).
    /// Empty: positions are taken as they are.
    std::vector<TokenId> anchor{};
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

/// How heads are placed in Attention: layer by layer, or by how much they look in a way, or by what cutting
/// them does.
enum class HeadSort { Layer, Previous, First, Duplicate, Induction, Effect };

/// Whether the first token stands at the margin: as the model and the prompt suggest, or as the user said.
enum class Folding { Auto, On, Off };

/// How the document is looked at: saved with it, but no edit and not undone.
struct View {
    ViewMode mode = ViewMode::Cut;
    int cursor = -1; ///< token position; −1: the last
    int layer = 0;   ///< the head shown large
    int head = 0;
    std::string tab = "attention"; ///< the view that is seen
    bool weighted = false;         ///< attention times ‖v·W_O‖ of its key
    bool ownScale = false; ///< the large head is coloured by its own largest value, not by that of all
    HeadSort sort = HeadSort::Layer;
    Folding folding = Folding::Auto;
    bool operator==(const View&) const = default;
};

/// What changed, told after it did.
enum class Change { Model, Sequence, Donor, Shelf, Choice, Set, View };

/// The document: what to run and how it is looked at. No results. Plain value parts that are exchanged whole,
/// so a command of the undo stack is one exchange. GUI thread.
class Session {
public:
    using Observer = std::function<void(Change)>;
    /// One observer (the window's document); called after each change.
    void observe(Observer observer) { m_observer = std::move(observer); }

    /// The prompt that runs: that of the open set which is shown, else the document's own.
    const Sequence& sequence() const { return m_set.open() ? m_setSequence : m_sequence; }
    const PromptSet& promptSet() const { return m_set; }
    const Donor& donor() const { return m_donor; }
    const Shelf& shelf() const { return m_shelf; }
    /// What is scored: the shown prompt's own where it names it, else the user's; empty: automatic.
    const Choice& choice() const {
        return m_set.open() && !m_setChoice.answer.empty() ? m_setChoice : m_choice;
    }
    const View& view() const { return m_view; }
    const ModelInfo& model() const { return m_model; }
    const Card* card(int id) const;

    /// A part's present value, by type.
    template <class Part> const Part& part() const;
    /// Puts `part` in and returns what stood there. Says nothing when they are equal. The shelf is put into
    /// model order first.
    Sequence exchange(Sequence part);
    Donor exchange(Donor part);
    Shelf exchange(Shelf part);
    Choice exchange(Choice part);
    PromptSet exchange(PromptSet part);
    /// Another prompt of the open set is shown: a way of looking, no edit.
    void showPrompt(int index);

    void setView(View view);
    /// Another model is open. The shelf stays: cards the model lacks rest until one is open that has them.
    void setModel(ModelInfo model);
    /// The tokens of the present sequence, once they are known, and of the second prompt. Both are remembered
    /// for a while by their text.
    void setTokens(std::vector<TokenId> tokens);
    void setDonorTokens(std::vector<TokenId> tokens);
    /// Those of the present sequence; while they are not known, of the one before.
    const std::vector<TokenId>& tokens() const { return m_tokens; }
    const std::vector<TokenId>& donorTokens() const { return m_donorTokens; }
    bool tokensKnown() const { return m_tokensKnown; }
    bool donorTokensKnown() const { return m_donorTokensKnown; }
    /// Whether a run has to wait for the tokens: a card's positions follow them.
    bool needsTokens() const;
    /// The length alone, where the tokens do not matter.
    void setLength(int tokens) { m_length = tokens; }
    int length() const { return m_length; }
    /// How lane B lies under lane A: as the user tied them, else empty for equal lengths (position by
    /// position), else as tieTokens() finds.
    PositionMap ties() const;
    /// The donor's position at one of the prompt's, and back; −1 where there is none.
    int donorPosition(int own) const;
    int ownPosition(int donor) const;
    /// The cursor as a position 0 … length − 1.
    int cursor() const;

    SessionView sessionView() const;
    /// A card's cut in the present prompt: its positions go where their tokens went, a patch from lane B
    /// takes the present ties. None where one of its tokens is gone.
    std::optional<Cut> cutOf(const Card& card) const;
    /// The same, or the cut as it was written where a token is gone.
    Cut shownCut(const Card& card) const { return cutOf(card).value_or(card.cut); }
    /// Why a card's cut cannot run on this model and prompt, one sentence; empty when it can.
    std::string whyPaused(const Card& card) const;
    /// Whether it is switched on, and not silenced by a solo elsewhere.
    bool heard(const Card& card) const { return card.enabled && (card.solo || !anySolo()); }
    bool anySolo() const;
    /// Whether the card's cut takes part in the run: heard and able to.
    bool inForce(const Card& card) const { return heard(card) && whyPaused(card).empty(); }

    /// The run this document asks for: the cuts that are heard, all positions, activations kept. `automatic`
    /// is the answer and wrong to score where the user chose none. Lane B goes along where a cut borrows from
    /// it.
    RunRequest toRunRequest(const Choice& automatic = {}) const;
    /// The same with these cuts instead of the shelf's.
    RunRequest toRunRequest(const Choice& automatic, std::vector<Cut> cuts) const;
    /// Lane B as a run takes it.
    TokenInput donorInput() const;
    /// The cuts of the cards that are heard and have their tokens, in order.
    std::vector<Cut> cutsInForce() const;

private:
    using Remembered = std::vector<std::pair<Sequence, std::vector<TokenId>>>;

    /// Whether a map stays within both lanes, as far as their tokens are known.
    bool fits(const PositionMap& map) const;
    bool borrowsBeyond(const Cut& cut) const;
    void tell(Change change) const;
    void sequenceChanged();
    Shelf ordered(Shelf shelf) const;
    void remember(const Sequence& sequence, const std::vector<TokenId>& tokens);
    /// Takes the tokens of a sequence from the sequence itself or from memory; false where neither has them.
    bool recall(const Sequence& sequence, std::vector<TokenId>& tokens) const;

    /// Takes sequence and choice from the shown prompt of the set.
    void takeShown();

    Sequence m_sequence;
    PromptSet m_set;
    Sequence m_setSequence;
    Choice m_setChoice;
    Donor m_donor;
    Shelf m_shelf;
    Choice m_choice;
    View m_view;
    ModelInfo m_model;
    int m_length = 0;
    std::vector<TokenId> m_tokens, m_donorTokens;
    bool m_tokensKnown = false, m_donorTokensKnown = false;
    Remembered m_remembered; ///< the newest last
    Observer m_observer;
};

template <> inline const Sequence& Session::part<Sequence>() const {
    return m_sequence;
}
template <> inline const Donor& Session::part<Donor>() const {
    return m_donor;
}
template <> inline const Shelf& Session::part<Shelf>() const {
    return m_shelf;
}
template <> inline const Choice& Session::part<Choice>() const {
    return m_choice;
}
template <> inline const PromptSet& Session::part<PromptSet>() const {
    return m_set;
}

/// A shelf with one more cut; its id is `nextId` of the shelf before. `anchor`: the tokens its positions were
/// chosen in.
Shelf withCut(Shelf shelf, Cut cut, std::vector<TokenId> anchor = {});
/// Without a card; unchanged where there is no such id.
Shelf withoutCard(Shelf shelf, int id);
/// With a card's cut replaced; `anchor` as in withCut().
Shelf withCardCut(Shelf shelf, int id, Cut cut, std::vector<TokenId> anchor = {});
Shelf withCardEnabled(Shelf shelf, int id, bool enabled);
Shelf withCardSolo(Shelf shelf, int id, bool solo);
/// Every solo released; every card muted or, where all are, none.
Shelf withoutSolo(Shelf shelf);
Shelf withAllMuted(Shelf shelf);
/// With a copy of a card behind it; the copy's id is `nextId` of the shelf before.
Shelf withCopy(Shelf shelf, int id);
/// With a card of several targets as one card a target; the first keeps the id.
Shelf withSplit(Shelf shelf, int id);
/// With a card changed places with the one before (−1) or behind it (1) of those on the same targets.
/// Unchanged where there is none: cards on other things stand where the model has them.
Shelf withMoved(Shelf shelf, int id, int by);

/// A sequence with one more token after `tokens`, the ids that ran; and one less.
Sequence withStep(const Sequence& sequence, const std::vector<TokenId>& tokens, TokenId next);
Sequence withoutStep(Sequence sequence);
/// How many tokens have been stepped.
int steps(const Sequence& sequence);

} // namespace cutaway::session
