// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/job_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cutaway::engine {

JobQueue::JobQueue(Factory factory, Poster poster, Receiver receiver)
    : m_factory(std::move(factory)), m_poster(std::move(poster)),
      m_receiver(std::make_shared<const Receiver>(std::move(receiver))), m_thread([this] { loop(); }) {}

JobQueue::~JobQueue() {
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
        m_waiting.clear();
        if (m_running) m_running->cancel.cancel();
    }
    m_wake.notify_all();
    m_thread.join();
}

std::uint64_t JobQueue::submit(JobTag tag, Ask ask, std::uint64_t generation) {
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(m_mutex);
        id = ++m_lastId;
    }
    submit({id, generation, tag, std::move(ask)});
    return id;
}

void JobQueue::submit(RequestMessage request) {
    const JobTag tag = request.tag;
    if (tag != JobTag::Idle) cancel(JobTag::Idle);
    std::optional<RequestMessage> replaced;
    {
        const std::lock_guard lock(m_mutex);
        Job job{std::move(request), {}};
        const auto same = std::find_if(m_waiting.begin(), m_waiting.end(),
                                       [tag](const Job& waiting) { return waiting.request.tag == tag; });
        if (same == m_waiting.end()) {
            m_waiting.push_back(std::move(job));
        } else {
            replaced = std::move(same->request);
            *same = std::move(job);
        }
    }
    m_wake.notify_one();
    if (replaced) answerCancelled(*replaced, "a newer request took its place");
}

template <class Matches> void JobQueue::cancelWhere(const Matches& matches) {
    std::vector<RequestMessage> dropped;
    {
        const std::lock_guard lock(m_mutex);
        for (Job& job : m_waiting)
            if (matches(job.request)) dropped.push_back(job.request);
        std::erase_if(m_waiting, [&](const Job& job) { return matches(job.request); });
        if (m_running && matches(m_running->request)) m_running->cancel.cancel();
    }
    for (const RequestMessage& request : dropped)
        answerCancelled(request, "stopped before it began");
}

void JobQueue::cancel(std::uint64_t id) {
    cancelWhere([id](const RequestMessage& request) { return request.id == id; });
}

void JobQueue::cancel(JobTag tag) {
    cancelWhere([tag](const RequestMessage& request) { return request.tag == tag; });
}

void JobQueue::cancelAll() {
    cancelWhere([](const RequestMessage&) { return true; });
}

bool JobQueue::busy() const {
    const std::lock_guard lock(m_mutex);
    return m_running || !m_waiting.empty();
}

JobQueue::Pulse JobQueue::pulse() const {
    const std::lock_guard lock(m_mutex);
    return m_running ? Pulse{m_running->request.id, m_running->cancel.asked()} : Pulse{};
}

void JobQueue::answer(FromEngine message) {
    // The receiver may be gone by the time the message arrives: the queue, which holds it, lives on that
    // thread.
    m_poster([receiver = std::weak_ptr<const Receiver>(m_receiver), message = std::move(message)] {
        if (const auto alive = receiver.lock()) (*alive)(message);
    });
}

void JobQueue::answerCancelled(const RequestMessage& request, const std::string& why) {
    answer(ErrorMessage{request.id, request.generation, {ErrorCode::Cancelled, "run job", why}});
}

FromEngine JobQueue::work(Engine& engine, const Job& job) {
    using Clock = std::chrono::steady_clock;
    const RequestMessage& request = job.request;
    std::optional<Clock::time_point> told;
    const ProgressSink progress = [&](const Progress& p) {
        const Clock::time_point now = Clock::now();
        if (told && now - *told < std::chrono::milliseconds(progressEvery)) return;
        told = now;
        answer(ProgressMessage{request.id, request.generation, p});
    };
    const PartialSink partial = [&](Answer part) {
        answer(PartialMessage{request.id, request.generation, std::move(part)});
    };
    Result<Answer> result = perform(engine, request.ask, {progress, partial}, job.cancel);
    if (result) return ResultMessage{request.id, request.generation, std::move(*result)};
    return ErrorMessage{request.id, request.generation, std::move(result.error())};
}

void JobQueue::loop() {
    Result<std::unique_ptr<Engine>> engine = m_factory();
    for (;;) {
        Job job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_closing || !m_waiting.empty(); });
            if (m_closing) return;
            job = std::move(m_waiting.front());
            m_waiting.pop_front();
            m_running = job;
        }
        answer(StartedMessage{job.request.id});
        FromEngine last = engine ? work(**engine, job)
                                 : ErrorMessage{job.request.id, job.request.generation, engine.error()};
        {
            const std::lock_guard lock(m_mutex);
            m_running.reset();
        }
        answer(std::move(last));
    }
}

} // namespace cutaway::engine
