// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"
#include "core/training/corpus/words.h"

#include <algorithm>
#include <array>

namespace cutaway::training {

namespace {

/// A random sequence of words or of made-up words, said again: only copying can foretell the second time.
/// **Source:** the repeated sequences of Olsson et al. 2022, "In-context Learning and Induction Heads".
class Induction : public Task {
public:
    std::string_view name() const override { return "induction"; }

    std::string line(Random& random) const override {
        const std::size_t length = 3 + random.below(random.chance(0.8) ? 9 : 22);
        const Words first = sequence(random, length);
        std::string text = spoken(first);
        // Up to three more times, sometimes only from the middle on and after other words.
        const std::size_t times = length > 12 ? 1 : 1 + random.below(3);
        for (std::size_t i = 0; i < times; ++i) {
            if (random.chance(0.2)) text += spoken(sequence(random, 1 + random.below(4)));
            const std::size_t from = random.chance(0.25) ? random.below(length - 1) : 0;
            text += spoken({first.begin() + static_cast<std::ptrdiff_t>(from), first.end()});
        }
        return text.substr(1);
    }

    /// The first copy is random, so no sequence of the training text is asked (but by chance below 1e-12).
    TaskItem item(Random& random) const override {
        const std::size_t length = 8 + random.below(5);
        const Words words = random.sample(pool(), length);
        TaskItem item;
        item.prompt = spoken(words).substr(1) + " " + words[0];
        item.continuation = spoken({words.begin() + 1, words.end()});
        return item;
    }

private:
    static const Words& pool() {
        static const Words words = [] {
            Words list = closedVocabulary();
            list.insert(list.end(), commonWords().begin(), commonWords().end());
            std::sort(list.begin(), list.end());
            list.erase(std::unique(list.begin(), list.end()), list.end());
            std::erase_if(list, [](const std::string& w) { return w.size() == 1; });
            return list;
        }();
        return words;
    }

    static Words sequence(Random& random, std::size_t length) {
        const std::size_t kind = random.below(10);
        if (kind < 7) return random.sample(pool(), length); // all different
        Words words;
        for (std::size_t i = 0; i < length; ++i)
            words.push_back(kind < 9 ? random.pick(pool()) : madeUp(random));
        return words;
    }

    static std::string madeUp(Random& random) {
        static const Words heads = {"b", "br", "d", "f", "g", "k", "l", "m",
                                    "n", "p",  "r", "s", "t", "v", "z"};
        static const Words hearts = {"a", "e", "i", "o", "u", "ai", "ee", "oo"};
        static const Words tails = {"", "b", "d", "k", "l", "m", "n", "p", "r", "sk", "t", "x"};
        std::string word;
        const std::size_t syllables = 1 + random.below(2);
        for (std::size_t i = 0; i < syllables; ++i)
            word += random.pick(heads) + random.pick(hearts) + random.pick(tails);
        return word;
    }

    /// Each word with a space before it.
    static std::string spoken(const Words& words) {
        std::string text;
        for (const std::string& word : words)
            text += " " + word;
        return text;
    }
};

/// "The ball is red, the cup is blue. What colour is the cup? The cup is" → blue.
class Colours : public Task {
public:
    std::string_view name() const override { return "colours"; }
    std::string line(Random& random) const override {
        const Scene s = draw(random, false);
        std::string text = s.prompt + s.answer + ".";
        return text;
    }
    TaskItem item(Random& random) const override {
        const Scene s = draw(random, true);
        return {s.prompt, {s.answer}, s.wrongs, {}};
    }

private:
    struct Scene {
        std::string prompt, answer;
        std::vector<std::string> wrongs;
    };
    static Scene draw(Random& random, bool wantHeldOut) {
        for (;;) {
            const std::size_t count = 2 + random.below(3);
            const Words things = random.sample(objects(), count), paint = random.sample(colourWords(), count);
            std::string combination = "colours", list;
            Scene s;
            const std::size_t asked = random.below(count);
            for (std::size_t i = 0; i < count; ++i) {
                combination += "|" + things[i] + "|" + paint[i];
                list += (i == 0 ? "" : i + 1 == count ? " and " : ", ");
                list += (i == 0 ? "The " : "the ") + things[i] + " is " + paint[i];
                if (i != asked) s.wrongs.push_back(" " + paint[i]);
            }
            if (heldOut(combination) != wantHeldOut) continue;
            static constexpr std::array<std::string_view, 4> forms = {
                "{l}. What colour is the {o}? The {o} is", "{l}. The colour of the {o} is",
                "{l}. So the {o} is", "{l}. Tell me the colour of the {o}. It is"};
            s.prompt = fill(random.pick(forms), {{'l', list}, {'o', things[asked]}});
            s.answer = " " + paint[asked];
            return s;
        }
    }
};

} // namespace

std::unique_ptr<Task> induction() {
    return std::make_unique<Induction>();
}
std::unique_ptr<Task> colours() {
    return std::make_unique<Colours>();
}

} // namespace cutaway::training
