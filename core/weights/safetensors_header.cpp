// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/safetensors_header.h"

#include "core/base/checked.h"
#include "core/types/json_front.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

static_assert(std::endian::native == std::endian::little, "safetensors payloads are read in place");

namespace cutaway::weights {

namespace {

constexpr std::uint64_t longestHeader = 100'000'000;
constexpr std::size_t mostTensors = 1'000'000;
constexpr std::size_t longestName = 1024;
constexpr std::size_t highestRank = 8;
constexpr std::int64_t largestNumber = std::int64_t{1} << 53U;

std::optional<std::int64_t> wholeNumber(const nlohmann::json& value) {
    if (!value.is_number_integer()) return std::nullopt;
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(largestNumber))
        return std::nullopt;
    const auto number = value.get<std::int64_t>();
    return number < 0 ? std::nullopt : std::optional(number);
}

} // namespace

tl::unexpected<Error> HeaderReader::refuse(const std::string& what) const {
    const std::string path = m_file->path().string();
    return fail(ErrorCode::BadFile, "read safetensors", path + " " + what, {{"path", path}});
}

Result<nlohmann::json> HeaderReader::readJson() {
    const auto bytes = m_file->bytes();
    if (bytes.size() < 8)
        return refuse("has " + std::to_string(bytes.size()) + " bytes, a header's length alone takes 8");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    const std::string says = "says its header has " + std::to_string(length) + " bytes, ";
    if (length > longestHeader)
        return refuse(says + "at most " + std::to_string(longestHeader) + " are read");
    if (length > bytes.size() - 8)
        return refuse(says + "the file has " + std::to_string(bytes.size() - 8) + " after the length");
    const std::string_view text(reinterpret_cast<const char*>(bytes.data() + 8), length);
    if (text.empty() || text.front() != '{') return refuse("has a header that does not begin with '{'");
    m_payload = bytes.subspan(8 + length);
    Result<nlohmann::json> header =
        parseJson(text, {longestHeader, 8, mostTensors * 16, 1U << 20U}, "read safetensors");
    if (!header) return refuse("has a header that cannot be read: " + header.error().message);
    if (header->size() > mostTensors + 1)
        return refuse("names " + std::to_string(header->size()) + " tensors, at most " +
                      std::to_string(mostTensors) + " are read");
    return header;
}

Result<std::map<std::string, TensorEntry>> HeaderReader::read(std::map<std::string, std::string>& metadata) {
    const Result<nlohmann::json> header = readJson();
    if (!header) return fail(header.error());
    std::map<std::string, TensorEntry> tensors;
    std::vector<Extent> extents;
    for (const auto& [name, value] : header->items()) {
        if (name == "__metadata__") {
            if (const Status s = readMetadata(value, metadata); !s) return fail(s.error());
            continue;
        }
        if (const Status s = checkName(name); !s) return fail(s.error());
        Result<TensorEntry> entry = readEntry(name, value);
        if (!entry) return fail(entry.error());
        const auto at = tensors.emplace(name, std::move(*entry)).first;
        const auto begin = static_cast<std::uint64_t>(at->second.data - m_payload.data());
        extents.push_back({begin, begin + at->second.bytes, &at->first});
    }
    if (const Status s = checkCovered(extents); !s) return fail(s.error());
    return tensors;
}

Status HeaderReader::readMetadata(const nlohmann::json& value,
                                  std::map<std::string, std::string>& metadata) const {
    if (!value.is_object()) return refuse("has a __metadata__ that is no map of texts");
    for (const auto& [key, text] : value.items()) {
        if (!text.is_string())
            return refuse("has a __metadata__ value that is no text: '" + key.substr(0, 80) + "'");
        metadata[key] = text.get<std::string>();
    }
    return {};
}

Status HeaderReader::checkName(const std::string& name) const {
    if (name.empty() || name.size() > longestName)
        return refuse("has a tensor name of " + std::to_string(name.size()) + " bytes, expected 1 to " +
                      std::to_string(longestName));
    const bool control =
        std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    if (control) return refuse("has a tensor name with control characters");
    return {};
}

Result<TensorEntry> HeaderReader::readEntry(const std::string& name, const nlohmann::json& value) const {
    const auto bad = [&](const std::string& what) {
        return refuse("breaks the format: tensor '" + name + "' " + what);
    };
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
        return bad("lacks dtype, shape or data_offsets");
    if (value.size() != 3) return bad("has more than dtype, shape and data_offsets");
    if (!value["dtype"].is_string()) return bad("has a dtype that is no text");
    const auto dtypeText = value["dtype"].get<std::string>();
    const std::optional<Dtype> dtype = dtypeFromName(dtypeText);
    if (!dtype) return bad("has the unknown dtype '" + dtypeText.substr(0, 40) + "'");
    const nlohmann::json& shape = value["shape"];
    if (!shape.is_array() || shape.size() > highestRank)
        return bad("has a shape that is no list of at most 8 sizes");
    TensorEntry entry;
    entry.dtype = *dtype;
    entry.file = m_file;
    std::optional<std::uint64_t> bytes = dtypeBytes(*dtype);
    for (const auto& item : shape) {
        const std::optional<std::int64_t> size = wholeNumber(item);
        if (!size) return bad("has a size in its shape that is no whole number from 0 to 2^53");
        entry.shape.push_back(*size);
        bytes = checkedMul(*bytes, static_cast<std::uint64_t>(*size));
        if (!bytes) return bad("has a shape whose product overflows");
    }
    const nlohmann::json& offsets = value["data_offsets"];
    const bool pair = offsets.is_array() && offsets.size() == 2;
    const std::optional<std::int64_t> begin = pair ? wholeNumber(offsets[0]) : std::nullopt;
    const std::optional<std::int64_t> end = pair ? wholeNumber(offsets[1]) : std::nullopt;
    if (!begin || !end) return bad("has data_offsets that are no two whole numbers");
    if (*begin > *end)
        return bad("begins at byte " + std::to_string(*begin) + ", after its end at " + std::to_string(*end));
    if (static_cast<std::uint64_t>(*end) > m_payload.size())
        return bad("ends at byte " + std::to_string(*end) + ", the data has " +
                   std::to_string(m_payload.size()));
    if (static_cast<std::uint64_t>(*end - *begin) != *bytes)
        return bad("takes " + std::to_string(*end - *begin) + " bytes, its shape and dtype make " +
                   std::to_string(*bytes));
    entry.data = m_payload.data() + *begin;
    entry.bytes = *bytes;
    return entry;
}

Status HeaderReader::checkCovered(std::vector<Extent>& extents) const {
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
        return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    std::uint64_t at = 0;
    for (const Extent& extent : extents) {
        if (extent.begin != at)
            return refuse(
                "breaks the format: " + std::string(extent.begin < at ? "an overlap" : "a hole in the data") +
                " before tensor '" + *extent.name + "'");
        at = extent.end;
    }
    if (at != m_payload.size())
        return refuse("has " + std::to_string(m_payload.size() - at) +
                      " trailing bytes after its last tensor");
    return {};
}

} // namespace cutaway::weights
