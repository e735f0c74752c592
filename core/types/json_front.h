// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cutaway {

/// Caps on JSON that comes from outside, checked while it is read: nothing over them is ever built in memory.
struct JsonLimits {
    std::size_t bytes = 64U << 20U;      ///< whole document
    std::size_t depth = 64;              ///< nested arrays and objects
    std::size_t elements = 8U << 20U;    ///< values in all
    std::size_t stringBytes = 1U << 20U; ///< one string or key
    bool hugeIntegers =
        false; ///< whole numbers over 64 bits become the nearest double, else they are refused
};

/// The one front through which JSON from outside enters: caps, valid UTF-8, no duplicate keys, integers that
/// fit 64 bits, finite numbers. Errors: BadJson, naming the byte.
Result<nlohmann::json> parseJson(std::string_view text, const JsonLimits& limits,
                                 const std::string& operation);

/// The same front for CBOR (RFC 8949) from another process: byte strings and numbers that are not finite may
/// stand in it, tags may not. Errors: BadJson.
Result<nlohmann::json> parseCbor(std::string_view bytes, const JsonLimits& limits,
                                 const std::string& operation);

/// Reads a regular file of at most `maxBytes` whole. Folders, FIFOs, devices and symlink loops are refused.
/// Errors: FileNotFound, FileUnreadable, BadFile when it is larger.
Result<std::string> readFile(const std::filesystem::path& path, std::size_t maxBytes,
                             const std::string& operation);

/// readFile, then parseJson; messages name the file.
Result<nlohmann::json> readJsonFile(const std::filesystem::path& path, const JsonLimits& limits,
                                    const std::string& operation);

/// Typed access to an object's members with the key in the message. A null member counts as absent.
class JsonObject {
public:
    /// `object` must outlive this and be a JSON object; `where` names it in messages ("config.json").
    JsonObject(const nlohmann::json& object, std::string where)
        : m_object(object), m_where(std::move(where)) {}

    bool has(const std::string& key) const;
    const nlohmann::json* find(const std::string& key) const; ///< null where absent or JSON null
    Result<std::int64_t> integer(const std::string& key, std::optional<std::int64_t> fallback = {}) const;
    Result<double> number(const std::string& key, std::optional<double> fallback = {}) const;
    Result<bool> boolean(const std::string& key, std::optional<bool> fallback = {}) const;
    Result<std::string> string(const std::string& key, std::optional<std::string> fallback = {}) const;

private:
    tl::unexpected<Error> wrong(const std::string& key, const std::string& expected) const;

    const nlohmann::json& m_object;
    std::string m_where;
};

} // namespace cutaway
