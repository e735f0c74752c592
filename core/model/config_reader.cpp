// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config_reader.h"

#include <algorithm>
#include <array>

namespace cutaway::model {

namespace {

std::string shown(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 80);
}

constexpr std::array<std::pair<std::string_view, Activation>, 9> activations{
    {{"relu", Activation::Relu},
     {"gelu", Activation::GeluErf},
     {"gelu_new", Activation::GeluTanh},
     {"gelu_pytorch_tanh", Activation::GeluTanh},
     {"gelu_fast", Activation::GeluFast},
     {"silu", Activation::Silu},
     {"swish", Activation::Silu},
     {"solu_ln", Activation::SoluLn},
     {"gelu_erf", Activation::GeluErf}}};

} // namespace

template <class T> T ConfigReader::take(const std::string& key, Result<T> value, T fallback) {
    m_read.insert(key);
    if (value) return *value;
    Error error = value.error();
    error.code = ErrorCode::BadModel;
    refuse(std::move(error));
    return fallback;
}

int ConfigReader::integer(const std::string& key, std::optional<int> fallback, int low, int high) {
    const auto value = take<std::int64_t>(
        key, m_object.integer(key, fallback ? std::optional<std::int64_t>(*fallback) : std::nullopt), low);
    if (value >= low && value <= high) return static_cast<int>(value);
    refuse(key, "expected " + std::to_string(low) + " to " + std::to_string(high));
    return low;
}

double ConfigReader::number(const std::string& key, std::optional<double> fallback, double low, double high) {
    const auto value = take<double>(key, m_object.number(key, fallback), low);
    if (value >= low && value <= high) return value;
    refuse(key, "expected a number from " + shown(low) + " to " + shown(high));
    return low;
}

bool ConfigReader::boolean(const std::string& key, bool fallback) {
    return take<bool>(key, m_object.boolean(key, fallback), fallback);
}

std::string ConfigReader::string(const std::string& key, std::optional<std::string> fallback) {
    return take<std::string>(key, m_object.string(key, fallback), "");
}

const nlohmann::json* ConfigReader::find(const std::string& key) {
    m_read.insert(key);
    return m_object.find(key);
}

Activation ConfigReader::activation(const std::string& key, const std::string& fallback) {
    const std::string name = string(key, fallback);
    for (const auto& [known, activation] : activations)
        if (known == name) return activation;
    refuse(
        key,
        "this activation is not supported; relu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh and silu are");
    return Activation::Relu;
}

void ConfigReader::ignore(std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        m_read.insert(key);
}

void ConfigReader::refuse(const std::string& key, const std::string& reason) {
    const auto at = m_config.find(key);
    const std::string value = at == m_config.end() ? "missing" : shown(*at);
    refuse(Error{ErrorCode::Unsupported,
                 "read config.json",
                 "'" + key + "' is " + value + ": " + reason,
                 {{"key", key}, {"value", value}}});
}

void ConfigReader::refuse(Error error) {
    if (!m_error) m_error = std::move(error);
}

std::vector<std::string> ConfigReader::unread() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : m_config.items()) {
        const bool prefixed =
            std::any_of(m_ignoredPrefixes.begin(), m_ignoredPrefixes.end(),
                        [&, name = key](const std::string& prefix) { return name.starts_with(prefix); });
        if (!m_read.contains(key) && !prefixed) keys.push_back(key);
    }
    return keys;
}

Status ConfigReader::status() const {
    if (m_error) return fail(*m_error);
    return {};
}

} // namespace cutaway::model
