// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/types/host_tensor.h"
#include "core/weights/dtype.h"
#include "core/weights/gguf_file.h"
#include "core/weights/mapped_file.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::weights {

/// Where one tensor lies in a mapped file. `data` may be misaligned.
struct TensorEntry {
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape;
    const std::byte* data = nullptr;
    std::size_t bytes = 0;
    std::shared_ptr<const MappedFile> file;
    std::optional<GgmlType> block; ///< quantised: blocks of this type, whatever dtype says
    bool transposed = false;       ///< of two axes: the file holds them the other way round
    int pairedHeads = 0; ///< rows of each of so many heads stand as pairs (i, i + dh/2), one behind the other

    std::int64_t elements() const;
};

/// Every tensor of a model by name: one safetensors file, or the shards that an index names. Only headers are
/// read; payloads stay mapped.
class TensorTable {
public:
    /// One file. Errors: BadFile with the rule that is broken, FileNotFound, FileUnreadable.
    static Result<TensorTable> openFile(const std::filesystem::path& path);
    /// `model.safetensors`, else the shards of `model.safetensors.index.json`, else the folder's only
    /// `*.safetensors`. Pickled weights are refused with the way to convert them.
    static Result<TensorTable> openFolder(const std::filesystem::path& folder);

    /// A GGUF file's tensors under the names that `rename` gives them; nothing: the tensor is left out.
    /// `rename` may set what is said of how it lies. Precondition: no two get one name.
    static TensorTable
    fromGguf(const GgufFile& file,
             const std::function<std::optional<std::string>(const std::string&, TensorEntry&)>& rename);

    const std::map<std::string, TensorEntry>& tensors() const { return m_tensors; }
    const TensorEntry* find(const std::string& name) const;
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    std::size_t storedBytes() const; ///< payload of all tensors

    /// SHA-256 over the files' bytes in order of their names, lower-case hex. Errors: Cancelled.
    Result<std::string> hash(const ProgressSink& progress, const CancelToken& cancel) const;

    /// The tensor as floats, row-major.
    static HostTensor toHost(const TensorEntry& entry);
    /// A list of I64 as it is stored. Precondition: entry.dtype is I64.
    static std::vector<std::int64_t> toIds(const TensorEntry& entry);

private:
    Status addFile(const std::filesystem::path& path);
    static Result<TensorTable> openShards(const std::filesystem::path& index);

    std::map<std::string, TensorEntry> m_tensors;
    std::map<std::string, std::string> m_metadata;
    std::vector<std::shared_ptr<const MappedFile>> m_files;
};

/// How floats are stored when a file is written.
enum class WriteAs { F32, BF16 };

/// Writes arrays (floats as `as`, ids as I64) under their names: whole or not at all, through a temporary
/// file beside `path`. Errors: FileUnwritable.
Status writeSafetensors(const std::filesystem::path& path, const std::map<std::string, HostTensor>& tensors,
                        const std::map<std::string, std::string>& metadata = {}, WriteAs as = WriteAs::F32);

} // namespace cutaway::weights
