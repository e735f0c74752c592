// SPDX-License-Identifier: GPL-3.0-or-later
// A set of prompts: a CSV table where the first byte is `c`, else JSON lines.
#include "core/session/prompt_set.h"
#include "tests/fuzz/fuzz.h"

using namespace cutaway;

void fuzzOne(std::string_view bytes) {
    static const fuzz::Folder folder;
    if (bytes.empty()) return;
    const auto file = folder.write(bytes[0] == 'c' ? "prompts.csv" : "prompts.jsonl", bytes.substr(1));
    const auto set = session::readPromptSet(file);
    if (!set) fuzz::require(!set.error().message.empty(), "a refusal is a sentence");
}
