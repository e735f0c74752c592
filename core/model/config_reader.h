// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/architecture_spec.h"
#include "core/types/json_front.h"

#include <initializer_list>
#include <set>

namespace cutaway::model {

/// Reads a config.json so that a family file says each key once: the first error is kept and every later read
/// answers its fallback; status() is asked once at the end. Remembers which keys were read.
class ConfigReader {
public:
    explicit ConfigReader(const nlohmann::json& config) : m_config(config), m_object(config, "config.json") {}

    /// A whole number within [low, high]. Without a fallback the key is required.
    int integer(const std::string& key, std::optional<int> fallback, int low = 1, int high = 1 << 24);
    double number(const std::string& key, std::optional<double> fallback, double low, double high);
    bool boolean(const std::string& key, bool fallback);
    std::string string(const std::string& key, std::optional<std::string> fallback);
    bool has(const std::string& key) const { return m_object.has(key); }
    const nlohmann::json* find(const std::string& key); ///< null where absent or JSON null; counts as read
    /// `gelu_new`, `silu`, … ; anything else is refused by name.
    Activation activation(const std::string& key, const std::string& fallback);

    /// Records that these keys do not touch the forward.
    void ignore(std::initializer_list<const char*> keys);
    void ignorePrefix(const std::string& prefix) { m_ignoredPrefixes.push_back(prefix); }
    /// Refuses the config, naming key and value. Errors keep the first.
    void refuse(const std::string& key, const std::string& reason);
    void refuse(Error error);
    const nlohmann::json& document() const { return m_config; }
    /// Keys neither read nor ignored, in order.
    std::vector<std::string> unread() const;

    Status status() const;

private:
    template <class T> T take(const std::string& key, Result<T> value, T fallback);

    const nlohmann::json& m_config;
    JsonObject m_object;
    std::optional<Error> m_error;
    std::set<std::string> m_read;
    std::vector<std::string> m_ignoredPrefixes;
};

} // namespace cutaway::model
