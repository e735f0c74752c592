// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"

#include <QObject>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace cutaway::app {

/// What a job is, for "newest of its tag wins".
enum class JobTag { Load, Run, Tile, Generate, Idle };

/// The one worker thread that owns the engine. The engine itself is made on that thread, so that nothing of
/// it is loaded before the window has been painted. A queued job is replaced by a newer one of its tag; the
/// running one is finished unless cancelled. All methods are called on the GUI thread, except deliver().
class EngineHost : public QObject {
    Q_OBJECT
public:
    using Factory = std::function<Result<std::unique_ptr<engine::Engine>>()>;
    /// Runs on the GUI thread once the work is done.
    using Reply = std::function<void()>;
    /// Runs on the worker; what it returns runs on the GUI thread. An empty reply is left out.
    using Work = std::function<Reply(engine::Engine&, const CancelToken&)>;

    explicit EngineHost(Factory factory, QObject* parent = nullptr);
    /// Cancels what runs, forgets what waits, joins the thread.
    ~EngineHost() override;

    /// Starts the thread; jobs may be posted before.
    void start();
    /// A job of any other tag stops an Idle one that runs: such work is done in pauses only.
    void post(JobTag tag, Work work);
    /// Asks the running job to stop if it has this tag, and forgets a waiting one.
    void cancel(JobTag tag);
    /// Asks whatever runs to stop.
    void cancelRunning();
    bool busy() const;

    /// Hands `reply` to the GUI thread; from any thread (progress).
    void deliver(Reply reply);

Q_SIGNALS:
    /// Something began to run, or nothing runs and nothing waits any more.
    void busyChanged(bool busy);
    /// There is no engine and there will be none.
    void engineFailed(const QString& sentence);

private:
    struct Job {
        JobTag tag;
        Work work;
    };

    void loop();
    void tellBusy();

    Factory m_factory;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_waiting;
    JobTag m_runningTag = JobTag::Load;
    bool m_running = false;
    bool m_closing = false;
    CancelToken m_cancel; ///< of the running job
    std::thread m_thread;
    bool m_toldBusy = false;
};

} // namespace cutaway::app
