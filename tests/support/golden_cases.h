// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/host_tensor.h"
#include "tests/support/reference_array.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::tests {

/// Tiny models of every Hugging Face family, made by tests/golden/families.py.
inline constexpr const char* familySet = "families";

/// One run of a fixture: arrays `<name>/<hook>` of its expected.safetensors belong to it.
struct GoldenCase {
    std::string name;
    std::vector<int> tokens;
    std::vector<std::string> cuts;
    std::vector<int> donor; ///< empty: none
};

/// The folders made by tests/golden/make_fixtures.py, by name; or those of families.py.
inline std::vector<std::filesystem::path> goldenFolders(const char* set = "fixtures") {
    std::vector<std::filesystem::path> folders;
    const std::filesystem::path root = std::filesystem::path(CUTAWAY_SOURCE_DIR) / "tests/golden" / set;
    for (const auto& item : std::filesystem::directory_iterator(root))
        if (item.is_directory()) folders.push_back(item.path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

inline std::vector<GoldenCase> goldenCases(const std::filesystem::path& folder) {
    std::ifstream in(folder / "cases.json");
    std::vector<GoldenCase> cases;
    for (const nlohmann::json& item : nlohmann::json::parse(in))
        cases.push_back(
            {item.at("name"), item.at("tokens"), item.at("cuts"), item.value("donor", std::vector<int>())});
    return cases;
}

/// The prompts of reference.jsonl.
inline std::vector<std::vector<int>> goldenReference(const std::filesystem::path& folder) {
    std::ifstream in(folder / "reference.jsonl");
    std::vector<std::vector<int>> prompts;
    for (std::string line; std::getline(in, line);)
        prompts.push_back(nlohmann::json::parse(line).at("tokens"));
    return prompts;
}

/// |a − b| relative to max(1, largest finite |b|), the contract's "equal within". Infinite where the shapes,
/// or the places of −∞, differ or where a value is not a number.
inline double largestDifference(const Array& a, const Array& b) {
    const double never = std::numeric_limits<double>::infinity();
    if (a.shape != b.shape) return never;
    double largest = 1, difference = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        if (std::isinf(b.values[i]) || std::isinf(a.values[i])) {
            if (a.values[i] != b.values[i]) return never;
            continue;
        }
        if (std::isnan(a.values[i]) || std::isnan(b.values[i])) return never;
        largest = std::max(largest, std::abs(b.values[i]));
        difference = std::max(difference, std::abs(a.values[i] - b.values[i]));
    }
    return difference / largest;
}

/// An array of the engine's as the slow model's kind.
inline Array fromHost(const HostTensor& tensor) {
    Array array;
    for (const std::int64_t n : tensor.shape)
        array.shape.push_back(static_cast<int>(n));
    array.values.assign(tensor.values.begin(), tensor.values.end());
    return array;
}

} // namespace cutaway::tests
