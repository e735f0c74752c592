// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"
#include "core/text/component.h"
#include "core/text/text_pattern.h"

#include <array>

namespace cutaway::text {

namespace {

using Pieces = std::vector<Piece>;

/// What happens to the text a pattern matches. Named as tokenizer.json names it.
enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

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

struct Stretch {
    std::string text;
    bool matched;
};

Result<std::vector<Stretch>> stretches(const Regex& pattern, const std::string& text, bool invert) {
    const auto matches = pattern.matches(text);
    if (!matches) return fail(matches.error());
    std::vector<Stretch> list;
    std::size_t at = 0;
    for (const auto& [begin, end] : *matches) {
        if (begin > at) list.push_back({text.substr(at, begin - at), invert});
        list.push_back({text.substr(begin, end - begin), !invert});
        at = end;
    }
    if (at < text.size()) list.push_back({text.substr(at), invert});
    return list;
}

std::vector<std::string> arrange(const std::vector<Stretch>& list, Behaviour behaviour) {
    std::vector<std::string> out;
    bool previousMatched = false;
    bool joinNext = false;
    for (const Stretch& stretch : list) {
        switch (behaviour) {
        case Behaviour::Removed:
            if (!stretch.matched) out.push_back(stretch.text);
            break;
        case Behaviour::Isolated:
            out.push_back(stretch.text);
            break;
        case Behaviour::Contiguous:
            if (!out.empty() && stretch.matched == previousMatched)
                out.back() += stretch.text;
            else
                out.push_back(stretch.text);
            break;
        case Behaviour::MergedWithPrevious:
            if (stretch.matched && !previousMatched && !out.empty())
                out.back() += stretch.text;
            else
                out.push_back(stretch.text);
            break;
        case Behaviour::MergedWithNext:
            if (joinNext && !stretch.matched)
                out.back() += stretch.text;
            else
                out.push_back(stretch.text);
            joinNext = stretch.matched;
            break;
        }
        previousMatched = stretch.matched;
    }
    return out;
}

PreTokenizer splitter(Regex pattern, Behaviour behaviour, bool invert) {
    return [pattern = std::move(pattern), behaviour, invert](Pieces pieces) -> Result<Pieces> {
        Pieces out;
        for (const Piece& piece : pieces) {
            const auto list = stretches(pattern, piece.text, invert);
            if (!list) return fail(list.error());
            bool first = piece.first;
            for (std::string& text : arrange(*list, behaviour)) {
                out.push_back({std::move(text), first});
                first = false;
            }
        }
        return out;
    };
}

Result<PreTokenizer> patternSplit(const std::string& pattern, Behaviour behaviour, bool invert = false) {
    Result<Regex> regex = Regex::compile(pattern);
    if (!regex) return fail(regex.error());
    return splitter(std::move(*regex), behaviour, invert);
}

/// Text in GPT-2's byte alphabet, split by its pattern first unless told otherwise.
/// **Source:** Radford et al. 2019, released encoder.
Result<PreTokenizer> byteLevel(const nlohmann::json& section) {
    const bool addSpace = section.value("add_prefix_space", true);
    const bool useRegex = section.value("use_regex", true);
    const Result<PreTokenizer> split = patternSplit(
        R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", Behaviour::Isolated);
    if (!split) return split;
    return PreTokenizer([addSpace, useRegex, split = *split](Pieces pieces) -> Result<Pieces> {
        if (addSpace)
            for (Piece& piece : pieces)
                if (!piece.text.starts_with(' ')) piece.text.insert(0, " ");
        if (useRegex) {
            Result<Pieces> parts = split(std::move(pieces));
            if (!parts) return parts;
            pieces = std::move(*parts);
        }
        for (Piece& piece : pieces)
            piece.text = bytesToAlphabet(piece.text);
        return pieces;
    });
}

/// Spaces become a visible sign, at which the text is split.
/// **Source:** Kudo and Richardson 2018, SentencePiece.
Result<PreTokenizer> metaspace(const nlohmann::json& section) {
    const Result<std::string> sign = readText(section, "replacement", "pre-tokenizer Metaspace");
    if (!sign) return fail(sign.error());
    std::string scheme = section.value("prepend_scheme", "always");
    if (section.contains("add_prefix_space") && !section.value("add_prefix_space", true)) scheme = "never";
    const Result<Regex> space = Regex::literal(" ");
    const Result<Regex> mark = Regex::literal(*sign);
    if (!space) return fail(space.error());
    if (!mark) return fail(mark.error());
    const bool split = section.value("split", true);
    const PreTokenizer cut = splitter(*mark, Behaviour::MergedWithNext, false);
    return PreTokenizer([sign = *sign, scheme, space = *space, split, cut](Pieces pieces) -> Result<Pieces> {
        for (Piece& piece : pieces) {
            Result<std::string> text = replaceAll(space, piece.text, sign);
            if (!text) return fail(text.error());
            const bool prepend = scheme == "always" || (scheme == "first" && piece.first);
            piece.text = prepend && !text->starts_with(sign) ? sign + *text : *text;
        }
        if (!split) return pieces;
        return cut(std::move(pieces));
    });
}

Result<PreTokenizer> sequence(const nlohmann::json& section) {
    if (!section.contains("pretokenizers") || !section["pretokenizers"].is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the pre-tokenizer Sequence has no list");
    std::vector<PreTokenizer> steps;
    for (const auto& item : section["pretokenizers"]) {
        Result<PreTokenizer> step = makePreTokenizer(item);
        if (!step) return step;
        steps.push_back(std::move(*step));
    }
    return PreTokenizer([steps](Pieces pieces) -> Result<Pieces> {
        for (const PreTokenizer& step : steps) {
            Result<Pieces> next = step(std::move(pieces));
            if (!next) return next;
            pieces = std::move(*next);
        }
        return pieces;
    });
}

} // namespace

Result<PreTokenizer> makePreTokenizer(const nlohmann::json& section) {
    if (section.is_null()) return PreTokenizer([](Pieces pieces) -> Result<Pieces> { return pieces; });
    const Result<std::string> type = componentType(section, "pre-tokenizer");
    if (!type) return fail(type.error());
    if (*type == "Sequence") return sequence(section);
    if (*type == "ByteLevel") return byteLevel(section);
    if (*type == "Metaspace") return metaspace(section);
    if (*type == "Whitespace") return patternSplit(R"(\w+|[^\w\s]+)", Behaviour::Removed, true);
    if (*type == "WhitespaceSplit") return patternSplit(R"(\s)", Behaviour::Removed);
    if (*type == "Digits")
        return patternSplit(R"(\p{N})", section.value("individual_digits", false) ? Behaviour::Isolated
                                                                                  : Behaviour::Contiguous);
    if (*type == "Punctuation" || *type == "Split") {
        const std::string name = section.value("behavior", "Isolated");
        const Result<Behaviour> behaviour = behaviourOf(name);
        if (!behaviour) return fail(behaviour.error());
        if (*type == "Punctuation") return patternSplit(R"([!-/:-@\[-`{-~\p{P}])", *behaviour);
        Result<Regex> pattern = readPattern(section, "pre-tokenizer Split");
        if (!pattern) return fail(pattern.error());
        return splitter(std::move(*pattern), *behaviour, section.value("invert", false));
    }
    return unsupportedComponent("pre-tokenizer", *type);
}

} // namespace cutaway::text
