// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"
#include "core/text/character_classes.h"
#include "core/text/component.h"
#include "core/text/splitting.h"
#include "core/text/text_pattern.h"
#include "core/text/utf8.h"

namespace cutaway::text {

namespace {

using Pieces = std::vector<Piece>;

Result<PreTokenizer> patternSplit(const std::string& pattern, Behaviour behaviour) {
    Result<Regex> regex = Regex::compile(pattern);
    if (!regex) return fail(regex.error());
    return splitAt(matchesOf(std::move(*regex), false), behaviour);
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
                if (!piece.text.starts_with(' ')) {
                    piece.text.insert(0, " ");
                    piece.ofFirst += piece.ofFirst > 0 ? 1 : 0;
                }
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

/// `always`, `first` or `never`; older files say only whether a space is added.
Result<std::string> prependScheme(const nlohmann::json& section) {
    const std::string scheme = section.value("prepend_scheme", "always");
    if (scheme != "always" && scheme != "first" && scheme != "never")
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the pre-tokenizer Metaspace has the unknown prepend_scheme '" + scheme.substr(0, 80) +
                        "'");
    const auto old = section.find("add_prefix_space");
    return old != section.end() && *old == false ? "never" : scheme;
}

/// Spaces become a visible sign, at which the text is split.
/// **Source:** Kudo and Richardson 2018, SentencePiece.
Result<PreTokenizer> metaspace(const nlohmann::json& section) {
    const Result<std::string> sign = readText(section, "replacement", "pre-tokenizer Metaspace");
    if (!sign) return fail(sign.error());
    const Result<std::string> scheme = prependScheme(section);
    if (!scheme) return fail(scheme.error());
    const Result<Regex> space = Regex::literal(" ");
    const Result<Regex> mark = Regex::literal(*sign);
    if (!space) return fail(space.error());
    if (!mark) return fail(mark.error());
    const bool split = section.value("split", true);
    const PreTokenizer cut = splitAt(matchesOf(*mark, false), Behaviour::MergedWithNext);
    return PreTokenizer(
        [sign = *sign, scheme = *scheme, space = *space, split, cut](Pieces pieces) -> Result<Pieces> {
            for (Piece& piece : pieces) {
                Result<std::string> text = replaceAll(space, piece.text, sign);
                if (!text) return fail(text.error());
                const bool prepend = scheme == "always" || (scheme == "first" && piece.ofFirst > 0);
                piece.text = prepend && !text->starts_with(sign) ? sign + *text : *text;
            }
            if (!split) return pieces;
            return cut(std::move(pieces));
        });
}

/// Runs of word characters and runs of other signs; white space goes.
Result<std::vector<Stretch>> wordsAndSigns(const std::string& text) {
    std::vector<Stretch> list;
    std::size_t at = 0;
    int last = -1;
    for (const std::string_view character : characters(text)) {
        const char32_t c = codePointOf(character);
        const int kind = isWordCharacter(c) ? 1 : isWhiteSpace(c) ? 0 : 2;
        if (kind == last)
            list.back().end += character.size();
        else
            list.push_back({at, at + character.size(), kind == 0});
        last = kind;
        at += character.size();
    }
    return list;
}

/// Runs of one script; what has none goes with what stands before it, and is left out where nothing does.
Result<std::vector<Stretch>> scriptRuns(const std::string& text) {
    std::vector<Stretch> list;
    std::size_t at = 0;
    int last = -1;
    for (const std::string_view character : characters(text)) {
        const int script = scriptOf(codePointOf(character));
        if (script != 0 && script != last)
            list.push_back({at, at + character.size(), true});
        else if (!list.empty())
            list.back().end += character.size();
        if (script != 0) last = script;
        at += character.size();
    }
    return list;
}

Result<PreTokenizer> fixedLength(const nlohmann::json& section) {
    const auto length = section.value("length", std::int64_t{5});
    if (length < 1)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the pre-tokenizer FixedLength has the length " + std::to_string(length));
    return splitAt(
        [length](const std::string& text) -> Result<std::vector<Stretch>> {
            std::vector<Stretch> list;
            std::size_t at = 0;
            std::int64_t count = 0;
            for (const std::string_view character : characters(text)) {
                if (count++ % length == 0) list.push_back({at, at, true});
                list.back().end = at += character.size();
            }
            return list;
        },
        Behaviour::Isolated);
}

Result<PreTokenizer> delimiter(const nlohmann::json& section) {
    const Result<std::string> sign = readText(section, "delimiter", "pre-tokenizer CharDelimiterSplit");
    if (!sign) return fail(sign.error());
    if (characters(*sign).size() != 1)
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the pre-tokenizer CharDelimiterSplit has a delimiter that is not one character");
    Result<Regex> pattern = Regex::literal(*sign);
    if (!pattern) return fail(pattern.error());
    return splitAt(matchesOf(std::move(*pattern), false), Behaviour::Removed);
}

std::size_t bytesOf(const Pieces& pieces) {
    std::size_t bytes = 0;
    for (const Piece& piece : pieces)
        bytes += piece.text.size();
    return bytes;
}

PreTokenizer inOrder(std::vector<PreTokenizer> steps) {
    return [steps = std::move(steps)](Pieces pieces) -> Result<Pieces> {
        const std::size_t limit = largestText(bytesOf(pieces));
        for (const PreTokenizer& step : steps) {
            Result<Pieces> next = step(std::move(pieces));
            if (!next) return next;
            pieces = std::move(*next);
            if (bytesOf(pieces) > limit) return fail(textTooLarge());
        }
        return pieces;
    };
}

/// The steps of a sequence and of the sequences in it, in one list: their growth is bounded together.
Status addSteps(const nlohmann::json& section, std::vector<PreTokenizer>& steps) {
    if (!section.contains("pretokenizers") || !section["pretokenizers"].is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the pre-tokenizer Sequence has no list");
    for (const auto& item : section["pretokenizers"]) {
        const Result<std::string> type = componentType(item, "pre-tokenizer");
        if (type && *type == "Sequence") {
            if (const Status s = addSteps(item, steps); !s) return s;
            continue;
        }
        Result<PreTokenizer> step = makePreTokenizer(item);
        if (!step) return fail(step.error());
        steps.push_back(std::move(*step));
    }
    return {};
}

Result<PreTokenizer> sequence(const nlohmann::json& section) {
    std::vector<PreTokenizer> steps;
    if (const Status s = addSteps(section, steps); !s) return fail(s.error());
    return inOrder(std::move(steps));
}

} // namespace

Result<PreTokenizer> makePreTokenizer(const nlohmann::json& section) {
    if (section.is_null()) return PreTokenizer([](Pieces pieces) -> Result<Pieces> { return pieces; });
    const Result<std::string> type = componentType(section, "pre-tokenizer");
    if (!type) return fail(type.error());
    if (*type == "Sequence") return sequence(section);
    if (*type == "ByteLevel") return byteLevel(section);
    if (*type == "Metaspace") return metaspace(section);
    if (*type == "Whitespace") return splitAt(wordsAndSigns, Behaviour::Removed);
    if (*type == "WhitespaceSplit") return splitAt(charactersThat(isWhiteSpace), Behaviour::Removed);
    if (*type == "BertPreTokenizer")
        return inOrder({splitAt(charactersThat(isWhiteSpace), Behaviour::Removed),
                        splitAt(charactersThat(isPunctuation), Behaviour::Isolated)});
    if (*type == "CharDelimiterSplit") return delimiter(section);
    if (*type == "FixedLength") return fixedLength(section);
    if (*type == "UnicodeScripts") return splitAt(scriptRuns, Behaviour::Isolated);
    if (*type == "Digits")
        return splitAt(charactersThat(isNumber), section.value("individual_digits", false)
                                                     ? Behaviour::Isolated
                                                     : Behaviour::Contiguous);
    if (*type == "Punctuation" || *type == "Split") {
        const Result<Behaviour> behaviour = behaviourOf(section.value("behavior", "Isolated"));
        if (!behaviour) return fail(behaviour.error());
        if (*type == "Punctuation") return splitAt(charactersThat(isPunctuation), *behaviour);
        Result<Regex> pattern = readPattern(section, "pre-tokenizer Split");
        if (!pattern) return fail(pattern.error());
        return splitAt(matchesOf(std::move(*pattern), section.value("invert", false)), *behaviour);
    }
    return unsupportedComponent("pre-tokenizer", *type);
}

} // namespace cutaway::text
