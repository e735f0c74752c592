// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/messages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What goes over the line between a window and an engine in a process of its own. A frame is the length of
/// what follows (u32, little endian), the length of its CBOR (u32), the CBOR, and the long arrays behind it.
namespace cutaway::engine {

/// Both sides speak one version of this; members of messages are part of it.
inline constexpr int protocolVersion = 1;

/// The first frame in either direction.
struct HelloFrame {
    int protocol = protocolVersion;
    std::string program; ///< `cutaway-engine`, `cutaway`
    std::string version;
    std::int64_t process = 0; ///< process id
};

/// A sign of life, sent when nothing else was for `pulseEvery`.
struct PulseFrame {
    std::uint64_t running = 0; ///< id of the job that runs; 0: none
    std::uint64_t asked = 0;   ///< how often it has asked whether to stop
};

/// ms between signs of life.
inline constexpr int pulseEvery = 500;
/// ms without one after which whoever listens takes the engine for dead.
inline constexpr int longestSilence = 10'000;
/// ms within which a job that shall stop must ask whether it shall, else it hangs.
inline constexpr int longestDeaf = 5'000;

using Frame = std::variant<HelloFrame, PulseFrame, RequestMessage, CancelMessage, StartedMessage,
                           ProgressMessage, PartialMessage, ResultMessage, ErrorMessage>;

/// Bytes a frame may have; a longer one is refused before it is read.
inline constexpr std::size_t largestFrame = std::size_t(1) << 30U;
/// Bytes the first one may have, the greeting.
inline constexpr std::size_t largestGreeting = std::size_t(1) << 16U;

/// The frame with its lengths in front. Errors: OutOfRange where it is larger than `largestFrame`.
Result<std::string> encodeFrame(const Frame& frame);
/// What stands behind the first length. Errors: BadFile, naming what is wrong; nothing of it is kept then.
Result<Frame> decodeFrame(std::string_view payload);

/// Takes bytes as they come and hands out whole frames.
class FrameBuffer {
public:
    /// A frame may have so many bytes; a longer one is an error. Before the other side has greeted that is
    /// little: what a login prints would be taken for a length.
    void setLimit(std::size_t bytes) { m_limit = bytes; }
    void append(std::string_view bytes) { m_bytes.append(bytes); }
    /// The next frame; none while it is not whole. After an error the line is of no use any more.
    Result<std::optional<Frame>> next();
    std::size_t size() const { return m_bytes.size() - m_at; }

private:
    std::string m_bytes;
    std::size_t m_at = 0;
    std::size_t m_limit = largestFrame;
};

} // namespace cutaway::engine
