// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_file.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    const auto read = session::readSession(bytes);
    if (!read) {
        fuzz::require(!read.error().message.empty(), "a refusal is a sentence");
        return;
    }
    const std::string written = session::writeSession(read->session);
    const auto again = session::readSession(written);
    fuzz::require(again.has_value(), "what is written reads back");
    fuzz::require(session::writeSession(again->session) == written, "and is the same");
}
