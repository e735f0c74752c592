// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"

#include <cassert>
#include <cctype>

namespace cutaway::training {

std::string fill(std::string_view form, std::initializer_list<std::pair<char, std::string_view>> words) {
    std::string text;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] != '{' || i + 2 >= form.size() || form[i + 2] != '}') {
            text += form[i];
            continue;
        }
        [[maybe_unused]] bool found = false;
        for (const auto& [letter, word] : words)
            if (letter == form[i + 1]) text += word, found = true;
        assert(found);
        i += 2;
    }
    return text;
}

std::string capitalised(std::string_view text) {
    std::string result(text);
    if (!result.empty()) result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
    return result;
}

std::string withArticle(std::string_view noun) {
    const bool vowel = !noun.empty() && std::string_view("aeiou").find(noun[0]) != std::string_view::npos;
    return (vowel ? "an " : "a ") + std::string(noun);
}

bool heldOut(std::string_view combination) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : combination)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash ^= hash >> 29; // FNV's low bits mix slowly
    return hash % 10 == 0;
}

} // namespace cutaway::training
