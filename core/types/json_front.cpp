// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/json_front.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace cutaway {

namespace {

using nlohmann::json;

/// Builds a document while it counts: depth, elements, string sizes, keys of each open object.
class CappedBuilder : public nlohmann::json_sax<json> {
public:
    enum class Format { Json, Cbor };
    explicit CappedBuilder(const JsonLimits& limits, Format format = Format::Json)
        : m_limits(limits), m_cbor(format == Format::Cbor) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& text) override {
        if (m_cbor) return add(value);
        if (!std::isfinite(value)) return stop("the number " + text.substr(0, 40) + " is out of range");
        if (!m_limits.hugeIntegers && text.find_first_of(".eE") == std::string::npos)
            return stop("the whole number " + text.substr(0, 40) + " does not fit 64 bits");
        return add(value);
    }
    bool string(string_t& value) override {
        if (value.size() > m_limits.stringBytes)
            return stop("a string has " + std::to_string(value.size()) + " bytes, at most " +
                        std::to_string(m_limits.stringBytes) + " are read");
        return add(std::move(value));
    }
    bool binary(binary_t& value) override {
        if (!m_cbor) return stop("binary values are not JSON");
        return add(json(std::move(value)));
    }
    bool key(string_t& name) override {
        if (name.size() > m_limits.stringBytes)
            return stop("a key has " + std::to_string(name.size()) + " bytes");
        if (!m_keys.back().insert(name).second)
            return stop("the key '" + name.substr(0, 80) + "' stands twice in one object");
        m_key = std::move(name);
        return true;
    }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        if (m_problem.empty()) {
            std::string what = error.what();
            if (const std::size_t end = what.find("] "); end != std::string::npos)
                what = what.substr(end + 2);
            m_problem = "byte " + std::to_string(position) + ": " + what.substr(0, 200);
        }
        return false;
    }

    json take() { return std::move(m_root); }
    const std::string& problem() const { return m_problem; }

private:
    bool stop(const std::string& problem) {
        m_problem = problem;
        return false;
    }
    json* place(json&& value) {
        if (m_open.empty()) {
            m_root = std::move(value);
            return &m_root;
        }
        json& parent = *m_open.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        return &(parent[m_key] = std::move(value));
    }
    bool add(json&& value) {
        if (++m_elements > m_limits.elements)
            return stop("it holds more than " + std::to_string(m_limits.elements) + " values");
        place(std::move(value));
        return true;
    }
    bool open(json&& container) {
        if (m_open.size() >= m_limits.depth)
            return stop("it is nested deeper than " + std::to_string(m_limits.depth));
        if (++m_elements > m_limits.elements)
            return stop("it holds more than " + std::to_string(m_limits.elements) + " values");
        m_open.push_back(place(std::move(container)));
        m_keys.emplace_back();
        return true;
    }
    bool close() {
        m_open.pop_back();
        m_keys.pop_back();
        return true;
    }

    JsonLimits m_limits;
    bool m_cbor;
    json m_root;
    std::vector<json*> m_open;
    std::vector<std::set<std::string>> m_keys;
    std::string m_key;
    std::size_t m_elements = 0;
    std::string m_problem;
};

} // namespace

Result<json> parseJson(std::string_view text, const JsonLimits& limits, const std::string& operation) {
    if (text.size() > limits.bytes)
        return fail(ErrorCode::BadJson, operation,
                    "the JSON has " + std::to_string(text.size()) + " bytes, at most " +
                        std::to_string(limits.bytes) + " are read");
    CappedBuilder builder(limits);
    try {
        if (!json::sax_parse(text.begin(), text.end(), &builder))
            return fail(ErrorCode::BadJson, operation, "not valid JSON: " + builder.problem());
        return builder.take();
    } catch (const std::exception& error) {
        return fail(ErrorCode::BadJson, operation, std::string("not valid JSON: ") + error.what());
    }
}

