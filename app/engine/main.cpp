// SPDX-License-Identifier: GPL-3.0-or-later
// cutaway-engine: the model in a process of its own. A window starts it and speaks to it over a local socket,
// or, through ssh, over its standard streams.
#include "core/engine/process/frame_pipe.h"
#include "core/engine/process/server.h"
#include "core/engine/sturdy_engine.h"
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

using namespace cutaway;

namespace {

constexpr const char* usage =
    "usage: cutaway-engine --connect SOCKET | --stdio | --version\n"
    "Serves a window: --connect to its Unix domain socket, --stdio over standard input and output\n"
    "(ssh HOST cutaway-engine --stdio). See ARCHITECTURE.md for the frames.\n";

/// Where memory runs out, the window is not what the kernel ends.
void offerItselfFirst() {
    if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w")) {
        std::fputs("500", file);
        std::fclose(file);
    }
}

/// A device that failed for good is of no use to this process: the window starts another, which asks again.
[[noreturn]] void leaveTheDevice() {
    std::fputs("[serve] the device failed and is left\n", stderr);
    std::_Exit(70);
}

Result<std::unique_ptr<engine::Engine>> makeEngine() {
    return engine::makeSturdy(
        engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary),
        leaveTheDevice);
}

/// Standard output belongs to the frames: whatever else prints goes to standard error.
int takeStandardOutput() {
    const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    return out;
}

/// The window has gone: what does not hear its cancel is not waited for.
void leaveSoon() {
    ::alarm(3);
}

int served(engine::Served how) {
    switch (how) {
    case engine::Served::Done:
        return 0;
    case engine::Served::Malformed:
        std::fputs("[serve] what came is no frame of a window\n", stderr);
        return 1;
    case engine::Served::OtherVersion:
        std::fputs("[serve] the window speaks another version of the protocol\n", stderr);
        return 1;
    }
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "--version" && argc == 2) {
        std::puts("cutaway-engine " CUTAWAY_VERSION);
        return 0;
    }
    if (mode == "--stdio" && argc == 2) {
        offerItselfFirst();
        const int out = takeStandardOutput();
        return served(engine::serve(STDIN_FILENO, out, CUTAWAY_VERSION, makeEngine, leaveSoon));
    }
    if (mode == "--connect" && argc == 3) {
        offerItselfFirst();
        const Result<int> socket = engine::connectSocket(argv[2]);
        if (!socket) {
            std::fprintf(stderr, "%s\n", socket.error().text().c_str());
            return 1;
        }
        return served(engine::serve(*socket, *socket, CUTAWAY_VERSION, makeEngine, leaveSoon));
    }
    std::fputs(usage, mode == "--help" ? stdout : stderr);
    return mode == "--help" ? 0 : 2;
}
