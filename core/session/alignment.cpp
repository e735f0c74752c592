// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/alignment.h"

#include <algorithm>
#include <cstddef>

namespace cutaway::session {

namespace {

constexpr std::size_t mostPairs = std::size_t(4) << 20U;

/// Matches [begin, fromEnd) with [begin, toEnd) by a longest common subsequence.
void matchMiddle(const std::vector<TokenId>& from, const std::vector<TokenId>& to, std::size_t begin,
                 std::size_t fromEnd, std::size_t toEnd, std::vector<int>& wentTo) {
    const std::size_t rows = fromEnd - begin, cols = toEnd - begin;
    if (rows == 0 || cols == 0 || rows > mostPairs / cols) return;
    // longest[i][j]: of what is left from i and j on.
    std::vector<int> longest((rows + 1) * (cols + 1), 0);
    const auto at = [&](std::size_t i, std::size_t j) -> int& { return longest[i * (cols + 1) + j]; };
    for (std::size_t i = rows; i-- > 0;)
        for (std::size_t j = cols; j-- > 0;)
            at(i, j) = from[begin + i] == to[begin + j] ? at(i + 1, j + 1) + 1
                                                        : std::max(at(i + 1, j), at(i, j + 1));
    for (std::size_t i = 0, j = 0; i < rows && j < cols;) {
        if (from[begin + i] == to[begin + j]) {
            wentTo[begin + i++] = static_cast<int>(begin + j++);
        } else if (at(i + 1, j) >= at(i, j + 1)) {
            ++i;
        } else {
            ++j;
        }
    }
}

std::optional<int> moved(int position, const std::vector<int>& wentTo) {
    if (position < 0) return position; // from the end, or `*`
    if (position >= static_cast<int>(wentTo.size())) return std::nullopt;
    const int to = wentTo[static_cast<std::size_t>(position)];
    return to < 0 ? std::nullopt : std::optional(to);
}

} // namespace

std::vector<int> alignTokens(const std::vector<TokenId>& from, const std::vector<TokenId>& to) {
    std::vector<int> wentTo(from.size(), -1);
    const std::size_t shorter = std::min(from.size(), to.size());
    std::size_t begin = 0;
    while (begin < shorter && from[begin] == to[begin]) {
        wentTo[begin] = static_cast<int>(begin);
        ++begin;
    }
    std::size_t behind = 0;
    while (behind < shorter - begin && from[from.size() - 1 - behind] == to[to.size() - 1 - behind]) {
        wentTo[from.size() - 1 - behind] = static_cast<int>(to.size() - 1 - behind);
        ++behind;
    }
    matchMiddle(from, to, begin, from.size() - behind, to.size() - behind, wentTo);
    return wentTo;
}

PositionMap tieTokens(const std::vector<TokenId>& own, const std::vector<TokenId>& donor) {
    std::vector<int> donorOf = alignTokens(own, donor);
    // Between two matches the rest is tied from behind.
    int ownNext = static_cast<int>(own.size()), donorNext = static_cast<int>(donor.size());
    for (int i = ownNext - 1; i >= -1; --i) {
        const int match = i < 0 ? -1 : donorOf[static_cast<std::size_t>(i)];
        if (i >= 0 && match < 0) continue;
        for (int o = ownNext - 1, d = donorNext - 1; o > i && d > match; --o, --d)
            donorOf[static_cast<std::size_t>(o)] = d;
        ownNext = i;
        donorNext = match;
    }
    return mapOf(donorOf);
}

PositionMap mapOf(const std::vector<int>& donorOf) {
    PositionMap map;
    for (std::size_t own = 0; own < donorOf.size(); ++own) {
        if (donorOf[own] < 0) continue;
        const int position = static_cast<int>(own);
        if (!map.ranges.empty()) {
            PositionMap::Range& last = map.ranges.back();
            if (last.own + last.length == position && last.donor + last.length == donorOf[own]) {
                ++last.length;
                continue;
            }
        }
        map.ranges.push_back({position, donorOf[own], 1});
    }
    return map;
}

std::vector<int> donorPositions(const PositionMap& map, int length) {
    std::vector<int> donorOf(static_cast<std::size_t>(std::max(length, 0)), -1);
    for (const PositionMap::Range& range : map.ranges)
        for (int i = 0; i < range.length; ++i) {
            const int own = range.own + i;
            if (own >= 0 && own < length) donorOf[static_cast<std::size_t>(own)] = range.donor + i;
        }
    return donorOf;
}

bool namesPositions(const Cut& cut) {
    const bool edge = std::any_of(cut.targets.begin(), cut.targets.end(), [](const Target& t) {
        return t.kind == TargetKind::Edge && (t.query >= 0 || t.key >= 0);
    });
    const bool at =
        std::any_of(cut.positions.items.begin(), cut.positions.items.end(), [](const PositionItem& item) {
            return item.first >= 0 || (item.kind == PositionItem::Kind::Range && item.last >= 0);
        });
    return edge || at || !cut.map.ranges.empty();
}

std::optional<Cut> movedCut(Cut cut, const std::vector<int>& wentTo) {
    for (Target& target : cut.targets) {
        if (target.kind != TargetKind::Edge) continue;
        const auto query = moved(target.query, wentTo), key = moved(target.key, wentTo);
        if (!query || !key) return std::nullopt;
        target.query = *query;
        target.key = *key;
    }
    if (cut.positions.kind == Positions::Kind::Items) {
        std::vector<PositionItem> items;
        for (const PositionItem& item : cut.positions.items) {
            const bool range = item.kind == PositionItem::Kind::Range;
            if (item.first < 0 || (range && item.last < 0)) {
                items.push_back(item);
                continue;
            }
            // Each position by itself: what was together may have been pulled apart.
            for (int own = item.first, last = range ? item.last : item.first; own <= last; ++own) {
                const auto to = moved(own, wentTo);
                if (!to) return std::nullopt;
                if (own > item.first) {
                    PositionItem& before = items.back();
                    const int end = before.kind == PositionItem::Kind::Range ? before.last : before.first;
                    if (end + 1 == *to) {
                        before.kind = PositionItem::Kind::Range;
                        before.last = *to;
                        continue;
                    }
                }
                items.push_back({PositionItem::Kind::Single, *to, 0});
            }
        }
        cut.positions.items = std::move(items);
    }
    if (!cut.map.ranges.empty()) {
        const int length = static_cast<int>(wentTo.size());
        std::vector<std::pair<int, int>> ties;
        for (const PositionMap::Range& range : cut.map.ranges)
            for (int i = 0; i < range.length; ++i) {
                const auto to = range.own + i < length ? moved(range.own + i, wentTo) : std::nullopt;
                if (!to) return std::nullopt;
                ties.emplace_back(*to, range.donor + i);
            }
        int most = 0;
        for (const auto& tie : ties)
            most = std::max(most, tie.first + 1);
        std::vector<int> donorOf(static_cast<std::size_t>(most), -1);
        for (const auto& [own, donor] : ties)
            donorOf[static_cast<std::size_t>(own)] = donor;
        cut.map = mapOf(donorOf);
    }
    return cut;
}

} // namespace cutaway::session
