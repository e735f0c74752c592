// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/present_how.h"
#include "core/session/command_line.h"

namespace cutaway::app {

/// What every explanation of a number has: the words it is made of, and the facts about the run behind it.
class HowFacts {
public:
    HowFacts(const HowSubject& subject, const HowScene& scene);

protected:
    /// The number as it is, for whoever wants to compare: nine digits tell every float apart.
    static QString full(double value);

    /// Begins with a term's name, words, formula and source.
    void start(const widgets::HowText& of);
    /// A fact; `id` names the term its label stands for.
    void row(const QString& name, const QString& text, const char* id = nullptr);
    QString token(int position) const;
    QString place(int position) const; ///< `·to (position 14)`
    QString pair() const;              ///< `“Mary” − “John”`
    /// The strip's numbers, as it shows them.
    widgets::AnswerStripState strip() const;
    /// The command also writes the arrays that the number stands in.
    void saves(const std::string& hooks, const char* file);
    /// Cuts, reference set, weights, BOS, how it was run, model, n.
    void common();

    const HowSubject& m_subject;
    const HowScene& m_scene;
    const session::Session& m_session;
    const Picture& m_picture;
    Shown m_shown;
    int m_cursor;
    session::CommandState m_command; ///< what gives the number again
    widgets::HowText m_text;
};

} // namespace cutaway::app
