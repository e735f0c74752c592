// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::session {

/// A run that was looked at: what it takes to return to it, and what it said at one token.
struct RunRecord {
    int id = 0;
    std::int64_t when = 0; ///< seconds since 1970, of the last time it was run
    Sequence sequence;
    Donor donor;
    Shelf shelf;
    Choice choice; ///< what was scored, chosen by the user or not
    bool chosen = false;
    int position = 0;
    std::string words;             ///< the choice as people read it: "Mary − John"
    std::vector<std::string> cuts; ///< canonical texts of those in force
    /// Answer − wrong in logits, and probabilities; after the cuts. Without cuts `uncut` equals `cut`.
    std::optional<double> uncut, cut, answerProb, wrongProb;
};

/// What was run, the newest first, and the one that numbers are compared with if any. Not an edit of the
/// document: returning to an entry is.
class RunHistory {
public:
    static constexpr std::size_t most = 200;

    /// Takes a run in; the same run again (prompt, lane B, cuts in force, scored tokens, position) moves up
    /// with its id. The pinned one is never dropped. Returns the id.
    int add(RunRecord record);
    const std::vector<RunRecord>& runs() const { return m_runs; }
    const RunRecord* find(int id) const;
    /// The baseline: the run that others are compared with; none is the uncut run of the same request.
    void pin(std::optional<int> id);
    const RunRecord* pinned() const { return m_pinned ? find(*m_pinned) : nullptr; }
    void clear();
    /// The runs of a saved session; those with the id of another are left out.
    void restore(std::vector<RunRecord> runs, std::optional<int> pinned);
    std::optional<int> pinnedId() const { return m_pinned; }

private:
    std::vector<RunRecord> m_runs;
    std::optional<int> m_pinned;
    int m_lastId = 0;
};

} // namespace cutaway::session
