// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"

#include <set>
#include <string>
#include <string_view>

namespace cutaway {

/// Recursive descent over the text form of one cut. Used through parseCut(); one instance reads one text.
/// Spaces between words are passed over.
class CutParser {
public:
    explicit CutParser(std::string_view text) : m_text(text) {}

    /// Errors: BadCut with `context["column"]`, 1-based.
    Result<Cut> parse();

private:
    Status parseKind(Cut& cut);
    Status parseArguments(Cut& cut);
    Status parseArgument(Cut& cut, int& place);
    Status assign(Cut& cut, std::string_view name, const std::string& value, std::size_t column);
    Status assignPositional(Cut& cut, int place, const std::string& value, std::size_t column);
    Status parseTargets(Cut& cut);
    Result<Target> parseTarget();
    Result<Target> parseShort(std::string_view name, std::size_t column);
    Result<Target> parseLayerTarget(std::string_view name, std::size_t column);
    Status parseEdge(Target& target);
    Status parseHookIndex(Target& target);
    Status parsePositions(Positions& positions);
    Result<PositionItem> parseItem();
    Status parseMap(const std::string& text, std::size_t column, PositionMap& map) const;

    Result<std::string> readValue();
    Result<int> readIndexOrStar();
    Result<int> readWhole(std::string_view what);
    std::string_view readWord(std::string_view extra);
    void skipSpaces();
    bool accept(char c);
    char peek();
    std::size_t column();
    tl::unexpected<Error> refuse(std::size_t column, std::string message) const;

    std::string_view m_text;
    std::size_t m_at = 0;
    std::set<std::string> m_named; ///< arguments seen by name
};

} // namespace cutaway
