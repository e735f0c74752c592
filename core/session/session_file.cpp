// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_file.h"

#include "core/session/session_json.h"
#include "core/types/json_front.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace cutaway::session {

using nlohmann::json;

namespace {

constexpr const char* operation = "read session";
constexpr const char* versionKey = "cutaway_session";

// One line for each version that came before sessionVersion.
constexpr std::array<Migration, static_cast<std::size_t>(sessionVersion) - 1> migrations{};

const std::set<std::string> knownKeys{versionKey, "program", "model",    "prompt", "donor",
                                      "cards",    "answer",  "wrong",    "set",    "view",
                                      "history",  "pinned",  "next_card"};

SavedModel modelFrom(const json& value) {
    SavedModel model;
    Fields fields(value, "model");
    model.path = fields.text("path", "");
    if (const std::string hex = fields.text("path_bytes", ""); !hex.empty()) model.path = bytesFromHex(hex);
    model.name = fields.text("name", "");
    model.family = fields.text("family", "");
    model.hash = fields.text("hash", "");
    return model;
}

Json toJson(const SavedModel& model) {
    Json out;
    if (isUtf8(model.path))
        out["path"] = model.path;
    else
        out["path_bytes"] = hexOf(model.path); // a file name that is no text
    out["name"] = model.name;
    out["family"] = model.family;
    out["hash"] = model.hash;
    return out;
}

} // namespace

Status migrate(json& document, std::span<const Migration> steps) {
    const auto found = document.is_object() ? document.find(versionKey) : document.end();
    if (!document.is_object() || found == document.end() || !found->is_number_integer())
        return fail(ErrorCode::BadFile, operation,
                    std::string("this is no session of Cutaway: '") + versionKey + "' is missing");
    const auto newest = static_cast<std::int64_t>(steps.size()) + 1;
    const auto version = found->get<std::int64_t>();
    if (version < 1 || version > newest)
        return fail(ErrorCode::Unsupported, operation,
                    "this session is of version " + std::to_string(version) + ", this program reads up to " +
                        std::to_string(newest) + ": a newer Cutaway wrote it");
    for (auto at = static_cast<std::size_t>(version) - 1; at < steps.size(); ++at) {
        if (const Status step = steps[at](document); !step) return step;
        document[versionKey] = at + 2;
    }
    return {};
}

std::string writeSession(const SavedSession& session) {
    Json out;
    out[versionKey] = sessionVersion;
    out["model"] = toJson(session.model);
    out["prompt"] = toJson(session.sequence);
    if (session.donor.present) out["donor"] = toJson(session.donor);
    out["cards"] = toJson(session.shelf);
    for (const json& card : session.unread)
        out["cards"].push_back(Json::parse(card.dump()));
    out["next_card"] = session.shelf.nextId;
    out["answer"] = toJson(session.choice.answer);
    out["wrong"] = toJson(session.choice.wrong);
    if (session.set.open()) out["set"] = toJson(session.set);
    out["view"] = toJson(session.view);
    Json runs = Json::array();
    for (const RunRecord& record : session.runs)
        runs.push_back(toJson(record));
    out["history"] = std::move(runs);
    if (session.pinned) out["pinned"] = *session.pinned;
    return out.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Result<ReadSession> readSession(std::string_view text) {
    Result<json> document = parseJson(text, {}, operation);
    if (!document) return fail(std::move(document.error()));
    if (const Status step = migrate(*document, migrations); !step) return fail(step.error());
    ReadSession read;
    SavedSession& session = read.session;
    try {
        Fields fields(*document, "the session");
        for (const auto& [key, value] : document->items())
            if (!knownKeys.contains(key))
                read.warnings.push_back("The session's '" + key.substr(0, 40) +
                                        "' is not understood and was left out.");
        if (const json* value = fields.find("model")) session.model = modelFrom(*value);
        if (const json* value = fields.find("prompt")) session.sequence = sequenceFrom(*value, "prompt");
        if (const json* value = fields.find("donor")) session.donor = donorFrom(*value, "donor");
        if (const json* value = fields.find("cards"))
            session.shelf = shelfFrom(*value, "cards", session.unread);
        session.shelf.nextId = std::max(session.shelf.nextId, fields.whole("next_card", 1, 1, 1'000'000'000));
        session.choice.answer = tokenSetFrom(fields.find("answer"), "answer");
        session.choice.wrong = tokenSetFrom(fields.find("wrong"), "wrong");
        if (const json* value = fields.find("set")) session.set = setFrom(*value, "set");
        if (const json* value = fields.find("view")) session.view = viewFrom(*value, "view");
        if (const json* value = fields.find("history"))
            for (const json& entry : listOf(*value, "history")) {
                if (session.runs.size() >= RunHistory::most) break;
                session.runs.push_back(recordFrom(entry, "history"));
            }
        if (fields.find("pinned")) session.pinned = fields.whole("pinned", 0, 0, 1'000'000'000);
    } catch (const Unreadable& problem) {
        return fail(ErrorCode::BadFile, operation, problem.what());
    }
    for (const json& card : session.unread)
        read.warnings.push_back("A card could not be read (" + unreadText(card) +
                                "); it is kept in the file and has no effect.");
    return read;
}

} // namespace cutaway::session
