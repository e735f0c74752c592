// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace cutaway::app {

namespace {
bool allWritten = true;
}

void printReply(const Json& reply) {
    const std::string line = reply.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
    allWritten = std::fflush(stdout) == 0 && written && allWritten;
}

bool repliesWritten() {
    return allWritten;
}

int printError(const Error& error) {
    printMessage(error.text());
    printReply(toJson(error));
    return exitStatus(error.code);
}

void printMessage(const std::string& line) {
    std::fprintf(stderr, "%s\n", line.c_str());
}

ProgressSink consoleProgress(bool quiet) {
    if (quiet || ::isatty(STDERR_FILENO) == 0) return {};
    struct State {
        std::string stage;
        std::chrono::steady_clock::time_point shown{};
        ~State() {
            if (!stage.empty()) std::fputs("\n", stderr);
        }
    };
    return [state = std::make_shared<State>()](const Progress& progress) {
        const auto now = std::chrono::steady_clock::now();
        if (progress.stage == state->stage && now - state->shown < std::chrono::milliseconds(50)) return;
        const std::string share =
            progress.total > 0 ? " " + std::to_string(progress.done * 100 / progress.total) + " %" : "";
        std::fprintf(stderr, "\r\x1b[K%s%s", progress.stage.c_str(), share.c_str());
        std::fflush(stderr);
        state->stage = progress.stage;
        state->shown = now;
    };
}

} // namespace cutaway::app
