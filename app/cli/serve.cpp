// SPDX-License-Identifier: GPL-3.0-or-later
// `serve`: request documents as JSON lines on stdin, a line each on stdout, the model open all along.
#include "app/cli/answers.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "core/engine/request_document.h"
#include "core/types/json_front.h"
#include "core/weights/safetensors.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace cutaway::app {

namespace {

constexpr std::size_t longestLine = std::size_t{16} << 20U;

/// Lines of standard input. What is longer than `longestLine` is passed over without being held.
class Lines {
public:
    struct Line {
        std::string text;
        bool tooLong = false;
    };
    /// None at the end, or where a signal came.
    std::optional<Line> next() {
        Line line;
        for (;;) {
            for (; m_at < m_size; ++m_at) {
                if (m_chunk[m_at] == '\n') {
                    ++m_at;
                    return line;
                }
                if (line.text.size() < longestLine)
                    line.text += m_chunk[m_at];
                else
                    line.tooLong = true;
            }
            const ssize_t got = ::read(STDIN_FILENO, m_chunk.data(), m_chunk.size());
            m_at = 0;
            m_size = got > 0 ? static_cast<std::size_t>(got) : 0;
            if (got > 0) continue;
            if (got == 0 && (!line.text.empty() || line.tooLong)) return line; // without its end
            return std::nullopt;
        }
    }

private:
    std::array<char, 1 << 16> m_chunk{};
    std::size_t m_at = 0, m_size = 0;
};

/// A wait for the next line ends when this signal comes.
void endWaitsWith(int signal) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    action.sa_flags &= ~SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

Result<Json> answer(engine::Engine& engine, const nlohmann::json& document, const CancelToken& cancel) {
    Result<engine::DocumentAsk> asked = engine::askFromJson(document);
    if (!asked) return fail(std::move(asked.error()));
    if (asked->info) {
        const Result<ModelInfo> info = engine.info();
        if (!info) return fail(info.error());
        return toJson(*info);
    }
    Result<engine::Answer> made = engine::perform(engine, asked->ask, {}, cancel);
    if (!made) return fail(std::move(made.error()));
    if (asked->save) {
        const auto& run = std::get<RunResult>(*made);
        std::map<std::string, HostTensor> arrays = run.main.arrays;
        HostTensor tokens{{static_cast<std::int64_t>(run.tokens.size())}, {}, {}};
        tokens.ids.assign(run.tokens.begin(), run.tokens.end());
        arrays["tokens"] = std::move(tokens);
        if (const Status written = weights::writeSafetensors(*asked->save, arrays); !written)
            return fail(written.error());
    }
    return engine::toJson(*made);
}

} // namespace

int runServe(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, true, cancel);
    if (!engine) return printError(engine.error());
    endWaitsWith(SIGINT);
    endWaitsWith(SIGTERM);
    Lines lines;
    while (const std::optional<Lines::Line> line = lines.next()) {
        if (!line->tooLong && line->text.find_first_not_of(" \t\r") == std::string::npos) continue;
        Json reply = Json::object();
        const auto refuse = [&](const Error& error) {
            const Json told = toJson(error);
            reply.insert(told.begin(), told.end());
        };
        Result<nlohmann::json> document =
            line->tooLong ? Result<nlohmann::json>(
                                fail(ErrorCode::BadJson, "read request",
                                     "the line has more than " + std::to_string(longestLine) + " bytes"))
                          : parseJson(line->text, JsonLimits{}, "read request");
        if (!document) {
            refuse(document.error());
        } else {
            if (document->is_object() && document->contains("id")) {
                reply["id"] = Json::parse((*document)["id"].dump());
                document->erase("id");
            }
            const Result<Json> made = answer(**engine, *document, cancel);
            if (made)
                reply.insert(made->begin(), made->end());
            else
                refuse(made.error());
        }
        printReply(reply);
        if (cancel.cancelled()) return exitStatus(ErrorCode::Cancelled);
        if (!repliesWritten()) return 0; // nobody listens any more
    }
    return cancel.cancelled() ? exitStatus(ErrorCode::Cancelled) : 0;
}

} // namespace cutaway::app
