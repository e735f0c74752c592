// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/process/server.h"

#include "core/engine/process/frame_pipe.h"

#include <mutex>
#include <unistd.h>
#include <utility>

namespace cutaway::engine {

Served serve(int in, int out, const std::string& version, JobQueue::Factory factory,
             const std::function<void()>& ended) {
    std::mutex guard;
    const JobQueue* listened = nullptr; ///< whose pulse is told, under `guard`
    FrameWriter writer(out, [&] {
        const std::lock_guard lock(guard);
        const JobQueue::Pulse pulse = listened ? listened->pulse() : JobQueue::Pulse();
        return PulseFrame{pulse.running, pulse.asked};
    });
    const auto listenTo = [&](const JobQueue* queue) {
        const std::lock_guard lock(guard);
        listened = queue;
    };
    writer.send(HelloFrame{protocolVersion, "cutaway-engine", version, ::getpid()});
    FrameReader reader(in);
    const Result<std::optional<Frame>> first = reader.next();
    if (!first) return Served::Malformed;
    if (!*first) return Served::Done;
    const auto* hello = std::get_if<HelloFrame>(&**first);
    if (!hello) return Served::Malformed;
    if (hello->protocol != protocolVersion) return Served::OtherVersion;

    // Messages are put on the writer's line where they arise; there is no other thread to go to.
    JobQueue queue(
        std::move(factory), [](const std::function<void()>& function) { function(); },
        [&writer](const FromEngine& message) {
            std::visit([&writer](const auto& held) { writer.send(held); }, message);
            // Whatever a job does to this process, the window knows which it was.
            if (std::holds_alternative<StartedMessage>(message)) writer.flush();
        });
    listenTo(&queue);
    Served served = Served::Done;
    for (;;) {
        Result<std::optional<Frame>> frame = reader.next();
        if (!frame) {
            served = Served::Malformed;
            break;
        }
        if (!*frame) break;
        if (auto* request = std::get_if<RequestMessage>(&**frame))
            queue.submit(std::move(*request));
        else if (const auto* cancel = std::get_if<CancelMessage>(&**frame))
            queue.cancel(cancel->id);
        // What only an engine says is none of the window's business to send: not heard.
    }
    listenTo(nullptr);
    if (ended) ended();
    return served;
}

} // namespace cutaway::engine
