// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/examples.h"

#include "core/types/json_front.h"

#include <filesystem>

namespace cutaway::app {

namespace {

constexpr JsonLimits limits{std::size_t{1} << 20U, 8, 20000, std::size_t{1} << 16U};

TokenSet setOf(const JsonObject& entry, const std::string& key) {
    const Result<std::string> text = entry.string(key, std::string());
    return text && !text->empty() ? TokenSet{*text} : TokenSet{};
}

} // namespace

std::vector<Example> readExamples(const QString& folder) {
    const std::filesystem::path file = std::filesystem::path(folder.toStdString()) / "prompts.json";
    const Result<nlohmann::json> document = readJsonFile(file, limits, "read examples");
    std::vector<Example> examples;
    if (!document || !document->is_array()) return examples;
    for (const nlohmann::json& item : *document) {
        if (!item.is_object()) continue;
        const JsonObject entry(item, "prompts.json");
        const auto text = [&](const char* key) {
            return QString::fromStdString(entry.string(key, std::string()).value_or(std::string()));
        };
        Example example{text("title"), text("prompt"), text("note"), setOf(entry, "answer"),
                        setOf(entry, "wrong")};
        if (!example.title.isEmpty() && !example.prompt.isEmpty()) examples.push_back(std::move(example));
    }
    return examples;
}

} // namespace cutaway::app
