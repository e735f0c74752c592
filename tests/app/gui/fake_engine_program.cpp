// SPDX-License-Identifier: GPL-3.0-or-later
// An engine program with made-up numbers that does what prompts tell it: `kill`, `abort`, `hang` (hears no
// cancel), `stop` (the whole process), `noise` (writes what is no frame), `exit`. How often it does so is
// counted in the file named by CUTAWAY_TEST_FAULTS: a byte a fault that is still to come. Other arguments:
// `--version-of X` greets as version X, `--mute` never greets.
#include "core/engine/process/frame_pipe.h"
#include "core/engine/process/server.h"
#include "tests/support/fake_engine.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

using namespace cutaway;

namespace {

int line = -1;

/// Whether a fault is left, and one less from now on.
bool takeFault() {
    const char* file = std::getenv("CUTAWAY_TEST_FAULTS");
    std::error_code none;
    if (!file || !std::filesystem::exists(file, none)) return false;
    const auto left = std::filesystem::file_size(file);
    if (left == 0) return false;
    std::filesystem::resize_file(file, left - 1);
    return true;
}

void misbehave(std::string_view text) {
    const auto told = [text](std::string_view word) { return text.find(word) != std::string_view::npos; };
    if (!(told("kill") || told("abort") || told("hang") || told("stop") || told("noise") || told("exit")))
        return;
    if (!takeFault()) return;
    if (told("kill")) {
        ::kill(::getpid(), SIGKILL);
        ::pause();
    }
    if (told("abort")) std::abort();
    if (told("hang"))
        for (;;)
            ::pause();
    if (told("stop")) {
        ::kill(::getpid(), SIGSTOP);
        ::pause(); // this thread may get here before the signal does
    }
    if (told("noise")) {
        const std::string noise(64, '\x7F');
        if (::write(line, noise.data(), noise.size()) < 0) std::abort();
        ::pause();
    }
    if (told("exit")) std::_Exit(3);
}

class FaultyEngine : public tests::FakeEngine {
public:
    using FakeEngine::FakeEngine;
    Result<ModelInfo> open(const engine::OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override {
        misbehave(request.model.filename().string());
        if (!std::filesystem::exists(request.model))
            return fail(ErrorCode::FileNotFound, "open model", "this folder is not there");
        Result<ModelInfo> info = FakeEngine::open(request, progress, cancel);
        // Weights are as their folder is called, or as a file in it says.
        if (info) info->hash = std::filesystem::exists(request.model / "changed") ? "other" : "same";
        return info;
    }
    Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) override {
        if (const auto* text = std::get_if<std::string>(&request.input.value)) misbehave(*text);
        return FakeEngine::run(request, progress, cancel);
    }
};

} // namespace

int main(int argc, char** argv) {
    std::string version = CUTAWAY_VERSION, socket;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--mute") return ::pause();
        if (word == "--version-of" && i + 1 < argc) version = argv[++i];
        if (word == "--connect" && i + 1 < argc) socket = argv[++i];
    }
    const auto make = []() -> Result<std::unique_ptr<engine::Engine>> {
        return std::make_unique<FaultyEngine>(std::make_shared<tests::FakeEngine::Control>());
    };
    if (socket.empty()) {
        line = STDOUT_FILENO;
        engine::serve(STDIN_FILENO, STDOUT_FILENO, version, make);
        return 0;
    }
    const Result<int> connected = engine::connectSocket(socket);
    if (!connected) return 1;
    line = *connected;
    engine::serve(line, line, version, make, [] { ::alarm(3); });
    return 0;
}
