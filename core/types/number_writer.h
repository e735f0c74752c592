// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/json_codec.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace cutaway {

/// Writes numbers into a reply and collects what JSON cannot say: NaN and infinities become null and are
/// named in the reply's warnings.
class NumberWriter {
public:
    /// `name` says in words which number it is, for the warning.
    Json write(double value, const std::string& name) {
        if (std::isfinite(value)) return value;
        m_warnings.push_back(name + " is " +
                             (std::isnan(value) ? "not a number"
                              : value > 0       ? "infinite"
                                                : "minus infinity"));
        return nullptr;
    }
    Json write(const std::optional<double>& value, const std::string& name) {
        return value ? write(*value, name) : Json(nullptr);
    }
    /// A warning for each number that was not finite, in the order they were written.
    const std::vector<std::string>& warnings() const { return m_warnings; }

private:
    std::vector<std::string> m_warnings;
};

} // namespace cutaway
