// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/prefix_table.h"

#include <algorithm>

namespace cutaway::text {

PrefixTable::PrefixTable(std::vector<std::pair<std::string_view, TokenId>> entries)
    : m_entries(std::move(entries)) {
    std::stable_sort(m_entries.begin(), m_entries.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    // Backwards, so that the later of equal texts stays.
    const auto kept = std::unique(m_entries.rbegin(), m_entries.rend(),
                                  [](const auto& a, const auto& b) { return a.first == b.first; });
    m_entries.erase(m_entries.begin(), kept.base());
}

PrefixTable::Range PrefixTable::narrow(Range range, char byte) const {
    const auto at = [&](std::size_t i) { return m_entries.begin() + static_cast<std::ptrdiff_t>(i); };
    const std::size_t depth = range.depth;
    if (ended(range) >= 0) ++range.begin; // the shortest stands first and goes no further
    if (range.end - range.begin == 1) {   // nearly always, some bytes into a text
        if (m_entries[range.begin].first[depth] != byte) return {};
        return {range.begin, range.end, depth + 1};
    }
    const auto wanted = static_cast<unsigned char>(byte);
    const auto byteOf = [depth](const auto& entry) { return static_cast<unsigned char>(entry.first[depth]); };
    const auto first = std::partition_point(at(range.begin), at(range.end),
                                            [&](const auto& e) { return byteOf(e) < wanted; });
    const auto last =
        std::partition_point(first, at(range.end), [&](const auto& e) { return byteOf(e) == wanted; });
    return {static_cast<std::size_t>(first - m_entries.begin()),
            static_cast<std::size_t>(last - m_entries.begin()), depth + 1};
}

PrefixTable::Range PrefixTable::narrow(Range range, std::string_view text) const {
    for (const char byte : text) {
        if (range.empty()) break;
        range = narrow(range, byte);
    }
    return range;
}

TokenId PrefixTable::ended(const Range& range) const {
    if (range.empty() || m_entries[range.begin].first.size() != range.depth) return -1;
    return m_entries[range.begin].second;
}

} // namespace cutaway::text
