// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/thread_count.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace cutaway::engine {

namespace {

/// Threads of the whole machine that want a core at this moment; 0 where it is not known.
int runnableThreads() {
    std::ifstream stat("/proc/stat");
    std::string word;
    while (stat >> word) {
        int running = 0;
        if (word == "procs_running" && stat >> running) return running;
        stat.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return 0;
}

/// Those of this process: libtorch's workers spin a while after each product and are no rivals.
int ownRunnableThreads() {
    int running = 0;
    std::error_code error;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
        std::ifstream stat(task.path() / "stat");
        std::string text;
        std::getline(stat, text);
        const std::size_t name = text.rfind(')'); // "id (name) state …", and a name may hold anything
        if (name != std::string::npos && name + 2 < text.size() && text[name + 2] == 'R') ++running;
    }
    return running;
}

/// Threads of other programs that want a core.
int rivals() {
    return std::max(0, runnableThreads() - std::max(1, ownRunnableThreads()));
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
    int others = rivals();
    for (int look = 1; look < 3 && others > 0; ++look) {
        std::this_thread::yield();
        others = std::min(others, rivals());
    }
    apply(std::max(1, m_machine - others));
}

void ThreadCount::apply(int count) {
    m_count = count;
    if (at::get_num_threads() != count) at::set_num_threads(count);
}

} // namespace cutaway::engine
