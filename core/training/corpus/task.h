// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/corpus/random.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway::training {

/// One question whose combination never stands in the training text. Two forms: a prompt with the tokens that
/// may follow it (and some that may not), or a prompt with a whole continuation of which every token counts.
struct TaskItem {
    std::string prompt;
    std::vector<std::string> answers; ///< token texts; right if the likeliest next token is one of them
    std::vector<std::string> wrongs;  ///< token texts to set against the answers (logit difference)
    std::string continuation; ///< if set, each of its tokens is one question; answers and wrongs are empty
};

/// One behaviour the demo model must learn: it writes lines of training text and asks held-out questions.
class Task {
public:
    virtual ~Task() = default;
    /// Stable name, as in the model card: "indirect_objects".
    virtual std::string_view name() const = 0;
    /// One line of training text, without line breaks.
    virtual std::string line(Random& random) const = 0;
    /// A held-out question. Only called where asks() is true.
    virtual TaskItem item(Random&) const { return {}; }
    virtual bool asks() const { return true; }
};

/// A task and its share of the training lines.
struct WeightedTask {
    std::unique_ptr<Task> task;
    double weight = 1.0;
};

/// Replaces {a}, {b}, … in a template of ours by the words given for these letters.
std::string fill(std::string_view form, std::initializer_list<std::pair<char, std::string_view>> words);

/// First letter in upper case (ASCII).
std::string capitalised(std::string_view text);

/// "a cup", "an apple".
std::string withArticle(std::string_view noun);

/// Whether a combination is kept out of the training text: one in ten, by the hash of its text, whatever the
/// seed. **Source:** Fowler–Noll–Vo 1a.
bool heldOut(std::string_view combination);

std::unique_ptr<Task> indirectObjects(bool newNames);
std::unique_ptr<Task> pronouns();
std::unique_ptr<Task> induction();
std::unique_ptr<Task> nameCopying();
std::unique_ptr<Task> agreement();
std::unique_ptr<Task> brackets();
std::unique_ptr<Task> quotes();
std::unique_ptr<Task> greaterThan();
std::unique_ptr<Task> sums();
std::unique_ptr<Task> numberLine();
std::unique_ptr<Task> capitals();
std::unique_ptr<Task> twoHopFacts();
std::unique_ptr<Task> opposites();
std::unique_ptr<Task> colours();
std::unique_ptr<Task> sentiment();
std::unique_ptr<Task> refusal();
std::unique_ptr<Task> lending();
std::unique_ptr<Task> stories();

} // namespace cutaway::training
