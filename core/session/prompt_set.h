// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/types/run_request.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cutaway::session {

/// One prompt of a set.
struct PromptItem {
    TokenInput input;
    TokenSet answer, wrong; ///< empty: those of the document
    bool operator==(const PromptItem&) const = default;
};

/// Prompts that are run like one: a file, or variants of a prompt. Its prompts never change, so copies share
/// them.
struct PromptSet {
    std::string name; ///< "ioi.jsonl", "64 like “When Mary…”"; empty: no set is open
    std::shared_ptr<const std::vector<PromptItem>> items;
    std::vector<std::string> problems; ///< what was left out, one sentence each
    int current = 0;                   ///< the prompt that is shown large

    bool open() const { return items && !items->empty(); }
    int size() const { return items ? static_cast<int>(items->size()) : 0; }
    const PromptItem& item(int index) const { return (*items)[static_cast<std::size_t>(index)]; }
    bool operator==(const PromptSet& other) const {
        const bool same = items == other.items || (items && other.items && *items == *other.items);
        return name == other.name && same;
    }
};

/// Reads a set. `.csv`: a first row of column names, then a prompt a row (`prompt`, optional `answer`,
/// `wrong`). Anything else: a JSON object a line, as `cutaway-cli run --prompts` takes it (`prompt` or
/// `tokens`, `answer`, `wrong`). Lines that are none are left out and said in `problems`, with their numbers.
/// At most 10,000 prompts and 64 MB. Errors: the file cannot be read, no line of it is a prompt.
Result<PromptSet> readPromptSet(const std::filesystem::path& file);

} // namespace cutaway::session
