// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace cutaway::text {

/// Sorted texts and their ids, searched for those that a text begins with. Holds views: the texts outlive it.
class PrefixTable {
public:
    PrefixTable() = default;
    /// Of two equal texts the later counts.
    explicit PrefixTable(std::vector<std::pair<std::string_view, TokenId>> entries);

    /// The entries that share the bytes read so far.
    struct Range {
        std::size_t begin = 0, end = 0, depth = 0;
        bool empty() const { return begin == end; }
    };
    Range all() const { return {0, m_entries.size(), 0}; }
    /// Those of a range that go on with this byte.
    Range narrow(Range range, char byte) const;
    /// Those of a range that go on with this text.
    Range narrow(Range range, std::string_view text) const;
    /// The id of the entry that ends with the bytes read, or -1.
    TokenId ended(const Range& range) const;

private:
    std::vector<std::pair<std::string_view, TokenId>> m_entries;
};

} // namespace cutaway::text
