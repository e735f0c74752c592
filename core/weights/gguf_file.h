// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/weights/ggml_types.h"
#include "core/weights/mapped_file.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cutaway::weights {

/// Where one tensor of a GGUF file lies.
struct GgufTensor {
    GgmlType type = GgmlType::F32;
    std::vector<std::int64_t> shape; ///< row-major, the fastest axis last
    const std::byte* data = nullptr;
    std::size_t bytes = 0;
};

/// A GGUF file of version 2 or 3, its header read and checked against the file, its payload mapped.
class GgufFile {
public:
    /// Errors: FileNotFound, FileUnreadable, BadFile with the rule that is broken, Unsupported naming a
    /// tensor type, a version, or `split.count`.
    static Result<GgufFile> open(const std::filesystem::path& path);
    /// Whether the file begins as one.
    static bool isGguf(const std::filesystem::path& path);

    /// Keys and values; texts that are no UTF-8 (tokens may be) come as they are.
    const nlohmann::json& metadata() const { return m_metadata; }
    const std::map<std::string, GgufTensor>& tensors() const { return m_tensors; }
    const std::shared_ptr<const MappedFile>& file() const { return m_file; }

private:
    friend class GgufReader;
    std::shared_ptr<const MappedFile> m_file;
    nlohmann::json m_metadata = nlohmann::json::object();
    std::map<std::string, GgufTensor> m_tensors;
};

} // namespace cutaway::weights
