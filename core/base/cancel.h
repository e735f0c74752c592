// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace cutaway {

/// A shared flag that asks a running job to stop. Copies refer to the same flag; any thread may call either
/// side. Checked between layers, tokens and sweep cells, so how often it was asked says whether the job
/// moves.
class CancelToken {
public:
    CancelToken() : m_state(std::make_shared<State>()) {}
    void cancel() const { m_state->cancelled.store(true, std::memory_order_relaxed); }
    bool cancelled() const {
        m_state->asked.fetch_add(1, std::memory_order_relaxed);
        return m_state->cancelled.load(std::memory_order_relaxed);
    }
    /// How often cancelled() was called.
    std::uint64_t asked() const { return m_state->asked.load(std::memory_order_relaxed); }

private:
    struct State {
        std::atomic<bool> cancelled{false};
        std::atomic<std::uint64_t> asked{0};
    };
    std::shared_ptr<State> m_state;
};

} // namespace cutaway
