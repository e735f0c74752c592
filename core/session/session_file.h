// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/session/run_history.h"
#include "core/session/session.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The saved document: one JSON object (`.cutaway`). It holds inputs and how they were looked at, and of the
/// history the few figures that its list shows; results are computed again.
namespace cutaway::session {

/// What is written. A change that an older program would misread raises it and adds a migration.
inline constexpr int sessionVersion = 1;

/// The model a session is about.
struct SavedModel {
    std::string path; ///< as the program opens it; `demo` for the shipped one
    std::string name, family;
    std::string hash; ///< SHA-256 of the weights, hex
    bool operator==(const SavedModel&) const = default;
};

/// All of a session.
struct SavedSession {
    SavedModel model;
    Sequence sequence;
    Donor donor;
    Shelf shelf;
    Choice choice;
    PromptSet set;
    View view;
    std::vector<RunRecord> runs; ///< the newest first
    std::optional<int> pinned;
    /// Cards whose cut this program cannot read, as they stand in the file: written back untouched.
    std::vector<nlohmann::json> unread;
};

/// The text of a session file.
std::string writeSession(const SavedSession& session);

struct ReadSession {
    SavedSession session;
    std::vector<std::string> warnings; ///< whole sentences: keys and cards that were not understood
};

/// Reads it; older versions are migrated. Errors: BadJson, BadFile (naming what and where), Unsupported for
/// versions to come. At most 64 MB.
Result<ReadSession> readSession(std::string_view text);

/// Makes a document of version n one of n + 1, in place.
using Migration = Status (*)(nlohmann::json& document);
/// Brings a document to version `migrations.size() + 1`. Errors: Unsupported where it is newer, BadFile where
/// it names no version.
Status migrate(nlohmann::json& document, std::span<const Migration> migrations);

} // namespace cutaway::session
