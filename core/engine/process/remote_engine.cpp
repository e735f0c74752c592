// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/process/remote_engine.h"

#include "core/engine/process/child_process.h"
#include "core/engine/process/frames.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <optional>
#include <unistd.h>
#include <utility>

namespace cutaway::engine {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds step{20};                 ///< between two looks at whether to stop
constexpr milliseconds longestGreeting{120'000}; ///< somebody may have to type a password

Error lost(const std::string& what) {
    return {ErrorCode::EngineLost, "ask engine", what};
}

} // namespace

Result<std::vector<std::string>> remoteCommand(std::string_view place, bool unattended) {
    constexpr std::string_view scheme = "ssh:";
    const std::string host(place.starts_with(scheme) ? place.substr(scheme.size()) : std::string_view());
    // A host that begins with a dash would be an option of ssh.
    const bool plain =
        !host.empty() && host.front() != '-' && std::all_of(host.begin(), host.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                   std::string_view("@.-_:[]%").find(c) != std::string_view::npos;
        });
    if (!plain)
        return fail(ErrorCode::Usage, "find engine",
                    "'" + std::string(place) +
                        "' is no place of an engine, expected ssh:HOST or ssh:USER@HOST");
    std::vector<std::string> command{"ssh", "-T"};
    if (unattended) command.insert(command.end(), {"-o", "BatchMode=yes"});
    command.insert(command.end(), {"--", host, "cutaway-engine", "--stdio"});
    return command;
}

/// The process and its frames. One request is under way at most.
class RemoteEngine::Line {
public:
    explicit Line(std::unique_ptr<ChildProcess> process) : m_process(std::move(process)) {}

    Status greet(const std::string& version, const CancelToken& cancel) {
        // Until then it is ssh that speaks there, perhaps to somebody who types a password.
        m_process->setEcho(::isatty(STDERR_FILENO) == 1);
        m_buffer.setLimit(largestGreeting);
        Wait wait{cancel, longestGreeting, {}};
        if (const Status sent = send(HelloFrame{protocolVersion, "cutaway-cli", version, ::getpid()}, wait);
            !sent)
            return fail(sent.error());
        const Result<Frame> frame = next(wait);
        if (!frame) return fail(frame.error());
        const auto* hello = std::get_if<HelloFrame>(&*frame);
        if (!hello) return fail(leave("the engine did not greet"));
        if (hello->protocol != protocolVersion || hello->version != version)
            return fail(leave("the engine is of version " + printable(hello->version) + ", expected " +
                              version + ": install both from one build"));
        m_buffer.setLimit(largestFrame);
        m_process->setEcho(false);
        return {};
    }

    template <class T> Result<T> ask(Ask what, const Sinks& sinks, const CancelToken& cancel) {
        Result<Answer> answer = askAny(std::move(what), sinks, cancel);
        if (!answer) return fail(std::move(answer.error()));
        T* held = std::get_if<T>(&*answer);
        if (!held) return fail(leave("the engine answered something else than it was asked"));
        return std::move(*held);
    }

private:
    /// How long something may take. What is heard from the other side begins `patience` anew, but for a
    /// greeting, before which anything may be said.
    struct Wait {
        const CancelToken& cancel;
        milliseconds patience;
        std::optional<std::uint64_t> asked; ///< id of what is under way
        milliseconds waited{0}, deaf{0};
        bool stopped = false; ///< it was told to stop
    };

