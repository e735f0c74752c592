// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/process/frame_pipe.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cutaway::engine {

Result<int> connectSocket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(ErrorCode::Usage, "connect", "'" + path + "' is no path of a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return fail(ErrorCode::FileUnreadable, "connect", std::string("no socket: ") + std::strerror(errno));
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int why = errno;
        ::close(descriptor);
        return fail(why == ENOENT ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable, "connect",
                    path + " cannot be connected to: " + std::strerror(why), {{"path", path}});
    }
    return descriptor;
}

Result<std::optional<Frame>> FrameReader::next() {
    std::array<char, 1 << 16> chunk{};
    for (;;) {
        Result<std::optional<Frame>> frame = m_buffer.next();
        if (!frame || *frame) return frame;
        const ssize_t got = ::read(m_descriptor, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno != ECONNRESET)
            return fail(ErrorCode::FileUnreadable, "read frame", std::strerror(errno));
        if (got <= 0) return std::optional<Frame>();
        m_buffer.append({chunk.data(), static_cast<std::size_t>(got)});
    }
}

FrameWriter::FrameWriter(int descriptor, Pulse pulse)
    : m_descriptor(descriptor), m_pulse(std::move(pulse)), m_thread([this] { loop(); }) {}

FrameWriter::~FrameWriter() {
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void FrameWriter::send(const Frame& frame) {
    Result<std::string> bytes = encodeFrame(frame);
    if (!bytes) {
        // Too large to be sent: whoever waits for it is told so.
        const auto* result = std::get_if<ResultMessage>(&frame);
        if (!result) return;
        bytes = encodeFrame(ErrorMessage{result->id, result->generation, bytes.error()});
        if (!bytes) return;
    }
    {
        const std::lock_guard lock(m_mutex);
        if (m_gone) return;
        m_waiting.push_back(std::move(*bytes));
    }
    m_wake.notify_one();
}

void FrameWriter::flush() {
    std::unique_lock lock(m_mutex);
    m_written.wait(lock, [this] { return m_gone || (m_waiting.empty() && !m_writing); });
}

bool FrameWriter::write(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t put = ::write(m_descriptor, bytes.data() + at, bytes.size() - at);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        at += static_cast<std::size_t>(put);
    }
    return true;
}

void FrameWriter::loop() {
    // A reader that has gone is told by write(), not by a signal.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::unique_lock lock(m_mutex);
    while (!m_gone) {
        const bool something = m_wake.wait_for(lock, std::chrono::milliseconds(pulseEvery),
                                               [this] { return m_closing || !m_waiting.empty(); });
        if (something && m_waiting.empty()) return; // closing
        std::string bytes;
        if (something) {
            bytes = std::move(m_waiting.front());
            m_waiting.pop_front();
        }
        m_writing = true;
        lock.unlock();
        if (!something) bytes = encodeFrame(m_pulse()).value_or(std::string());
        const bool written = write(bytes);
        lock.lock();
        m_writing = false;
        m_gone = !written;
        m_written.notify_all();
    }
}

} // namespace cutaway::engine
