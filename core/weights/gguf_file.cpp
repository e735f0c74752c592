// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/gguf_file.h"

#include "core/base/checked.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>

namespace cutaway::weights {

namespace {

constexpr const char* operation = "read GGUF";
constexpr std::uint64_t mostKeys = 1U << 16U;
constexpr std::uint64_t mostTensors = 1U << 20U;
constexpr std::uint64_t mostElements = 1U << 24U; ///< of an array
constexpr std::uint64_t mostText = 1U << 24U;     ///< bytes
constexpr std::size_t longestName = 1024;         ///< bytes, of a key or a tensor
constexpr int deepest = 4;                        ///< arrays of arrays

/// Value types of the metadata, by number.
enum class ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

/// Thrown inside the reader alone; becomes an Error.
struct Broken {
    ErrorCode code;
    std::string message;
};

[[noreturn]] void refuse(const std::string& message, ErrorCode code = ErrorCode::BadFile) {
    throw Broken{code, message};
}

} // namespace

/// Walks the header front to back; every length is held against what is left before it is believed.
class GgufReader {
public:
    explicit GgufReader(std::shared_ptr<const MappedFile> file) : m_bytes(file->bytes()) {
        m_result.m_file = std::move(file);
    }

    GgufFile read() {
        readPreamble();
        for (std::uint64_t i = 0; i < m_keys; ++i)
            readPair();
        if (const auto split = m_result.m_metadata.find("split.count");
            split != m_result.m_metadata.end() && split->is_number() && *split > 1)
            refuse("'split.count' is " + split->dump() +
                       ": a model in several files is not read; join them with "
                       "llama.cpp's gguf-split --merge first",
                   ErrorCode::Unsupported);
        struct Place {
            std::string name;
            std::uint64_t offset;
        };
        std::vector<Place> places;
        for (std::uint64_t i = 0; i < m_count; ++i) {
            std::string name = nameOf("a tensor's name");
            places.push_back({name, readInfo(name)});
        }
        const std::size_t start = payloadStart();
        std::sort(places.begin(), places.end(),
                  [](const Place& a, const Place& b) { return a.offset < b.offset; });
        std::uint64_t end = 0;
        for (const Place& place : places) {
            GgufTensor& tensor = m_result.m_tensors.at(place.name);
            if (place.offset % m_alignment != 0)
                refuse("tensor '" + place.name + "' begins at " + std::to_string(place.offset) +
                       ", expected a multiple of " + std::to_string(m_alignment));
            if (place.offset < end) refuse("tensor '" + place.name + "' overlaps the one before it");
            const auto last = checkedAdd<std::uint64_t>(place.offset, tensor.bytes);
            if (!last || *last > m_bytes.size() - start)
                refuse("tensor '" + place.name + "' ends outside the file, which has " +
                       std::to_string(m_bytes.size()) + " bytes; it may be cut short");
            end = *last;
            tensor.data = m_bytes.data() + start + place.offset;
        }
        return std::move(m_result);
    }

private:
    template <class T> T number(const char* what) {
        if (m_bytes.size() - m_at < sizeof(T))
            refuse(std::string("the file ends inside ") + what + "; it may be cut short");
        T value{};
        std::memcpy(&value, m_bytes.data() + m_at, sizeof(T));
        m_at += sizeof(T);
        return value;
    }

    std::string text(const char* what) {
        const auto length = number<std::uint64_t>(what);
        if (length > mostText || length > m_bytes.size() - m_at)
            refuse(std::string(what) + " is " + std::to_string(length) +
                   " bytes long, more than the file has left");
        std::string value(reinterpret_cast<const char*>(m_bytes.data() + m_at),
                          static_cast<std::size_t>(length));
        m_at += static_cast<std::size_t>(length);
        return value;
    }

    /// A text that names something; values may hold anything.
    std::string nameOf(const char* what) {
        std::string name = text(what);
        if (name.empty() || name.size() > longestName)
            refuse(std::string(what) + " is " + std::to_string(name.size()) + " bytes long, expected 1 to " +
                   std::to_string(longestName));
        if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
            refuse(std::string(what) + " holds control characters");
        return name;
    }

    void readPreamble() {
        constexpr std::uint32_t magic = 0x46554747; // "GGUF"
        if (m_bytes.size() < 4 || number<std::uint32_t>("the magic") != magic) refuse("the file is no GGUF");
        const auto version = number<std::uint32_t>("the version");
        if (version == 0x02000000 || version == 0x03000000)
            refuse("the file is big-endian, little-endian ones are read", ErrorCode::Unsupported);
        if (version != 2 && version != 3)
            refuse("the file has GGUF version " + std::to_string(version) + ", 2 and 3 are read",
                   ErrorCode::Unsupported);
        m_count = number<std::uint64_t>("the number of tensors");
        m_keys = number<std::uint64_t>("the number of keys");
        if (m_count > mostTensors) refuse("it claims " + std::to_string(m_count) + " tensors");
        if (m_keys > mostKeys) refuse("it claims " + std::to_string(m_keys) + " keys");
    }

    void readPair() {
        const std::string key = nameOf("a key");
        nlohmann::json value = readValue(number<std::uint32_t>("a value's type"), 0);
        if (!m_result.m_metadata.emplace(key, std::move(value)).second)
            refuse("the key '" + key.substr(0, 80) + "' stands twice");
    }

