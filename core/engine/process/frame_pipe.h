// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/process/frames.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace cutaway::engine {

/// Connects to a Unix domain socket. Errors: Usage where the path is too long for one, FileNotFound,
/// FileUnreadable.
Result<int> connectSocket(const std::string& path);

/// Reads frames from a descriptor until it ends; blocks.
class FrameReader {
public:
    explicit FrameReader(int descriptor) : m_descriptor(descriptor) {}
    /// The next frame; none at the end. Errors: FileUnreadable, and those of FrameBuffer.
    Result<std::optional<Frame>> next();

private:
    int m_descriptor;
    FrameBuffer m_buffer;
};

/// Writes frames to a descriptor from a thread of its own, so that nobody who has something to say waits for
/// the other side to read; and a sign of life when nobody has. Frames go in the order of send().
class FrameWriter {
public:
    using Pulse = std::function<PulseFrame()>;
    FrameWriter(int descriptor, Pulse pulse);
    /// Writes what waits, unless the other side is gone, and joins.
    ~FrameWriter();
    FrameWriter(const FrameWriter&) = delete;
    FrameWriter& operator=(const FrameWriter&) = delete;

    void send(const Frame& frame);
    /// Waits until what was sent has been written, or nobody reads any more.
    void flush();

private:
    void loop();
    /// False where nobody reads any more.
    bool write(const std::string& bytes) const;

    int m_descriptor;
    Pulse m_pulse;
    std::mutex m_mutex;
    std::condition_variable m_wake, m_written;
    std::deque<std::string> m_waiting;
    bool m_closing = false;
    bool m_writing = false;
    bool m_gone = false;  ///< nobody reads any more
    std::thread m_thread; ///< last: starts when everything else stands
};

} // namespace cutaway::engine
