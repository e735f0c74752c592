// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <QUndoCommand>

namespace cutaway::app {

/// Numbers that QUndoCommand::id() tells the parts apart by.
template <class Part> inline constexpr int partNumber = 0;
template <> inline constexpr int partNumber<session::Sequence> = 1;
template <> inline constexpr int partNumber<session::Shelf> = 2;
template <> inline constexpr int partNumber<session::Choice> = 3;
template <> inline constexpr int partNumber<session::Donor> = 4;
template <> inline constexpr int partNumber<session::PromptSet> = 5;

/// One edit: a part of the session exchanged for another value, and back. Edits of one gesture (a slider's
/// drag, a burst of typing) merge into one; a gesture that ends where it began leaves nothing to undo.
template <class Part> class ExchangeCommand : public QUndoCommand {
public:
    /// `gesture` 0: an edit of its own.
    ExchangeCommand(session::Session& session, Part part, const QString& text, int gesture)
        : QUndoCommand(text), m_session(session), m_other(std::move(part)), m_gesture(gesture) {}

    void redo() override { m_other = m_session.exchange(std::move(m_other)); }
    void undo() override { m_other = m_session.exchange(std::move(m_other)); }
    int id() const override { return m_gesture > 0 ? partNumber<Part> : -1; }

    bool mergeWith(const QUndoCommand* next) override {
        const auto* later = static_cast<const ExchangeCommand*>(next); // same id: same part
        if (later->m_gesture != m_gesture) return false;
        // This one keeps what stood before the gesture; the session has what stands after it.
        setObsolete(m_other == m_session.part<Part>());
        return true;
    }

private:
    session::Session& m_session;
    Part m_other; ///< what undo or redo will put in
    int m_gesture;
};

} // namespace cutaway::app
