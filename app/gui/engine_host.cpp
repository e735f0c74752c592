// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/engine_host.h"

#include <algorithm>

namespace cutaway::app {

EngineHost::EngineHost(Factory factory, QObject* parent) : QObject(parent), m_factory(std::move(factory)) {}

EngineHost::~EngineHost() {
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
        m_waiting.clear();
        m_cancel.cancel();
    }
    m_wake.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

void EngineHost::start() {
    if (!m_thread.joinable()) m_thread = std::thread([this] { loop(); });
}

void EngineHost::post(JobTag tag, Work work) {
    {
        const std::lock_guard lock(m_mutex);
        if (tag != JobTag::Idle) {
            std::erase_if(m_waiting, [](const Job& job) { return job.tag == JobTag::Idle; });
            if (m_running && m_runningTag == JobTag::Idle) m_cancel.cancel();
        }
        const auto same = std::find_if(m_waiting.begin(), m_waiting.end(),
                                       [tag](const Job& job) { return job.tag == tag; });
        // The newer one takes the older one's place in the queue: it waits no longer for being newer.
        if (same != m_waiting.end())
            same->work = std::move(work);
        else
            m_waiting.push_back({tag, std::move(work)});
    }
    m_wake.notify_all();
    tellBusy();
}

void EngineHost::cancel(JobTag tag) {
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_waiting, [tag](const Job& job) { return job.tag == tag; });
        if (m_running && m_runningTag == tag) m_cancel.cancel();
    }
    tellBusy();
}

void EngineHost::cancelRunning() {
    const std::lock_guard lock(m_mutex);
    if (m_running) m_cancel.cancel();
}

bool EngineHost::busy() const {
    const std::lock_guard lock(m_mutex);
    return m_running || !m_waiting.empty();
}

void EngineHost::tellBusy() {
    const bool now = busy();
    if (now == m_toldBusy) return;
    m_toldBusy = now;
    Q_EMIT busyChanged(now);
}

void EngineHost::deliver(Reply reply) {
    QMetaObject::invokeMethod(this, std::move(reply), Qt::QueuedConnection);
}

void EngineHost::loop() {
    Result<std::unique_ptr<engine::Engine>> made = m_factory();
    if (!made) {
        const QString sentence = QString::fromStdString(made.error().message);
        deliver([this, sentence] { Q_EMIT engineFailed(sentence); });
        const std::lock_guard lock(m_mutex);
        m_waiting.clear();
        return;
    }
    const std::unique_ptr<engine::Engine> engine = std::move(*made);
    for (;;) {
        Work work;
        CancelToken cancel;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_closing || !m_waiting.empty(); });
            if (m_closing) return;
            work = std::move(m_waiting.front().work);
            m_runningTag = m_waiting.front().tag;
            m_waiting.pop_front();
            m_running = true;
            m_cancel = cancel;
        }
        Reply reply = work(*engine, cancel);
        work = {}; // what it holds dies on this thread, before the reply tells that it is done
        {
            const std::lock_guard lock(m_mutex);
            m_running = false;
        }
        deliver([this, reply = std::move(reply)] {
            if (reply) reply();
            tellBusy();
        });
    }
}

} // namespace cutaway::app
