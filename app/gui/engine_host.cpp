// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/engine_host.h"

#include "app/gui/engine_process.h"

#include <variant>

namespace cutaway::app {

using namespace engine;

namespace {

/// An engine on a thread of this process.
class EngineThread : public EngineLink {
public:
    EngineThread(JobQueue::Factory factory, JobQueue::Poster poster, Receiver receiver)
        : m_queue(std::move(factory), std::move(poster), std::move(receiver)) {}
    std::uint64_t submit(JobTag tag, Ask what) override { return m_queue.submit(tag, std::move(what)); }
    void cancel(JobTag tag) override { m_queue.cancel(tag); }
    void cancelAll() override { m_queue.cancelAll(); }
    bool busy() const override { return m_queue.busy(); }

private:
    JobQueue m_queue;
};

} // namespace

EngineHost::EngineHost(Source source, QObject* parent) : QObject(parent), m_source(std::move(source)) {}

EngineHost::~EngineHost() = default;

void EngineHost::start() {
    if (m_link) return;
    const auto receiver = [this](const FromEngine& message) { receive(message); };
    if (const auto* factory = std::get_if<Factory>(&m_source)) {
        m_link = std::make_unique<EngineThread>(
            *factory,
            [this](std::function<void()> function) {
                QMetaObject::invokeMethod(this, std::move(function), Qt::QueuedConnection);
            },
            receiver);
    } else {
        auto process = std::make_unique<EngineProcess>(std::get<EngineProgram>(m_source), receiver);
        connect(process.get(), &EngineProcess::news, this, &EngineHost::news);
        m_process = process.get();
        m_link = std::move(process);
    }
    for (Early& early : std::exchange(m_early, {}))
        submit(early.tag, std::move(early.what), std::move(early.asker));
}

void EngineHost::submit(JobTag tag, Ask what, Asker asker) {
    if (!m_link) {
        m_early.push_back({tag, std::move(what), std::move(asker)});
        return;
    }
    // The answer comes through the event loop, never before the asker is written down.
    m_askers[m_link->submit(tag, std::move(what))] = std::move(asker);
    tellBusy();
}

void EngineHost::cancel(JobTag tag) {
    std::erase_if(m_early, [tag](const Early& early) { return early.tag == tag; });
    if (m_link) m_link->cancel(tag);
}

void EngineHost::cancelAll() {
    m_early.clear();
    if (m_link) m_link->cancelAll();
}

bool EngineHost::busy() const {
    return m_link && m_link->busy();
}

void EngineHost::tellBusy() {
    const bool now = busy();
    if (now == m_toldBusy) return;
    m_toldBusy = now;
    Q_EMIT busyChanged(now);
}

void EngineHost::answer(std::uint64_t id, Result<Answer> answer) {
    const auto found = m_askers.find(id);
    if (found == m_askers.end()) return;
    const Asker asker = std::move(found->second);
    m_askers.erase(found);
    asker.reply(std::move(answer));
    tellBusy();
}

void EngineHost::receive(const FromEngine& message) {
    if (const auto* result = std::get_if<ResultMessage>(&message)) return answer(result->id, result->answer);
    if (const auto* error = std::get_if<ErrorMessage>(&message)) return answer(error->id, fail(error->error));
    if (const auto* progress = std::get_if<ProgressMessage>(&message)) {
        const auto found = m_askers.find(progress->id);
        if (found != m_askers.end() && found->second.progress) found->second.progress(progress->progress);
    } else if (const auto* part = std::get_if<PartialMessage>(&message)) {
        const auto found = m_askers.find(part->id);
        if (found != m_askers.end() && found->second.part) found->second.part(part->answer);
    }
}

} // namespace cutaway::app
