// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cutaway::training {

using Words = std::vector<std::string>;

/// A first name of the corpus.
struct Name {
    std::string text;
    bool female = false;
    bool reserved = false; ///< used everywhere but never in lines about indirect objects
};

struct Country {
    std::string name, capital, language;
    std::string landmark; ///< one in the capital; empty where we name none
};

struct Noun {
    std::string one, many;
};

struct Opposite {
    std::string a, b;
};

/// The word lists the corpus is made of. All are our own and fixed: a change needs a new tokenizer.
const std::vector<Name>& names();
/// Names by their part in the indirect-object task: reserved, or not.
const Words& nameTexts(bool reserved);
const Words& places();
const Words& objects();
const Words& colourWords();
const Words& animals();
const std::vector<Noun>& nouns();
const std::vector<Country>& countries();
const std::vector<Opposite>& oppositePairs();
const Words& praise();
const Words& blame();
/// Everyday words that no task needs: they stand in random sequences, so that text typed by people copies
/// too.
const Words& commonWords();
/// Every word that should be one token with a space before it.
Words closedVocabulary();

/// Words of the corpus that can stand for each other in a prompt, as `words.json` beside the model holds
/// them: an object of lists. Names are apart by how they are referred to, and those that the indirect-object
/// task never uses are apart from the others.
std::string wordClassesJson();

} // namespace cutaway::training
