// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace cutaway::engine {

/// How many threads libtorch computes with. Threads that share their cores with other programs wait for one
/// another at every product: two of them on two busy cores were measured four times slower than one alone. So
/// where the user names no number, cores that others keep busy are left to them.
class ThreadCount {
public:
    /// `wanted` threads; 0: as many as there are free cores, at least one. Sets libtorch's number.
    explicit ThreadCount(int wanted);
    /// Before a piece of work: looks again who is running. Costs well under a millisecond.
    void refresh();
    int count() const { return m_count; }

private:
    void apply(int count);

    int m_machine;
    bool m_fixed;
    int m_count;
};

} // namespace cutaway::engine
