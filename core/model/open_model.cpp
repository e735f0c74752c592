// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/open_model.h"

#include "core/model/families/family.h"
#include "core/model/gguf/gguf_model.h"

#include <cstdlib>

namespace cutaway::model {

namespace fs = std::filesystem;

namespace {

tl::unexpected<Error> notThere(const fs::path& folder, const std::string& why) {
    return fail(ErrorCode::FileNotFound, "open model", folder.string() + " " + why,
                {{"path", folder.string()}});
}

/// Whether something has this name: a link that leads nowhere is a fault to be told, not an absent file.
bool isNamed(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

Result<nlohmann::json> readConfig(const fs::path& folder) {
    std::error_code ignored;
    const fs::file_status status = fs::status(folder, ignored);
    if (!fs::exists(status)) return notThere(folder, "does not exist, expected a model folder");
    if (!fs::is_directory(status))
        return fail(ErrorCode::FileUnreadable, "open model",
                    folder.string() + " is a file, expected a model folder", {{"path", folder.string()}});
    if (!isNamed(folder / "config.json"))
        return notThere(
            folder, isNamed(folder / "tokenizer.json")
                        ? "holds a tokenizer and no model: config.json is missing, only `tokenize` works here"
                        : "holds no config.json, expected a Hugging Face or hooked_transformer folder");
    Result<nlohmann::json> config =
        readJsonFile(folder / "config.json", {4U << 20U, 64, 1U << 20U, 1U << 20U}, "open model");
    if (config && !config->is_object())
        return fail(ErrorCode::BadJson, "open model",
                    (folder / "config.json").string() + " is no JSON object");
    return config;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < 5; ++i)
        text += (i ? ", " : "") + names[i];
    return names.size() > 5 ? text + " and " + std::to_string(names.size() - 5) + " more" : text;
}

std::string displayName(const fs::path& folder) {
    const fs::path canonical = folder.lexically_normal();
    return (canonical.has_filename() ? canonical : canonical.parent_path()).filename().string();
}

} // namespace

std::optional<fs::path> resourcesPath() {
    std::error_code ignored;
    std::vector<fs::path> candidates;
    if (const char* named = std::getenv("CUTAWAY_RESOURCES")) candidates.emplace_back(named);
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    candidates.push_back(program / "../share/cutaway");
    candidates.push_back(program / "../../../resources");
    for (const fs::path& candidate : candidates)
        if (fs::is_directory(candidate / "models", ignored)) return fs::weakly_canonical(candidate, ignored);
    return std::nullopt;
}

Result<fs::path> resolveModelPath(const fs::path& model) {
    std::error_code ignored;
    if (model != "demo" || fs::exists(model / "config.json", ignored)) return model;
    const std::optional<fs::path> resources = resourcesPath();
    if (resources && fs::exists(*resources / "models/demo/config.json", ignored))
        return *resources / "models/demo";
    return fail(ErrorCode::FileNotFound, "open model",
                "the demo model was not found beside the program; name its folder, or set CUTAWAY_RESOURCES");
}

namespace {

/// `eos_token_id`, an id or a list of them; what is no id of this vocabulary ends nothing.
std::set<TokenId> endTokensOf(const nlohmann::json& config, int vocabulary) {
    std::set<TokenId> ends;
    const auto add = [&](const nlohmann::json& id) {
        if (id.is_number_integer() && id >= 0 && id < vocabulary) ends.insert(id.get<TokenId>());
    };
    const auto found = config.find("eos_token_id");
    if (found == config.end()) return ends;
    if (!found->is_array())
        add(*found);
    else
        for (const nlohmann::json& id : *found)
            add(id);
    return ends;
}

} // namespace

namespace {

/// A folder and a GGUF file, once both speak of a config and a table of tensors.
struct Source {
    nlohmann::json config;
    weights::TensorTable table;
    bool gguf = false;
};

Result<Source> readSource(const fs::path& path) {
    if (weights::GgufFile::isGguf(path)) {
        Result<GgufModel> file = readGguf(path);
        if (!file) return fail(file.error());
        return Source{std::move(file->config), std::move(file->table), true};
    }
    Result<nlohmann::json> config = readConfig(path);
    if (!config) return fail(config.error());
    if (const Result<const Family*> family = familyOf(*config); !family) return fail(family.error());
    Result<weights::TensorTable> table = weights::TensorTable::openFolder(path);
    if (!table) return fail(table.error());
    return Source{std::move(*config), std::move(*table), false};
}

/// Files that lie beside the weights; of a GGUF file the tokenizer lies inside.
void findCompanions(const fs::path& path, bool gguf, OpenedModel& opened) {
    const fs::path folder = gguf ? path.parent_path() : path;
    if (gguf)
        opened.tokenizer = path;
    else if (isNamed(folder / "tokenizer.json"))
        opened.tokenizer = folder / "tokenizer.json";
    if (!gguf && isNamed(folder / "reference.jsonl")) opened.reference = folder / "reference.jsonl";
}

} // namespace

Result<OpenedModel> openModel(const fs::path& model) {
    const Result<fs::path> path = resolveModelPath(model);
    if (!path) return fail(path.error());
    Result<Source> source = readSource(*path);
    if (!source) return fail(source.error());
    const Result<const Family*> family = familyOf(source->config);
    if (!family) return fail(family.error());
    const nlohmann::json* const config = &source->config;
    weights::TensorTable* const table = &source->table;

    ConfigReader reader(*config);
    TensorPicker tensors(*table);
    FamilyModel read = (*family)->read(reader, tensors);
    if (const Status s = reader.status(); !s) return fail(s.error());
    if (const Status s = tensors.status(); !s) return fail(s.error());

    OpenedModel opened;
    std::error_code ignored;
    const fs::path absolute = fs::absolute(*path, ignored);
    ModelInfo& info = opened.info;
    info.name = model == "demo" ? "demo" : displayName(absolute);
    info.path = absolute.string();
    info.family = (*family)->name;
    info.traits = read.spec.traits;
    info.activation = read.activation;
    info.parameters = tensors.usedElements();
    info.bytes = static_cast<std::int64_t>(table->storedBytes());
    info.storedDtype = tensors.storedDtype();
    info.quantization = tensors.quantization();
    info.tiedHead = read.spec.tiedHead;
    info.tensorsUsed = static_cast<int>(tensors.used().size());
    info.tensorsUnused = tensors.unused();
    info.warnings = std::move(read.warnings);
    if (!info.quantization.empty())
        info.warnings.push_back("The weights are quantised (" + info.quantization +
                                "): every number here is the quantised model's, not the original's.");
    if (!info.tensorsUnused.empty())
        info.warnings.push_back(std::to_string(info.tensorsUnused.size()) +
                                " tensors in the file are not part of this architecture and were not used: " +
                                listed(info.tensorsUnused) + ".");
    if (const std::vector<std::string> unread = reader.unread(); !unread.empty())
        info.warnings.push_back(
            "config.json has keys that this version does not know and did not use: " + listed(unread) + ".");
    opened.usedElements = info.parameters;
    opened.endTokens = endTokensOf(*config, info.traits.dVocab);
    opened.spec = std::move(read.spec);
    opened.weights = std::move(read.weights);
    opened.table = std::move(*table);
    findCompanions(*path, source->gguf, opened);
    return opened;
}

std::int64_t residentBytes(const OpenedModel& model, int elementBytes, int tokens) {
    const ModelTraits& t = model.spec.traits;
    // A kept run: resid_pre, resid_mid, Q, z, K, V of each layer; working set of one layer; logits.
    const std::int64_t heads = std::int64_t{2} * (t.nHeads + t.nKvHeads) * t.dHead;
    const std::int64_t perToken =
        t.nLayers * (2 * std::int64_t{t.dModel} + heads) + 2 * std::int64_t{t.dMlp} + t.dVocabOut;
    const std::int64_t scores = std::int64_t{t.nHeads} * tokens * tokens * 2;
    return elementBytes * (model.usedElements + perToken * tokens + scores);
}

} // namespace cutaway::model
