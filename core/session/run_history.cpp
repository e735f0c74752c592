// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_history.h"

#include <algorithm>

namespace cutaway::session {

namespace {

bool sameRun(const RunRecord& a, const RunRecord& b) {
    const bool borrows = std::any_of(a.cuts.begin(), a.cuts.end(),
                                     [](const std::string& cut) { return cut.starts_with("patch"); });
    return a.sequence == b.sequence && a.cuts == b.cuts && a.choice == b.choice && a.position == b.position &&
           (!borrows || a.donor == b.donor);
}

} // namespace

int RunHistory::add(RunRecord record) {
    const auto same = std::find_if(m_runs.begin(), m_runs.end(),
                                   [&](const RunRecord& run) { return sameRun(run, record); });
    if (same == m_runs.end()) {
        record.id = ++m_lastId;
    } else {
        record.id = same->id;
        m_runs.erase(same);
    }
    const int id = record.id;
    m_runs.insert(m_runs.begin(), std::move(record));
    if (m_runs.size() > most) {
        const bool lastPinned = m_pinned == m_runs.back().id;
        m_runs.erase(m_runs.end() - (lastPinned ? 2 : 1));
    }
    return id;
}

const RunRecord* RunHistory::find(int id) const {
    const auto at =
        std::find_if(m_runs.begin(), m_runs.end(), [id](const RunRecord& run) { return run.id == id; });
    return at == m_runs.end() ? nullptr : &*at;
}

void RunHistory::pin(std::optional<int> id) {
    m_pinned = id && find(*id) ? id : std::nullopt;
}

void RunHistory::clear() {
    m_runs.clear();
    m_pinned.reset();
}

void RunHistory::restore(std::vector<RunRecord> runs, std::optional<int> pinned) {
    clear();
    for (RunRecord& record : runs) {
        if (m_runs.size() >= most || find(record.id)) continue;
        m_lastId = std::max(m_lastId, record.id);
        m_runs.push_back(std::move(record));
    }
    pin(pinned);
}

} // namespace cutaway::session
