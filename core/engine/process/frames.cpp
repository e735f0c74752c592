// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/process/frames.h"

#include "core/engine/process/wire_members.h"
#include "core/types/json_front.h"

#include <array>

namespace cutaway::engine {

namespace {

constexpr std::size_t lengthBytes = 4;
constexpr JsonLimits limits{largestFrame, 64, std::size_t(16) << 20U, std::size_t(64) << 20U};

void putLength(std::string& bytes, std::size_t where, std::size_t length) {
    const auto value = static_cast<std::uint32_t>(length);
    std::memcpy(bytes.data() + where, &value, lengthBytes);
}

std::size_t lengthAt(std::string_view bytes, std::size_t where) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + where, lengthBytes);
    return value;
}

tl::unexpected<Error> bad(const std::string& why) {
    return fail(ErrorCode::BadFile, "read frame", why);
}

} // namespace

Result<std::string> encodeFrame(const Frame& frame) {
    wire::Sink sink;
    const wire::Value value = wire::encode(frame, sink);
    std::string bytes(2 * lengthBytes, '\0');
    nlohmann::json::to_cbor(value, bytes);
    const std::size_t cbor = bytes.size() - 2 * lengthBytes;
    bytes += sink.blobs;
    const std::size_t payload = bytes.size() - lengthBytes;
    if (payload > largestFrame)
        return fail(ErrorCode::OutOfRange, "write frame",
                    "a message has " + std::to_string(payload) + " bytes, at most " +
                        std::to_string(largestFrame) + " can be sent");
    putLength(bytes, 0, payload);
    putLength(bytes, lengthBytes, cbor);
    return bytes;
}

Result<Frame> decodeFrame(std::string_view payload) {
    if (payload.size() < lengthBytes) return bad("a frame of " + std::to_string(payload.size()) + " bytes");
    const std::size_t cbor = lengthAt(payload, 0);
    if (cbor > payload.size() - lengthBytes) return bad("its CBOR is longer than the frame");
    const Result<nlohmann::json> value = parseCbor(payload.substr(lengthBytes, cbor), limits, "read frame");
    if (!value) return fail(value.error());
    try {
        Frame frame;
        wire::decode(*value, frame, wire::Source{payload.substr(lengthBytes + cbor)});
        return frame;
    } catch (const std::exception& error) {
        return bad(error.what());
    }
}

Result<std::optional<Frame>> FrameBuffer::next() {
    if (size() < lengthBytes) return std::optional<Frame>();
    const std::size_t length = lengthAt(m_bytes, m_at);
    if (length > m_limit)
        return bad("a frame of " + std::to_string(length) + " bytes, at most " + std::to_string(m_limit) +
                   " are read");
    if (size() - lengthBytes < length) return std::optional<Frame>();
    Result<Frame> frame = decodeFrame(std::string_view(m_bytes).substr(m_at + lengthBytes, length));
    m_at += lengthBytes + length;
    if (m_at == m_bytes.size() || m_at > (std::size_t(1) << 20U)) {
        m_bytes.erase(0, m_at);
        m_at = 0;
    }
    if (!frame) return fail(std::move(frame.error()));
    return std::optional(std::move(*frame));
}

} // namespace cutaway::engine
