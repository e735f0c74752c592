// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"
#include "core/training/corpus/words.h"

#include <array>

namespace cutaway::training {

namespace {

/// "The keys to the cabinet" → are. The opening says which tense, the subject which number; a noun in between
/// distracts.
class Agreement : public Task {
public:
    std::string_view name() const override { return "agreement"; }

    std::string line(Random& random) const override {
        const Draw d = draw(random, false, random.chance(0.15));
        return d.prompt + d.answer + " " + random.pick(kRests) + ".";
    }
    TaskItem item(Random& random) const override {
        const Draw d = draw(random, true, false);
        return {d.prompt, {d.answer}, {d.wrong}, {}};
    }

private:
    struct Draw {
        std::string prompt, answer, wrong;
    };
    static std::string_view link(Random& random) {
        static constexpr std::array<std::string_view, 8> links = {
            " near the ",    " behind the ", " beside the ",      " with the ",
            " next to the ", " from the ",   " in front of the ", " by the "};
        return random.pick(links);
    }
    static Draw draw(Random& random, bool wantHeldOut, bool second) {
        for (;;) {
            const Noun& subject = random.pick(nouns());
            const Noun& other = random.pick(nouns());
            if (&subject == &other) continue;
            if (heldOut("agree|" + subject.one + "|" + other.one) != wantHeldOut) continue;
            const bool many = random.chance(0.5), past = random.chance(0.4);
            Draw d;
            d.prompt = past ? random.pick(kPast) : random.pick(kPresent);
            d.prompt += many ? subject.many : subject.one;
            d.prompt += link(random);
            d.prompt += random.chance(0.5) ? other.many : other.one;
            if (second) {
                const Noun& third = random.pick(nouns());
                d.prompt += link(random);
                d.prompt += random.chance(0.5) ? third.many : third.one;
            }
            const std::string one = past ? " was" : " is", more = past ? " were" : " are";
            d.answer = many ? more : one;
            d.wrong = many ? one : more;
            return d;
        }
    }
    static constexpr std::array<std::string_view, 4> kPresent = {"The ", "Today the ", "Now the ",
                                                                 "I think the "};
    static constexpr std::array<std::string_view, 3> kPast = {"Yesterday the ", "Last year the ",
                                                              "Long ago the "};
    static constexpr std::array<const char*, 10> kRests = {"very old", "ready",     "here",    "lost",
                                                           "clean",    "not there", "in town", "new again",
                                                           "gone",     "well known"};
};

/// Brackets of three kinds that close in the right order.
class Brackets : public Task {
public:
    std::string_view name() const override { return "brackets"; }

    std::string line(Random& random) const override {
        const Nest n = draw(random, false);
        std::string text = n.open;
        for (const std::string& close : n.closes)
            text += close;
        return text + " done.";
    }
    TaskItem item(Random& random) const override {
        const Nest n = draw(random, true);
        const std::size_t asked = random.below(n.closes.size());
        std::string prompt = n.open;
        for (std::size_t i = 0; i < asked; ++i)
            prompt += n.closes[i];
        std::vector<std::string> wrongs;
        for (const std::string& close : {std::string(" )"), std::string(" ]"), std::string(" }")})
            if (close != n.closes[asked]) wrongs.push_back(close);
        return {prompt, {n.closes[asked]}, wrongs, {}};
    }

private:
    struct Nest {
        std::string open;
        std::vector<std::string> closes; ///< innermost first
    };
    static Nest draw(Random& random, bool wantHeldOut) {
        static constexpr std::array<const char*, 3> opens = {" (", " [", " {"}, closes = {" )", " ]", " }"};
        for (;;) {
            Nest n;
            n.open = "Close:";
            std::string combination = "brackets";
            const std::size_t depth = 1 + random.below(4);
            for (std::size_t i = 0; i < depth; ++i) {
                const std::size_t kind = random.below(3);
                n.open += opens[kind];
                n.closes.insert(n.closes.begin(), closes[kind]);
                const std::string& word = random.pick(objects());
                if (wantHeldOut || random.chance(0.5) || i + 1 == depth) n.open += " " + word;
                combination += opens[kind] + word;
            }
            n.open += " end";
            if (heldOut(combination) == wantHeldOut) return n;
        }
    }
};

/// Quotes that close with the mark of the kind that opened them.
class Quotes : public Task {
public:
    std::string_view name() const override { return "quotes"; }
    std::string line(Random& random) const override {
        const Draw d = draw(random, false);
        return d.prompt + d.answer + random.pick(kRests); // no stop right behind: that would be one token
    }
    TaskItem item(Random& random) const override {
        const Draw d = draw(random, true);
        return {d.prompt, {d.answer}, d.wrongs, {}};
    }

private:
    static constexpr std::array<const char*, 3> kRests = {" and left.", " again.", " to me."};
    struct Draw {
        std::string prompt, answer;
        std::vector<std::string> wrongs;
    };
    static Draw draw(Random& random, bool wantHeldOut) {
        static constexpr std::array<const char*, 3> opens = {" \"", " “", " «"}, closes = {"\"", "”", "»"};
        for (;;) {
            const std::string &who = random.pick(names()).text, &what = random.pick(objects()),
                              &paint = random.pick(colourWords());
            const std::size_t kind = random.below(3);
            if (heldOut("quotes|" + who + "|" + what + "|" + paint) != wantHeldOut) continue;
            static constexpr std::array<const char*, 3> says = {"Then {n} said,", "At noon {n} wrote",
                                                                "Again {n} called out"};
            Draw d;
            d.prompt = fill(random.pick(says), {{'n', who}}) + opens[kind] + "the " + what + " is " + paint;
            d.answer = closes[kind];
            for (std::size_t i = 0; i < 3; ++i)
                if (i != kind) d.wrongs.push_back(closes[i]);
            return d;
        }
    }
};

} // namespace

std::unique_ptr<Task> agreement() {
    return std::make_unique<Agreement>();
}
std::unique_ptr<Task> brackets() {
    return std::make_unique<Brackets>();
}
std::unique_ptr<Task> quotes() {
    return std::make_unique<Quotes>();
}

} // namespace cutaway::training