Result<json> parseCbor(std::string_view bytes, const JsonLimits& limits, const std::string& operation) {
    if (bytes.size() > limits.bytes)
        return fail(ErrorCode::BadJson, operation,
                    "the CBOR has " + std::to_string(bytes.size()) + " bytes, at most " +
                        std::to_string(limits.bytes) + " are read");
    CappedBuilder builder(limits, CappedBuilder::Format::Cbor);
    try {
        if (!json::sax_parse(bytes.begin(), bytes.end(), &builder, json::input_format_t::cbor))
            return fail(ErrorCode::BadJson, operation, "not valid CBOR: " + builder.problem());
        return builder.take();
    } catch (const std::exception& error) {
        return fail(ErrorCode::BadJson, operation, std::string("not valid CBOR: ") + error.what());
    }
}

Result<std::string> readFile(const std::filesystem::path& path, std::size_t maxBytes,
                             const std::string& operation) {
    const std::string name = path.string();
    const auto unreadable = [&](const std::string& why) {
        return fail(errno == ENOENT ? ErrorCode::FileNotFound : ErrorCode::FileUnreadable, operation,
                    name + " " + why, {{"path", name}});
    };
    // O_NONBLOCK: opening a FIFO without a writer must not wait; it is refused below.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return unreadable(std::string("cannot be opened: ") + std::strerror(errno));
    struct Closer {
        int descriptor;
        ~Closer() { ::close(descriptor); }
    } closer{file};
    struct stat facts {};
    if (::fstat(file, &facts) != 0) return unreadable(std::string("cannot be read: ") + std::strerror(errno));
    errno = 0;
    if (!S_ISREG(facts.st_mode))
        return unreadable(S_ISDIR(facts.st_mode) ? "is a folder, expected a file" : "is no regular file");
    const auto size = static_cast<std::size_t>(facts.st_size);
    if (size > maxBytes)
        return fail(ErrorCode::BadFile, operation,
                    name + " has " + std::to_string(size) + " bytes, at most " + std::to_string(maxBytes) +
                        " are read",
                    {{"path", name}});
    std::string bytes(size, '\0');
    std::size_t at = 0;
    while (at < size) {
        const ssize_t got = ::read(file, bytes.data() + at, size - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(std::string("cannot be read: ") + std::strerror(errno));
        if (got == 0) break;
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
}

Result<json> readJsonFile(const std::filesystem::path& path, const JsonLimits& limits,
                          const std::string& operation) {
    const Result<std::string> text = readFile(path, limits.bytes, operation);
    if (!text) return fail(text.error());
    Result<json> document = parseJson(*text, limits, operation);
    if (!document) {
        Error error = document.error();
        error.message = path.string() + ": " + error.message;
        error.context["path"] = path.string();
        return fail(std::move(error));
    }
    return document;
}

const json* JsonObject::find(const std::string& key) const {
    const auto at = m_object.find(key);
    return at == m_object.end() || at->is_null() ? nullptr : &*at;
}

bool JsonObject::has(const std::string& key) const {
    return find(key) != nullptr;
}

tl::unexpected<Error> JsonObject::wrong(const std::string& key, const std::string& expected) const {
    const json* value = find(key);
    return fail(ErrorCode::BadJson, "read " + m_where,
                value ? "'" + key + "' is " +
                            value->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80) +
                            ", expected " + expected
                      : "'" + key + "' is missing, expected " + expected,
                {{"key", key}});
}

Result<std::int64_t> JsonObject::integer(const std::string& key, std::optional<std::int64_t> fallback) const {
    const json* value = find(key);
    if (!value && fallback) return *fallback;
    if (!value || !value->is_number_integer() ||
        (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX))
        return wrong(key, "a whole number");
    return value->get<std::int64_t>();
}

Result<double> JsonObject::number(const std::string& key, std::optional<double> fallback) const {
    const json* value = find(key);
    if (!value && fallback) return *fallback;
    if (!value || !value->is_number()) return wrong(key, "a number");
    return value->get<double>();
}

Result<bool> JsonObject::boolean(const std::string& key, std::optional<bool> fallback) const {
    const json* value = find(key);
    if (!value && fallback) return *fallback;
    if (!value || !value->is_boolean()) return wrong(key, "true or false");
    return value->get<bool>();
}

Result<std::string> JsonObject::string(const std::string& key, std::optional<std::string> fallback) const {
    const json* value = find(key);
    if (!value && fallback) return *fallback;
    if (!value || !value->is_string()) return wrong(key, "a text");
    return value->get<std::string>();
}

} // namespace cutaway