    nlohmann::json readValue(std::uint32_t type, int depth) {
        switch (static_cast<ValueType>(type)) {
        case ValueType::U8:
            return number<std::uint8_t>("a value");
        case ValueType::I8:
            return number<std::int8_t>("a value");
        case ValueType::U16:
            return number<std::uint16_t>("a value");
        case ValueType::I16:
            return number<std::int16_t>("a value");
        case ValueType::U32:
            return number<std::uint32_t>("a value");
        case ValueType::I32:
            return number<std::int32_t>("a value");
        case ValueType::F32:
            return number<float>("a value");
        case ValueType::Bool:
            return number<std::uint8_t>("a value") != 0;
        case ValueType::String:
            return text("a text");
        case ValueType::Array:
            return readArray(depth);
        case ValueType::U64:
            return number<std::uint64_t>("a value");
        case ValueType::I64:
            return number<std::int64_t>("a value");
        case ValueType::F64:
            return number<double>("a value");
        }
        refuse("a value has the type " + std::to_string(type) + ", which is not known");
    }

    nlohmann::json readArray(int depth) {
        if (depth >= deepest) refuse("arrays are nested too deep");
        const auto type = number<std::uint32_t>("an array's type");
        const auto count = number<std::uint64_t>("an array's length");
        // The smallest element is a byte, so more than are left cannot be there.
        if (count > mostElements || count > m_bytes.size() - m_at || (m_elements += count) > mostElements)
            refuse("an array has " + std::to_string(count) + " elements, more than the file can hold");
        nlohmann::json array = nlohmann::json::array();
        array.get_ref<nlohmann::json::array_t&>().reserve(static_cast<std::size_t>(count));
        for (std::uint64_t i = 0; i < count; ++i)
            array.push_back(readValue(type, depth + 1));
        return array;
    }

    /// A tensor's shape and type; returns where its data begins.
    std::uint64_t readInfo(const std::string& name) {
        GgufTensor tensor;
        const auto axes = number<std::uint32_t>("a tensor's shape");
        if (axes == 0 || axes > 4)
            refuse("tensor '" + name.substr(0, 80) + "' has " + std::to_string(axes) +
                   " axes, expected 1 to 4");
        std::uint64_t elements = 1;
        for (std::uint32_t i = 0; i < axes; ++i) {
            const auto size = number<std::uint64_t>("a tensor's shape");
            const auto product = checkedMul(elements, size);
            if (size == 0 || !product || *product > (std::uint64_t{1} << 48U))
                refuse("tensor '" + name.substr(0, 80) + "' has a size that is 0 or absurd");
            elements = *product;
            tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(size));
        }
        const auto number_ = number<std::uint32_t>("a tensor's type");
        const auto type = ggmlType(number_);
        if (!type)
            refuse("tensor '" + name.substr(0, 80) + "' is stored as " + std::string(ggmlName(number_)) +
                       " (type " + std::to_string(number_) +
                       "); F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K, IQ4_NL and IQ4_XS are "
                       "read",
                   ErrorCode::Unsupported);
        const GgmlLayout layout = ggmlLayout(*type);
        if (static_cast<std::uint64_t>(tensor.shape.back()) % layout.elements != 0)
            refuse("tensor '" + name.substr(0, 80) + "' has rows of " + std::to_string(tensor.shape.back()) +
                   ", which blocks of " + std::to_string(layout.elements) + " do not fill");
        tensor.type = *type;
        tensor.bytes = static_cast<std::size_t>(elements / layout.elements * layout.bytes);
        const auto offset = number<std::uint64_t>("a tensor's place");
        if (!m_result.m_tensors.emplace(name, std::move(tensor)).second)
            refuse("tensor '" + name.substr(0, 80) + "' stands twice");
        return offset;
    }

    std::size_t payloadStart() {
        if (const auto own = m_result.m_metadata.find("general.alignment");
            own != m_result.m_metadata.end()) {
            if (!own->is_number_unsigned() || *own < 8 || *own > 65536 || own->get<std::uint64_t>() % 8 != 0)
                refuse("general.alignment is " + own->dump().substr(0, 40) + ", expected a multiple of 8");
            m_alignment = own->get<std::uint64_t>();
        }
        const std::size_t start = (m_at + m_alignment - 1) / m_alignment * m_alignment;
        if (m_count > 0 && start > m_bytes.size())
            refuse("the file ends before its data; it may be cut short");
        return std::min(start, m_bytes.size());
    }

    std::span<const std::byte> m_bytes;
    std::size_t m_at = 0;
    std::uint64_t m_count = 0, m_keys = 0, m_elements = 0, m_alignment = 32;
    GgufFile m_result;
};

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    if (!file) return fail(file.error());
    try {
        return GgufReader(std::move(*file)).read();
    } catch (const Broken& broken) {
        return fail(broken.code, operation, path.string() + ": " + broken.message, {{"path", path.string()}});
    }
}

bool GgufFile::isGguf(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::ifstream in(path, std::ios::binary);
    char magic[4] = {};
    return in.read(magic, 4) && std::string_view(magic, 4) == "GGUF";
}

} // namespace cutaway::weights