    Result<Answer> askAny(Ask what, const Sinks& sinks, const CancelToken& cancel) {
        if (m_broken) return fail(*m_broken);
        if (cancel.cancelled()) return fail(stoppedBefore());
        const std::uint64_t id = ++m_lastId;
        Wait wait{cancel, milliseconds(longestSilence), id};
        if (const Status sent = send(RequestMessage{id, 0, JobTag::Run, std::move(what)}, wait); !sent)
            return fail(sent.error());
        for (;;) {
            Result<Frame> frame = next(wait);
            if (!frame) return fail(std::move(frame.error()));
            if (auto* progress = std::get_if<ProgressMessage>(&*frame)) {
                if (progress->id == id && sinks.progress) sinks.progress(progress->progress);
            } else if (auto* part = std::get_if<PartialMessage>(&*frame)) {
                if (part->id == id && sinks.partial) sinks.partial(std::move(part->answer));
            } else if (auto* result = std::get_if<ResultMessage>(&*frame)) {
                if (result->id == id) return std::move(result->answer);
            } else if (auto* error = std::get_if<ErrorMessage>(&*frame)) {
                if (error->id == id) return fail(std::move(error->error));
            }
        }
    }

    Status send(const Frame& frame, Wait& wait) {
        const Result<std::string> bytes = encodeFrame(frame);
        if (!bytes) return fail(bytes.error());
        for (std::string_view left = *bytes; !left.empty();) {
            const std::size_t before = left.size();
            if (!m_process->write(left, step)) return fail(ended(wait.cancel));
            const bool moved = left.size() < before;
            wait.waited = moved ? milliseconds(0) : wait.waited + step;
            // Half a frame cannot be called back: it is finished, or the line is left.
            if (!moved && wait.cancel.cancelled()) wait.deaf += step;
            if (const Status patient = stillPatient(wait); !patient) return patient;
        }
        return {};
    }

    /// The next frame; a sign of life is one.
    Result<Frame> next(Wait& wait) {
        for (;;) {
            Result<std::optional<Frame>> frame = m_buffer.next();
            if (!frame)
                return fail(leave("the engine sent what is no message (" + frame.error().message +
                                  "); does a login there print something?"));
            if (*frame) return std::move(**frame);
            const auto before = std::chrono::steady_clock::now();
            const std::optional<std::string> bytes = m_process->read(step);
            if (!bytes) return fail(ended(wait.cancel));
            m_buffer.append(*bytes);
            // Looks are counted, not time: while this process stood still it has not listened.
            const auto taken =
                std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before);
            const milliseconds counted = std::min(taken, step) + milliseconds(1);
            wait.waited = !bytes->empty() && wait.asked ? milliseconds(0) : wait.waited + counted;
            if (wait.stopped) wait.deaf += counted;
            if (wait.cancel.cancelled() && !wait.stopped) {
                if (!wait.asked) return fail(stoppedBefore());
                wait.stopped = true;
                if (const Status sent = send(CancelMessage{*wait.asked}, wait); !sent)
                    return fail(sent.error());
            }
            if (const Status patient = stillPatient(wait); !patient) return fail(patient.error());
        }
    }

    /// An error where it is not waited for any longer; the line is left then.
    Status stillPatient(const Wait& wait) {
        if (wait.deaf >= milliseconds(longestDeaf)) {
            leave("the engine did not hear that it should stop");
            return fail(stoppedBefore());
        }
        if (wait.waited >= wait.patience)
            return fail(leave("the engine gave no sign of life for " +
                              std::to_string(wait.patience.count() / 1000) + " s"));
        return {};
    }

    static Error stoppedBefore() { return {ErrorCode::Cancelled, "ask engine", "stopped"}; }
    /// The line is of no use any more, and so it stays.
    Error leave(const std::string& why) {
        m_broken = lost(why);
        m_process->end();
        return *m_broken;
    }
    Error ended(const CancelToken& cancel) {
        const Error how = leave("the engine ended: " + m_process->farewell());
        // Ctrl+C at a terminal reaches ssh as well.
        return cancel.cancelled() ? stoppedBefore() : how;
    }

    std::unique_ptr<ChildProcess> m_process;
    FrameBuffer m_buffer;
    std::uint64_t m_lastId = 0;
    std::optional<Error> m_broken;
};

RemoteEngine::RemoteEngine(std::unique_ptr<Line> line) : m_line(std::move(line)) {}
RemoteEngine::~RemoteEngine() = default;

