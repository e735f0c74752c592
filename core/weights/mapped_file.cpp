// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/mapped_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cutaway::weights {

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
    const std::string name = path.string();
    const auto refuse = [&](ErrorCode code, const std::string& why) {
        return fail(code, "read weights", name + " " + why, {{"path", name}});
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return refuse(errno == ENOENT ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable,
                      std::string("cannot be opened: ") + std::strerror(errno));
    struct stat facts {};
    const bool known = ::fstat(file, &facts) == 0;
    if (!known || !S_ISREG(facts.st_mode)) {
        ::close(file);
        return refuse(ErrorCode::FileUnreadable, known && S_ISDIR(facts.st_mode)
                                                     ? "is a folder, expected a file"
                                                     : "is no regular file");
    }
    std::shared_ptr<MappedFile> mapped(new MappedFile);
    mapped->m_path = path;
    mapped->m_size = static_cast<std::size_t>(facts.st_size);
    if (mapped->m_size > 0) {
        void* data = ::mmap(nullptr, mapped->m_size, PROT_READ, MAP_PRIVATE, file, 0);
        const int problem = errno;
        if (data == MAP_FAILED) {
            ::close(file);
            return refuse(ErrorCode::FileUnreadable,
                          std::string("cannot be mapped: ") + std::strerror(problem));
        }
        mapped->m_data = static_cast<const std::byte*>(data);
    }
    ::close(file);
    return mapped;
}

MappedFile::~MappedFile() {
    if (m_data != nullptr) ::munmap(const_cast<std::byte*>(m_data), m_size);
}

void releasePages(const std::byte* data, std::size_t bytes) {
    // Whole pages inside the range only: neighbours may still be read.
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(data) + page - 1) / page * page;
    const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / page * page;
    if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

} // namespace cutaway::weights
