// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway::session {

/// One term: what tooltips, lessons and the explanation of a number say about it.
struct GlossaryEntry {
    std::string id;               ///< stable: `logit_difference`
    std::string name;             ///< as the field calls it: "logit difference"
    std::string plain;            ///< a sentence or two in plain words
    std::string formula;          ///< empty where there is none
    std::string source;           ///< paper or reference implementation; empty: Cutaway's own word
    std::vector<std::string> see; ///< ids of terms that help
};

/// The terms of the program, from `resources/glossary.json`: `{"entries": [{"id", "name", "plain",
/// "formula"?, "source"?, "see"?}]}`. Immutable once read.
class Glossary {
public:
    /// Errors: FileNotFound, FileUnreadable, BadJson, BadFile (a key that is not known or not there, an id
    /// twice, a reference to none), naming the entry.
    static Result<Glossary> read(const std::filesystem::path& file);

    const std::vector<GlossaryEntry>& entries() const { return m_entries; }
    /// Null where there is no such term.
    const GlossaryEntry* find(std::string_view id) const;

private:
    std::vector<GlossaryEntry> m_entries;
};

} // namespace cutaway::session
