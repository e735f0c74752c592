// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/thread_count.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace cutaway::engine {

namespace {

/// Threads of the whole machine that want a core at this moment, this one included; 1 where it is not known.
int runnableThreads() {
    std::ifstream stat("/proc/stat");
    std::string word;
    while (stat >> word) {
        int running = 1;
        if (word == "procs_running" && stat >> running) return std::max(1, running);
        stat.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return 1;
}

} // namespace

ThreadCount::ThreadCount(int wanted)
    : m_machine(static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))), m_fixed(wanted > 0),
      m_count(wanted > 0 ? wanted : m_machine) {
    apply(m_count);
}

void ThreadCount::refresh() {
    if (m_fixed || m_machine == 1) return;
    // The least of three looks: a program that woke for a moment is no reason to give a core up.
    int running = runnableThreads();
    for (int look = 1; look < 3 && running > 1; ++look) {
        std::this_thread::yield();
        running = std::min(running, runnableThreads());
    }
    apply(std::max(1, m_machine - (running - 1)));
}

void ThreadCount::apply(int count) {
    m_count = count;
    if (at::get_num_threads() != count) at::set_num_threads(count);
}

} // namespace cutaway::engine
