// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/splitting.h"

#include "core/text/utf8.h"

#include <array>

namespace cutaway::text {

namespace {

/// Whether a stretch goes to the one before it.
bool joins(Behaviour behaviour, const Stretch& stretch, bool previousMatched) {
    switch (behaviour) {
    case Behaviour::Contiguous:
        return stretch.matched == previousMatched;
    case Behaviour::MergedWithPrevious:
        return stretch.matched && !previousMatched;
    case Behaviour::MergedWithNext:
        return previousMatched && !stretch.matched;
    case Behaviour::Removed:
    case Behaviour::Isolated:
        break;
    }
    return false;
}

std::vector<Stretch> arrange(const std::vector<Stretch>& list, Behaviour behaviour) {
    std::vector<Stretch> out;
    bool previousMatched = false;
    for (const Stretch& stretch : list) {
        if (behaviour == Behaviour::Removed && stretch.matched) continue;
        if (!out.empty() && joins(behaviour, stretch, previousMatched))
            out.back().end = stretch.end;
        else
            out.push_back(stretch);
        previousMatched = stretch.matched;
    }
    return out;
}

} // namespace

Result<Behaviour> behaviourOf(const std::string& name) {
    constexpr std::array<std::pair<std::string_view, Behaviour>, 5> table{
        {{"Removed", Behaviour::Removed},
         {"Isolated", Behaviour::Isolated},
         {"MergedWithPrevious", Behaviour::MergedWithPrevious},
         {"MergedWithNext", Behaviour::MergedWithNext},
         {"Contiguous", Behaviour::Contiguous}}};
    for (const auto& [known, behaviour] : table)
        if (known == name) return behaviour;
    return fail(ErrorCode::BadTokenizer, "read tokenizer",
                "a pre-tokenizer has the unknown behavior '" + name.substr(0, 80) + "'");
}

Finder matchesOf(Regex pattern, bool invert) {
    return [pattern = std::move(pattern), invert](const std::string& text) -> Result<std::vector<Stretch>> {
        const auto matches = pattern.matches(text);
        if (!matches) return fail(matches.error());
        std::vector<Stretch> list;
        std::size_t at = 0;
        for (const auto& [begin, end] : *matches) {
            if (begin > at) list.push_back({at, begin, invert});
            list.push_back({begin, end, !invert});
            at = end;
        }
        if (at < text.size()) list.push_back({at, text.size(), invert});
        return list;
    };
}

Finder charactersThat(bool (*belong)(char32_t)) {
    return [belong](const std::string& text) -> Result<std::vector<Stretch>> {
        std::vector<Stretch> list;
        std::size_t at = 0;
        for (const std::string_view character : characters(text)) {
            const bool matched = belong(codePointOf(character));
            if (matched || list.empty() || list.back().matched)
                list.push_back({at, at + character.size(), matched});
            else
                list.back().end += character.size();
            at += character.size();
        }
        return list;
    };
}

PreTokenizer splitAt(Finder finder, Behaviour behaviour) {
    return [finder = std::move(finder), behaviour](std::vector<Piece> pieces) -> Result<std::vector<Piece>> {
        std::vector<Piece> out;
        for (const Piece& piece : pieces) {
            const auto list = finder(piece.text);
            if (!list) return fail(list.error());
            for (const Stretch& part : arrange(*list, behaviour))
                if (part.end > part.begin)
                    out.push_back({piece.text.substr(part.begin, part.end - part.begin),
                                   piece.ofFirst > part.begin ? piece.ofFirst - part.begin : 0});
        }
        return out;
    };
}

} // namespace cutaway::text