Result<std::unique_ptr<Engine>> RemoteEngine::start(const std::vector<std::string>& command,
                                                    const std::string& version, const CancelToken& cancel) {
    Result<std::unique_ptr<ChildProcess>> process = ChildProcess::start(command);
    if (!process) return fail(std::move(process.error()));
    auto line = std::make_unique<Line>(std::move(*process));
    if (const Status greeted = line->greet(version, cancel); !greeted) return fail(greeted.error());
    return std::unique_ptr<Engine>(new RemoteEngine(std::move(line)));
}

Result<ModelInfo> RemoteEngine::open(const OpenRequest& request, const ProgressSink& progress,
                                     const CancelToken& cancel) {
    Result<ModelInfo> info = m_line->ask<ModelInfo>(request, {progress, {}}, cancel);
    if (info) m_info = *info;
    return info;
}

Result<ModelInfo> RemoteEngine::info() const {
    if (!m_info) return fail(ErrorCode::Usage, "read model", "no model is open");
    return *m_info;
}

Result<std::vector<TokenPiece>> RemoteEngine::tokenize(const TokenInput& input) const {
    return m_line->ask<std::vector<TokenPiece>>(TokenizeRequest{input}, {}, {});
}

Result<std::string> RemoteEngine::decode(const std::vector<TokenId>& tokens) const {
    return m_line->ask<std::string>(DecodeRequest{tokens}, {}, {});
}

Result<RunResult> RemoteEngine::run(const RunRequest& request, const ProgressSink& progress,
                                    const CancelToken& cancel) {
    return m_line->ask<RunResult>(request, {progress, {}}, cancel);
}

Result<GenerateResult> RemoteEngine::generate(const GenerateRequest& request, const ProgressSink& progress,
                                              const CancelToken& cancel) {
    return m_line->ask<GenerateResult>(request, {progress, {}}, cancel);
}

Result<HostTensor> RemoteEngine::slice(const SliceRequest& request, const CancelToken& cancel) {
    return m_line->ask<HostTensor>(request, {}, cancel);
}

Result<Tiles> RemoteEngine::tiles(const TilesRequest& request, const CancelToken& cancel) {
    return m_line->ask<Tiles>(request, {}, cancel);
}

Result<LensResult> RemoteEngine::lens(const LensRequest& request, const CancelToken& cancel) {
    return m_line->ask<LensResult>(request, {}, cancel);
}

Result<LensCalibration> RemoteEngine::calibrateLens(const ProgressSink& progress, const CancelToken& cancel) {
    return m_line->ask<LensCalibration>(CalibrateLensRequest{}, {progress, {}}, cancel);
}

Result<AttributionResult> RemoteEngine::attribution(const AttributionRequest& request,
                                                    const CancelToken& cancel) {
    return m_line->ask<AttributionResult>(request, {}, cancel);
}

Result<WaterfallResult> RemoteEngine::waterfall(const WaterfallRequest& request, const CancelToken& cancel) {
    return m_line->ask<WaterfallResult>(request, {}, cancel);
}

Result<SweepResult> RemoteEngine::sweep(const SweepRequest& request, const SweepSink& cells,
                                        const ProgressSink& progress, const CancelToken& cancel) {
    const PartialSink parts = [&cells](Answer part) {
        if (auto* held = std::get_if<SweepPart>(&part); held && cells) cells(std::move(*held));
    };
    return m_line->ask<SweepResult>(request, {progress, parts}, cancel);
}

Result<HeadReading> RemoteEngine::readHead(const HeadReadingRequest& request, const CancelToken& cancel) {
    return m_line->ask<HeadReading>(request, {}, cancel);
}

Result<NeuronsResult> RemoteEngine::neurons(const NeuronsRequest& request, const CancelToken& cancel) {
    return m_line->ask<NeuronsResult>(request, {}, cancel);
}

Result<TrustResult> RemoteEngine::trust(const CancelToken& cancel) {
    return m_line->ask<TrustResult>(TrustRequest{}, {}, cancel);
}

} // namespace cutaway::engine
