// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/weights/safetensors.h"

#include <nlohmann/json_fwd.hpp>
#include <span>

namespace cutaway::weights {

/// Reads one file's header and checks every rule of the format against the file's real size: names, dtypes,
/// shapes, and that the data is covered exactly, without holes or overlap. Used by TensorTable.
class HeaderReader {
public:
    explicit HeaderReader(std::shared_ptr<const MappedFile> file) : m_file(std::move(file)) {}

    /// Errors: BadFile with the rule that is broken.
    Result<std::map<std::string, TensorEntry>> read(std::map<std::string, std::string>& metadata);

private:
    struct Extent {
        std::uint64_t begin, end;
        const std::string* name;
    };

    tl::unexpected<Error> refuse(const std::string& what) const;
    Result<nlohmann::json> readJson();
    Status readMetadata(const nlohmann::json& value, std::map<std::string, std::string>& metadata) const;
    Status checkName(const std::string& name) const;
    Result<TensorEntry> readEntry(const std::string& name, const nlohmann::json& value) const;
    Status checkCovered(std::vector<Extent>& extents) const;

    std::shared_ptr<const MappedFile> m_file;
    std::span<const std::byte> m_payload;
};

} // namespace cutaway::weights
