// SPDX-License-Identifier: GPL-3.0-or-later
// A request document, as lines of prompt files and `serve` bring it.
#include "core/types/json_codec.h"
#include "core/types/json_front.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    const auto document = parseJson(bytes, {}, "read line");
    if (!document) {
        fuzz::require(!document.error().message.empty(), "a refusal is a sentence");
        fuzz::require(!toJson(document.error()).dump(-1, ' ', false, Json::error_handler_t::replace).empty(),
                      "it can be told");
        return;
    }
    const auto request = runRequestFromJson(*document);
    if (!request) return;
    const std::string written = toJson(*request).dump();
    const auto again = parseJson(written, {}, "read line");
    fuzz::require(again.has_value(), "what is written is JSON");
    const auto back = runRequestFromJson(*again);
    fuzz::require(back && *back == *request, "what is written reads back");
}
