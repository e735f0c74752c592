// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/safetensors.h"

#include "core/types/json_front.h"
#include "core/weights/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/evp.h>
#include <set>

namespace cutaway::weights {

namespace {

bool isPlainFileName(const std::string& name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

tl::unexpected<Error> noWeights(const std::filesystem::path& folder, const std::string& pickled) {
    if (!pickled.empty())
        return fail(
            ErrorCode::Unsupported, "open model",
            pickled +
                " is a pickle, which can run code and is never read; convert it once with transformers: "
                "AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True)",
            {{"path", folder.string()}});
    return fail(ErrorCode::FileNotFound, "open model",
                folder.string() + " holds no model.safetensors and no model.safetensors.index.json",
                {{"path", folder.string()}});
}

} // namespace

std::int64_t TensorEntry::elements() const {
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
        count *= size;
    return count;
}

Status TensorTable::addFile(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    if (!file) return fail(file.error());
    auto tensors = HeaderReader(*file).read(m_metadata);
    if (!tensors) return fail(tensors.error());
    m_files.push_back(*file);
    for (auto& [name, entry] : *tensors)
        if (!m_tensors.emplace(name, std::move(entry)).second)
            return fail(ErrorCode::BadFile, "read safetensors",
                        "tensor '" + name + "' stands in two shards, the second is " + path.string());
    return {};
}

Result<TensorTable> TensorTable::openFile(const std::filesystem::path& path) {
    TensorTable table;
    if (const Status s = table.addFile(path); !s) return fail(s.error());
    return table;
}

Result<TensorTable> TensorTable::openFolder(const std::filesystem::path& folder) {
    std::error_code ignored;
    const auto exists = [&](const std::filesystem::path& path) {
        return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
    };
    if (exists(folder / "model.safetensors")) return openFile(folder / "model.safetensors");
    if (exists(folder / "model.safetensors.index.json"))
        return openShards(folder / "model.safetensors.index.json");
    std::vector<std::filesystem::path> found;
    std::string pickled;
    for (const auto& item : std::filesystem::directory_iterator(folder, ignored)) {
        const std::string extension = item.path().extension().string();
        if (extension == ".safetensors") found.push_back(item.path());
        if (extension == ".bin" || extension == ".pt" || extension == ".pth")
            pickled = item.path().filename().string();
    }
    if (found.size() == 1) return openFile(found.front());
    return noWeights(folder, pickled);
}

Result<TensorTable> TensorTable::openShards(const std::filesystem::path& index) {
    const Result<nlohmann::json> document = readJsonFile(index, {}, "read shard index");
    if (!document) return fail(document.error());
    const auto refuse = [&](const std::string& what) {
        return fail(ErrorCode::BadFile, "read shard index", index.string() + " " + what,
                    {{"path", index.string()}});
    };
    if (!document->is_object() || !document->contains("weight_map") || !(*document)["weight_map"].is_object())
        return refuse("has no weight_map");
    const nlohmann::json& map = (*document)["weight_map"];
    std::set<std::string> shards;
    for (const auto& [name, file] : map.items()) {
        if (!file.is_string()) return refuse("maps '" + name + "' to something that is no file name");
        if (!isPlainFileName(file.get<std::string>()))
            return refuse("names the shard '" + file.get<std::string>() +
                          "', expected a plain file name beside it");
        shards.insert(file.get<std::string>());
    }
    TensorTable table;
    for (const std::string& shard : shards) {
        std::error_code ignored;
        const std::filesystem::path path = index.parent_path() / shard;
        if (!std::filesystem::exists(path, ignored))
            return refuse("names the shard '" + shard + "', which is not there");
        if (const Status s = table.addFile(path); !s) return fail(s.error());
    }
    for (const auto& [name, file] : map.items()) {
        const TensorEntry* entry = table.find(name);
        if (entry == nullptr || entry->file->path().filename() != file.get<std::string>())
            return refuse("says tensor '" + name + "' is in " + file.get<std::string>() + ", it is not");
    }
    return table;
}

TensorTable TensorTable::fromGguf(
    const GgufFile& file,
    const std::function<std::optional<std::string>(const std::string&, TensorEntry&)>& rename) {
    TensorTable table;
    table.m_files.push_back(file.file());
    for (const auto& [name, tensor] : file.tensors()) {
        TensorEntry entry{Dtype::F32, tensor.shape, tensor.data, tensor.bytes, file.file(), {}, false, 0};
        switch (tensor.type) {
        case GgmlType::F32:
            break;
        case GgmlType::F16:
            entry.dtype = Dtype::F16;
            break;
        case GgmlType::BF16:
            entry.dtype = Dtype::BF16;
            break;
        case GgmlType::F64:
            entry.dtype = Dtype::F64;
            break;
        default:
            entry.block = tensor.type;
        }
        if (const std::optional<std::string> own = rename(name, entry))
            table.m_tensors[*own] = std::move(entry);
    }
    return table;
}

const TensorEntry* TensorTable::find(const std::string& name) const {
    const auto at = m_tensors.find(name);
    return at == m_tensors.end() ? nullptr : &at->second;
}

std::size_t TensorTable::storedBytes() const {
    std::size_t bytes = 0;
    for (const auto& [name, entry] : m_tensors)
        bytes += entry.bytes;
    return bytes;
}

Result<std::string> TensorTable::hash(const ProgressSink& progress, const CancelToken& cancel) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
        return fail(ErrorCode::Internal, "hash weights", "SHA-256 is not available");
    auto files = m_files;
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a->path().filename() < b->path().filename(); });
    std::int64_t total = 0;
    for (const auto& file : files)
        total += static_cast<std::int64_t>(file->bytes().size());
    std::int64_t done = 0;
    constexpr std::size_t chunk = 8U << 20U;
    for (const auto& file : files)
        for (std::size_t at = 0; at < file->bytes().size(); at += chunk) {
            if (cancel.cancelled()) return fail(ErrorCode::Cancelled, "hash weights", "stopped");
            const auto part = file->bytes().subspan(at, std::min(chunk, file->bytes().size() - at));
            EVP_DigestUpdate(context.get(), part.data(), part.size());
            releasePages(part.data(), part.size());
            done += static_cast<std::int64_t>(part.size());
            if (progress) progress({"hashing weights", done, total});
        }
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += "0123456789abcdef"[byte >> 4U];
        hex += "0123456789abcdef"[byte & 15U];
    }
    return hex;
}

std::vector<std::int64_t> TensorTable::toIds(const TensorEntry& entry) {
    std::vector<std::int64_t> ids(entry.bytes / sizeof(std::int64_t));
    if (!ids.empty()) std::memcpy(ids.data(), entry.data, ids.size() * sizeof(std::int64_t));
    return ids;
}

HostTensor TensorTable::toHost(const TensorEntry& entry) {
    HostTensor tensor{entry.shape, {}, {}};
    const auto count = static_cast<std::size_t>(entry.elements());
    const std::size_t width = dtypeBytes(entry.dtype);
    tensor.values.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        tensor.values[i] = toFloat(entry.dtype, entry.data + i * width);
    return tensor;
}

} // namespace cutaway::weights
