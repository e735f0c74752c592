// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/reference_file.h"

#include <algorithm>
#include <utility>

namespace cutaway::engine {

namespace {

std::vector<std::int64_t> flat(const std::vector<TokenIds>& prompts) {
    std::vector<std::int64_t> all;
    for (const TokenIds& prompt : prompts) {
        all.push_back(static_cast<std::int64_t>(prompt.size()));
        all.insert(all.end(), prompt.begin(), prompt.end());
    }
    return all;
}

} // namespace

std::optional<weights::TensorTable> ReferenceFile::open(const std::vector<TokenIds>& prompts) const {
    std::error_code error;
    if (!std::filesystem::is_regular_file(m_path, error)) return std::nullopt;
    auto table = weights::TensorTable::openFile(m_path);
    if (!table) return std::nullopt;
    const auto fact = [&](const char* key) {
        const auto found = table->metadata().find(key);
        return found == table->metadata().end() ? std::string() : found->second;
    };
    if (fact("dtype") != m_dtype) return std::nullopt;
    const weights::TensorEntry* stored = table->find(promptsKey);
    if (!stored) return std::nullopt;
    // Read as floats, which hold every token id exactly.
    const std::vector<std::int64_t> expected = flat(prompts);
    const std::vector<float> found = weights::TensorTable::toHost(*stored).values;
    const auto same = [](float a, std::int64_t b) { return static_cast<std::int64_t>(a) == b; };
    if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end(), same)) return std::nullopt;
    const std::string model = m_model();
    if (model.empty() || fact("model") != model) return std::nullopt;
    return std::move(*table);
}

bool ReferenceFile::write(const std::vector<TokenIds>& prompts,
                          std::map<std::string, HostTensor> arrays) const {
    const std::string model = m_model();
    if (model.empty()) return false;
    HostTensor& ids = arrays[promptsKey];
    ids.ids = flat(prompts);
    ids.shape = {static_cast<std::int64_t>(ids.ids.size())};
    std::error_code error;
    std::filesystem::create_directories(m_path.parent_path(), error);
    return weights::writeSafetensors(m_path, arrays, {{"model", model}, {"dtype", m_dtype}}).has_value();
}

} // namespace cutaway::engine
