// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/messages.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace cutaway::engine {

/// One worker thread that owns an Engine. A waiting job is replaced by a newer one of its tag and keeps its
/// place in the line; the running one is finished unless it is cancelled (during a drag it is finished, at
/// gesture end, prompt change, Stop and close it is cancelled). All methods may be called from any thread but
/// the worker's; messages come back through the poster.
class JobQueue {
public:
    /// Makes the engine, on the worker thread. Where it fails every job is answered with its error.
    using Factory = std::function<Result<std::unique_ptr<Engine>>()>;
    /// Runs a function on the receiver's thread, later (an event loop's queue). Called on any thread.
    using Poster = std::function<void(std::function<void()>)>;
    /// Takes messages on the poster's thread. Not called any more once the queue has been destroyed there.
    using Receiver = std::function<void(const FromEngine&)>;

    JobQueue(Factory factory, Poster poster, Receiver receiver);
    /// Cancels what runs, drops what waits without an answer, joins the thread.
    ~JobQueue();
    JobQueue(const JobQueue&) = delete;
    JobQueue& operator=(const JobQueue&) = delete;

    /// Queues a job and answers its id. `generation` is echoed in its messages. A job of any other tag stops
    /// an Idle one, waiting or running.
    std::uint64_t submit(JobTag tag, Ask ask, std::uint64_t generation = 0);
    /// The same under an id of the caller's, which must be new. Not to be mixed with the other.
    void submit(RequestMessage request);
    /// Stops the job, running or waiting; it answers with code Cancelled. Unknown ids are none.
    void cancel(std::uint64_t id);
    void cancel(JobTag tag);
    void cancelAll();
    /// Whether a job runs or waits. A job whose answer was posted does neither.
    bool busy() const;

    /// What runs and how often it has asked whether to stop: a job that asks no more hangs.
    struct Pulse {
        std::uint64_t running = 0; ///< 0: nothing
        std::uint64_t asked = 0;
    };
    Pulse pulse() const;

    /// Least time between two progress messages of a job, ms.
    static constexpr int progressEvery = 50;

private:
    struct Job {
        RequestMessage request;
        CancelToken cancel;
    };

    template <class Matches> void cancelWhere(const Matches& matches);
    void loop();
    /// Its result or error, with the messages on the way posted.
    FromEngine work(Engine& engine, const Job& job);
    void answer(FromEngine message);
    void answerCancelled(const RequestMessage& request, const std::string& why);

    Factory m_factory;
    Poster m_poster;
    std::shared_ptr<const Receiver> m_receiver; ///< messages under way hold it weakly
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Job> m_waiting;
    std::optional<Job> m_running;
    std::uint64_t m_lastId = 0;
    bool m_closing = false;
    std::thread m_thread; ///< last: starts when everything else stands
};

} // namespace cutaway::engine
