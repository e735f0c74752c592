// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/prompt_variants.h"

#include "core/types/json_front.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <set>

namespace cutaway::session {

namespace {

constexpr JsonLimits limits{std::size_t{1} << 20U, 4, 100000, 1000};

bool isLetter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) != 0 || byte >= 0x80U;
}

/// Calls back with every run of letters and with what stands between; puts together what comes back.
template <class Word> std::string mapWords(const std::string& text, const Word& word) {
    std::string made;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && isLetter(text[end]) == isLetter(text[at]))
            ++end;
        const std::string piece = text.substr(at, end - at);
        made += isLetter(text[at]) ? word(piece) : piece;
        at = end;
    }
    return made;
}

using Swaps = std::map<std::string, std::string>;

std::string swapped(const std::string& text, const Swaps& swaps) {
    return mapWords(text, [&](const std::string& word) {
        const auto to = swaps.find(word);
        return to == swaps.end() ? word : to->second;
    });
}

TokenSet swapped(const TokenSet& set, const Swaps& swaps) {
    TokenSet made;
    for (const TokenChoice& choice : set) {
        if (const auto* text = std::get_if<std::string>(&choice))
            made.emplace_back(swapped(*text, swaps));
        else
            made.push_back(choice);
    }
    return made;
}

} // namespace

Result<WordClasses> readWordClasses(const std::filesystem::path& file) {
    const std::string operation = "read word lists";
    const Result<nlohmann::json> document = readJsonFile(file, limits, operation);
    if (!document) return fail(document.error());
    WordClasses classes;
    std::set<std::string> seen;
    if (!document->is_object())
        return fail(ErrorCode::BadJson, operation, "the word lists are no object of lists");
    for (const auto& [name, list] : document->items()) {
        if (!list.is_array())
            return fail(ErrorCode::BadJson, operation, "'" + name + "' is no list of words");
        for (const auto& word : list) {
            if (!word.is_string())
                return fail(ErrorCode::BadJson, operation, "'" + name + "' holds something that is no word");
            if (seen.insert(word.get<std::string>()).second) classes[name].push_back(word.get<std::string>());
        }
    }
    return classes;
}

std::vector<PromptItem> variantsOf(const PromptItem& prompt, const WordClasses& classes, int count,
                                   std::uint64_t seed) {
    const auto* text = std::get_if<std::string>(&prompt.input.value);
    if (!text) return {};
    // The words of each class that occur, in their order.
    std::map<std::string, std::vector<std::string>> found;
    const auto collect = [&](const std::string& from) {
        mapWords(from, [&](const std::string& word) {
            for (const auto& [name, words] : classes) {
                std::vector<std::string>& own = found[name];
                if (std::find(words.begin(), words.end(), word) != words.end() &&
                    std::find(own.begin(), own.end(), word) == own.end())
                    own.push_back(word);
            }
            return word;
        });
    };
    collect(*text);
    for (const TokenSet* set : {&prompt.answer, &prompt.wrong})
        for (const TokenChoice& choice : *set)
            if (const auto* word = std::get_if<std::string>(&choice)) collect(*word);
    std::erase_if(found, [](const auto& entry) { return entry.second.empty(); });
    if (found.empty()) return {};

    std::mt19937_64 random(seed);
    std::set<std::string> made{*text};
    std::vector<PromptItem> variants;
    constexpr int triesEach = 20;
    for (int tries = 0; static_cast<int>(variants.size()) < count && tries < count * triesEach; ++tries) {
        Swaps swaps;
        for (const auto& [name, own] : found) {
            std::vector<std::string> words = classes.at(name);
            // The first of a shuffle; a remainder is uniform enough for lists this short and the same
            // everywhere.
            for (std::size_t i = 0; i < own.size() && i < words.size(); ++i) {
                std::swap(words[i], words[i + random() % (words.size() - i)]);
                swaps[own[i]] = words[i];
            }
        }
        std::string variant = swapped(*text, swaps);
        if (!made.insert(variant).second) continue;
        PromptItem item;
        item.input = {std::move(variant), prompt.input.bos};
        item.answer = swapped(prompt.answer, swaps);
        item.wrong = swapped(prompt.wrong, swaps);
        variants.push_back(std::move(item));
    }
    return variants;
}

} // namespace cutaway::session
