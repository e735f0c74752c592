// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/offers.h"
#include "core/session/run_history.h"
#include "core/session/session.h"
#include "core/session/session_file.h"

#include <QObject>
#include <QUndoStack>

namespace cutaway::app {

/// The session with its undo stack: every edit the window can make, by ids, each one step. GUI thread.
class Document : public QObject {
    Q_OBJECT
public:
    explicit Document(QObject* parent = nullptr);

    const session::Session& session() const { return m_session; }
    QUndoStack& undoStack() { return m_undo; }

    /// A number for edits that belong together.
    int newGesture() { return ++m_lastGesture; }

    void setPrompt(const QString& text, int gesture = 0);
    /// Ids instead of a text (models without tokenizer).
    void setTokens(std::vector<TokenId> tokens);
    /// Appends `next` to the ids that ran.
    void step(const std::vector<TokenId>& ran, TokenId next);
    void stepBack();
    void toStart();
    /// All of `tokens` run; the first `promptTokens` are the prompt.
    void setContinuation(std::vector<TokenId> tokens, int promptTokens);

    /// Puts a cut on the shelf; returns the card's id.
    int addCut(Cut cut);
    void removeCard(int id);
    /// `cut` with positions of the present prompt.
    void setCardCut(int id, Cut cut, const QString& what);
    void setStrength(int id, double strength, int gesture);
    void setEnabled(int id, bool enabled);
    void setSolo(int id, bool solo);
    void releaseSolo();
    /// Mutes every card, or lets all be heard where all are muted.
    void muteAll();
    /// Returns the copy's id.
    int duplicate(int id);
    void split(int id);
    void move(int id, int by);
    /// Prompt, lane B, shelf and answer of a run that was, as one step.
    void returnTo(const session::RunRecord& record);
    /// Does what a row of offers() says, at the place it was asked for. Returns the card's id, 0 for none.
    int apply(const Offer& offer, const Place& place);

    /// Lane B: another text; a copy of lane A; none. Ties the user made go with the text they were made on.
    void setDonor(const QString& text);
    void copyToDonor();
    void removeDonor();
    /// A runs what was B and B lends what was A, as one step.
    void swapLanes();
    /// Ties a token of lane A to one of lane B (−1: lets it go); no other token of A keeps that one.
    void tie(int own, int donor);
    void resetTies();

    void setChoice(session::Choice choice, const QString& what);

    /// All of a saved session, without a step to undo; the caller clears the stack.
    void restore(const session::SavedSession& saved);

    /// A set of prompts instead of the one prompt, and back. Any edit of the shown prompt leaves the set,
    /// with it.
    void openSet(session::PromptSet set);
    void closeSet();

    // How it is looked at: no edits.
    void showPrompt(int index) { m_session.showPrompt(index); }
    void setView(session::View view) { m_session.setView(view); }
    void setModel(ModelInfo model) { m_session.setModel(std::move(model)); }
    void setLength(int tokens) { m_session.setLength(tokens); }
    void setTokensRun(std::vector<TokenId> tokens) { m_session.setTokens(std::move(tokens)); }
    void setDonorTokens(std::vector<TokenId> tokens) { m_session.setDonorTokens(std::move(tokens)); }

Q_SIGNALS:
    void changed(cutaway::session::Change change);

private:
    /// The tokens a cut's positions are about; none where it names no position.
    std::vector<TokenId> anchorOf(const Cut& cut) const;
    Cut asTied(Cut cut) const;
    /// The prompt as it is to be; leaves the set that is open.
    void editSequence(session::Sequence sequence, const QString& text, int gesture = 0);
    template <class Part> void edit(Part part, const QString& text, int gesture = 0);

    session::Session m_session;
    QUndoStack m_undo;
    int m_lastGesture = 0;
};

} // namespace cutaway::app
