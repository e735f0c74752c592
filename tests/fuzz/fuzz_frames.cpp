// SPDX-License-Identifier: GPL-3.0-or-later
// What the other side of the line to an engine may send: frames one after another.
#include "core/engine/process/frames.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    // As a payload, so that lengths need not be guessed …
    if (const auto frame = engine::decodeFrame(bytes)) {
        const auto written = engine::encodeFrame(*frame);
        fuzz::require(written.has_value(), "what was read can be written");
        const auto again = engine::decodeFrame(std::string_view(*written).substr(4));
        fuzz::require(again.has_value(), "what is written reads back");
        fuzz::require(engine::encodeFrame(*again).value_or("") == *written, "and is the same");
    } else {
        fuzz::require(!frame.error().message.empty(), "a refusal is a sentence");
    }
    // … and as what comes in pieces.
    engine::FrameBuffer buffer;
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        buffer.append(bytes.substr(at, 7));
        for (;;) {
            const auto next = buffer.next();
            if (!next) return;
            if (!*next) break;
        }
    }
}
