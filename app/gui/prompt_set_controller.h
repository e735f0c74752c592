// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/document.h"
#include "app/gui/engine_host.h"
#include "core/analysis/statistics.h"
#include "core/session/prompt_variants.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cutaway::app {

/// What a prompt of the set came to: answer − wrong in logits.
struct PromptOutcome {
    bool ran = false;
    std::optional<double> uncut, cut; ///< without cuts only `uncut`
    QString skipped;                  ///< why it does not count, one sentence; empty: it does
    /// What the set is about: the change where there are cuts, else the difference; none where it does not
    /// count.
    std::optional<double> value(bool hasCuts) const;
};

/// Runs the prompts of the open set with the shelf's cuts, one after another in pauses, and makes sets: of
/// files, and of prompts like the one that is shown. Outcomes are kept for the last few states of the shelf,
/// so undo needs no run. Cuts that name positions count only for prompts of as many tokens as the one shown.
/// GUI thread.
class PromptSetController : public QObject {
    Q_OBJECT
public:
    PromptSetController(EngineHost& host, Document& document, QObject* parent = nullptr);

    void setModel();
    /// Opens a file as a set, as one step. What is wrong is told by failed().
    void openFile(const QString& file);
    /// Makes a set of this prompt and up to `count` − 1 like it: the same number of tokens, names and places
    /// swapped by the lists at `words`. `shown` is what is scored; its tokens have to be named as texts.
    void tryLike(int count, const QString& words, const session::Choice& shown);
    bool making() const { return m_making.has_value(); }
    /// The document as it stands is what is asked about.
    void want();
    /// The user is at something: nothing starts before the next want().
    void pause();
    /// The user stops it: it rests until something changes.
    void stop();

    /// One a prompt of the open set.
    const std::vector<PromptOutcome>& outcomes() const;
    bool hasCuts() const { return m_hasCuts; }
    /// Prompts that have been run (or refused).
    int done() const;
    bool running() const { return m_running; }
    bool stopped() const { return m_stopped; }
    const analysis::Summary& summary() const;
    /// Mean of the uncut and of the cut differences over the prompts that count; none while there are none.
    std::pair<std::optional<double>, std::optional<double>> means() const;

Q_SIGNALS:
    void changed();
    void failed(const QString& sentence);

private:
    struct State {
        std::string key;
        std::vector<PromptOutcome> outcomes;
    };
    /// A set that is being made: variants whose tokens are counted.
    struct Making {
        std::vector<session::PromptItem> candidates, taken;
        std::size_t next = 0;
        int count = 0;
        int length = 0;
        QString name;
    };

    State& current();
    /// Says that something came, but not more than some times a second.
    void tell();
    void next();
    void take(int item, const Result<RunResult>& result, bool positions);
    void countNext();

    EngineHost& m_host;
    Document& m_document;
    std::deque<State> m_states;                         ///< the newest first
    mutable std::optional<analysis::Summary> m_summary; ///< of the outcomes as they are
    QElapsedTimer m_told;
    std::optional<Making> m_making;
    bool m_hasCuts = false;
    bool m_wanted = false, m_running = false, m_stopped = false;
    std::uint64_t m_epoch = 0; ///< of model and set
};

} // namespace cutaway::app
