// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/esm_vocabulary.h"

#include "core/text/component.h"
#include "core/text/utf8.h"
#include "core/types/json_front.h"

#include <array>

namespace cutaway::text {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t largestFile = 1U << 20U;

bool namesEsm(const fs::path& folder) {
    const auto config =
        readJsonFile(folder / "tokenizer_config.json", tokenizerConfigLimits, "read tokenizer");
    if (!config || !config->is_object()) return false;
    const auto name = config->find("tokenizer_class");
    return name != config->end() && *name == "EsmTokenizer";
}

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> list;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        const std::size_t first = std::min(line.find_first_not_of(" \t\r"), line.size());
        const std::size_t last = line.find_last_not_of(" \t\r");
        list.push_back(line.substr(first, last + 1 - first));
        at = end + 1;
    }
    return list;
}

bool isSpecialName(const std::string& token) {
    constexpr std::array<std::string_view, 5> names{"<cls>", "<pad>", "<eos>", "<unk>", "<mask>"};
    return std::find(names.begin(), names.end(), token) != names.end();
}

json ends(const json& vocabulary) {
    json single = json::array();
    json named = json::object();
    for (const char* part : {"<cls>", "", "<eos>"}) {
        if (*part == '\0') {
            single.push_back({{"Sequence", {{"id", "A"}}}});
        } else if (vocabulary.contains(part)) {
            single.push_back({{"SpecialToken", {{"id", part}}}});
            named[part] = {{"ids", json::array({vocabulary[part]})}};
        }
    }
    return {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", named}};
}

} // namespace

Result<std::optional<json>> esmDocument(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::exists(folder / "vocab.txt", ignored) || !namesEsm(folder)) return std::optional<json>();
    const Result<std::string> text = readFile(folder / "vocab.txt", largestFile, "read tokenizer");
    if (!text) return fail(text.error());
    if (firstInvalidByte(*text))
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    (folder / "vocab.txt").string() + " is not valid UTF-8");
    json vocabulary = json::object();
    json added = json::array();
    int id = -1;
    for (const std::string& token : lines(*text)) {
        ++id;
        if (token.empty() || vocabulary.contains(token)) continue;
        vocabulary[token] = id;
        added.push_back(
            {{"id", id}, {"content", token}, {"special", isSpecialName(token)}, {"normalized", false}});
    }
    return std::optional<json>(
        {{"added_tokens", added},
         {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
         {"post_processor", ends(vocabulary)},
         {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", "<unk>"}}}});
}

} // namespace cutaway::text
