// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace cutaway::weights {

/// A regular file mapped read-only. Shared: views into it keep it alive. Symlinks are followed; folders,
/// FIFOs and devices are refused.
class MappedFile {
public:
    /// Errors: FileNotFound, FileUnreadable.
    static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return {m_data, m_size}; }
    const std::filesystem::path& path() const { return m_path; }

private:
    MappedFile() = default;

    std::filesystem::path m_path;
    const std::byte* m_data = nullptr;
    std::size_t m_size = 0;
};

/// Lets go of mapped pages that were read and are not needed for now; they come from the file again when
/// touched.
void releasePages(const std::byte* data, std::size_t bytes);

} // namespace cutaway::weights
