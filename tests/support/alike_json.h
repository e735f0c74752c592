// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace cutaway::tests {

/// Alike but for rounding: two processes need not lay their arrays out alike, and sums follow the layout.
/// Numbers within 1e-5 of max(1, their size), everything else the same.
inline bool alike(const QJsonValue& a, const QJsonValue& b) {
    if (a.type() != b.type()) return false;
    if (a.isDouble())
        return std::abs(a.toDouble() - b.toDouble()) <= 1e-5 * std::max(1.0, std::abs(b.toDouble()));
    if (a.isArray()) {
        const QJsonArray x = a.toArray(), y = b.toArray();
        return x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), alike);
    }
    if (!a.isObject()) return a == b;
    const QJsonObject x = a.toObject(), y = b.toObject();
    const QStringList keys = x.keys();
    return keys == y.keys() &&
           std::all_of(keys.begin(), keys.end(), [&](const QString& key) { return alike(x[key], y[key]); });
}

} // namespace cutaway::tests
