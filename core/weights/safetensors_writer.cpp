// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/safetensors.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace cutaway::weights {

namespace {

/// A file that becomes `path` on commit() and vanishes otherwise.
class WholeFile {
public:
    explicit WholeFile(const std::filesystem::path& path)
        : m_path(target(path)), m_temporary(m_path.string() + ".part-" + std::to_string(::getpid())),
          m_file(::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {}
    ~WholeFile() {
        if (m_file >= 0) ::close(m_file);
        if (!m_committed) ::unlink(m_temporary.c_str());
    }
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    bool isOpen() const { return m_file >= 0; }
    bool write(const void* data, std::size_t size) {
        const auto* bytes = static_cast<const char*>(data);
        while (size > 0) {
            const ssize_t written = ::write(m_file, bytes, size);
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return false;
            bytes += written;
            size -= static_cast<std::size_t>(written);
        }
        return true;
    }
    bool commit() {
        if (::fsync(m_file) != 0) return false;
        m_committed = ::rename(m_temporary.c_str(), m_path.c_str()) == 0;
        return m_committed;
    }

private:
    /// A link stays and what it leads to is replaced.
    static std::filesystem::path target(const std::filesystem::path& path) {
        std::error_code error;
        const std::filesystem::path real = std::filesystem::canonical(path, error);
        return error ? path : real;
    }

    std::filesystem::path m_path;
    std::string m_temporary;
    int m_file = -1;
    bool m_committed = false;
};

std::size_t payloadBytes(const HostTensor& tensor, WriteAs as) {
    return tensor.isIntegral() ? tensor.ids.size() * 8 : tensor.values.size() * (as == WriteAs::BF16 ? 2 : 4);
}

bool writePayload(WholeFile& file, const HostTensor& tensor, WriteAs as) {
    if (tensor.isIntegral()) return file.write(tensor.ids.data(), tensor.ids.size() * 8);
    if (as == WriteAs::F32) return file.write(tensor.values.data(), tensor.values.size() * 4);
    std::vector<std::uint16_t> halves(tensor.values.size());
    for (std::size_t i = 0; i < halves.size(); ++i)
        halves[i] = toBFloat16(tensor.values[i]);
    return file.write(halves.data(), halves.size() * 2);
}

} // namespace

Status writeSafetensors(const std::filesystem::path& path, const std::map<std::string, HostTensor>& tensors,
                        const std::map<std::string, std::string>& metadata, WriteAs as) {
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::size_t at = 0;
    for (const auto& [name, tensor] : tensors) {
        const std::size_t bytes = payloadBytes(tensor, as);
        header[name] = {{"dtype", tensor.isIntegral()   ? "I64"
                                  : as == WriteAs::BF16 ? "BF16"
                                                        : "F32"},
                        {"shape", tensor.shape},
                        {"data_offsets", {at, at + bytes}}};
        at += bytes;
    }
    std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' '); // the payload begins aligned
    const std::uint64_t length = text.size();
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored))
        return fail(ErrorCode::FileUnwritable, "write safetensors",
                    path.string() + " is a folder, a device or a pipe, expected a file",
                    {{"path", path.string()}});
    WholeFile file(path);
    const auto failed = [&] {
        return fail(ErrorCode::FileUnwritable, "write safetensors",
                    path.string() + " cannot be written: " + std::strerror(errno), {{"path", path.string()}});
    };
    if (!file.isOpen() || !file.write(&length, 8) || !file.write(text.data(), text.size())) return failed();
    for (const auto& [name, tensor] : tensors)
        if (!writePayload(file, tensor, as)) return failed();
    if (!file.commit()) return failed();
    return {};
}

} // namespace cutaway::weights
