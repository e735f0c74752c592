// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_link.h"

#include <QObject>

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace cutaway::app {

using engine::JobTag;

class EngineProcess;

/// The engine as the window sees it: asks go in as values, answers come back on the GUI thread, to whoever
/// asked. It is a process of its own (EngineProcess) or, in tests, made by a factory on a thread of this one;
/// either is started after the window has been painted. All methods are called on the GUI thread.
class EngineHost : public QObject {
    Q_OBJECT
public:
    using Factory = engine::JobQueue::Factory;
    template <class T> using Reply = std::function<void(Result<T>)>;
    using Part = std::function<void(const engine::Answer&)>;

    /// What the engine is made by.
    using Source = std::variant<Factory, EngineProgram>;

    explicit EngineHost(Source source, QObject* parent = nullptr);
    /// Cancels what runs, forgets what waits, ends thread or process. Nobody is answered any more.
    ~EngineHost() override;

    /// Starts thread or process; what was asked before waits for it.
    void start();
    /// The process; null where it is a thread or has not been started.
    EngineProcess* process() const { return m_process; }

    /// Asks; `reply` is called once with the answer of type T (messages.h says which answers what), with code
    /// Cancelled where the job was stopped or gave way to a newer one of its tag.
    template <class T>
    void ask(JobTag tag, engine::Ask what, Reply<T> reply, ProgressSink progress = {}, Part part = {}) {
        submit(tag, std::move(what),
               {[reply = std::move(reply)](Result<engine::Answer> answer) {
                    if (answer)
                        reply(std::get<T>(std::move(*answer)));
                    else
                        reply(fail(std::move(answer.error())));
                },
                std::move(progress), std::move(part)});
    }
    /// The same for an answer of any type.
    void askAny(JobTag tag, engine::Ask what, std::function<void(Result<engine::Answer>)> reply) {
        submit(tag, std::move(what), {std::move(reply), {}, {}});
    }
    /// Asks the running job to stop if it has this tag, and drops a waiting one.
    void cancel(JobTag tag);
    /// Asks whatever runs or waits to stop.
    void cancelAll();
    bool busy() const;

Q_SIGNALS:
    /// Something began to run, or nothing runs and nothing waits any more.
    void busyChanged(bool busy);
    /// The engine's process ended, or came back.
    void news(const cutaway::app::EngineNews& news);

private:
    struct Asker {
        std::function<void(Result<engine::Answer>)> reply;
        ProgressSink progress;
        Part part;
    };
    struct Early {
        JobTag tag;
        engine::Ask what;
        Asker asker;
    };

    void submit(JobTag tag, engine::Ask what, Asker asker);
    void receive(const engine::FromEngine& message);
    void answer(std::uint64_t id, Result<engine::Answer> answer);
    void tellBusy();

    Source m_source;
    std::vector<Early> m_early; ///< asked before start()
    std::unordered_map<std::uint64_t, Asker> m_askers;
    bool m_toldBusy = false;
    EngineProcess* m_process = nullptr;
    std::unique_ptr<EngineLink> m_link; ///< last: ends before the rest goes
};

} // namespace cutaway::app
