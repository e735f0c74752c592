// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/glossary.h"

#include "core/types/json_front.h"

#include <algorithm>
#include <array>

namespace cutaway::session {

namespace {

constexpr JsonLimits limits{1U << 20U, 8, 1U << 14U, 1U << 13U};

tl::unexpected<Error> bad(const std::string& message) {
    return fail(ErrorCode::BadFile, "read glossary", message);
}

Result<GlossaryEntry> entryFrom(const nlohmann::json& json, std::size_t number) {
    const std::string where = "entry " + std::to_string(number);
    if (!json.is_object()) return bad(where + " is no object");
    constexpr std::array known{"id", "name", "plain", "formula", "source", "see"};
    for (const auto& [key, value] : json.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string why = where + " has the key '";
        why.append(key).append("', expected id, name, plain, formula, source, see");
        return bad(why);
    }
    const JsonObject object(json, where);
    GlossaryEntry entry;
    const std::pair<const char*, std::string*> texts[] = {{"id", &entry.id},
                                                          {"name", &entry.name},
                                                          {"plain", &entry.plain},
                                                          {"formula", &entry.formula},
                                                          {"source", &entry.source}};
    for (const auto& [key, into] : texts) {
        const bool needed = into == &entry.id || into == &entry.name || into == &entry.plain;
        Result<std::string> text =
            object.string(key, needed ? std::nullopt : std::optional<std::string>(std::in_place));
        if (!text) return fail(text.error());
        if (needed && text->empty()) return bad(where + " has an empty '" + key + "'");
        *into = std::move(*text);
    }
    if (const nlohmann::json* see = object.find("see")) {
        if (!see->is_array()) return bad(where + ": 'see' is no list");
        for (const nlohmann::json& id : *see) {
            if (!id.is_string()) return bad(where + ": 'see' holds something that is no id");
            entry.see.push_back(id.get<std::string>());
        }
    }
    return entry;
}

} // namespace

Result<Glossary> Glossary::read(const std::filesystem::path& file) {
    const Result<nlohmann::json> json = readJsonFile(file, limits, "read glossary");
    if (!json) return fail(json.error());
    if (!json->is_object() || json->size() != 1 || !json->contains("entries") ||
        !json->at("entries").is_array())
        return bad(file.string() + " is no glossary, expected {\"entries\": […]}");
    Glossary glossary;
    for (const nlohmann::json& each : json->at("entries")) {
        Result<GlossaryEntry> entry = entryFrom(each, glossary.m_entries.size());
        if (!entry) return fail(entry.error());
        if (glossary.find(entry->id)) return bad("'" + entry->id + "' stands there twice");
        glossary.m_entries.push_back(std::move(*entry));
    }
    for (const GlossaryEntry& entry : glossary.m_entries)
        for (const std::string& id : entry.see)
            if (!glossary.find(id))
                return bad("'" + entry.id + "' refers to '" + id + "', which is not there");
    return glossary;
}

const GlossaryEntry* Glossary::find(std::string_view id) const {
    const auto at = std::find_if(m_entries.begin(), m_entries.end(),
                                 [&](const GlossaryEntry& entry) { return entry.id == id; });
    return at == m_entries.end() ? nullptr : &*at;
}

} // namespace cutaway::session
