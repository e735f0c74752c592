// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"
#include "core/training/corpus/words.h"

#include <array>

namespace cutaway::training {

namespace {

/// Short plain-English stories and remarks: the glue between the tasks. No questions are asked.
class Stories : public Task {
public:
    std::string_view name() const override { return "stories"; }
    bool asks() const override { return false; }

    std::string line(Random& random) const override {
        const Name& hero = random.pick(names());
        const std::string_view she = hero.female ? "she" : "he", her = hero.female ? "her" : "his";
        const std::string upper = capitalised(she);
        const std::string &place = random.pick(places()), &object = random.pick(objects()),
                          &animal = random.pick(animals()), &colour = random.pick(colourWords());
        const auto tell = [&](std::string_view form) {
            return fill(form, {{'n', hero.text},
                               {'s', she},
                               {'S', upper},
                               {'h', her},
                               {'p', place},
                               {'o', object},
                               {'a', animal},
                               {'c', colour}});
        };
        if (random.chance(0.15))
            return tell(hero.female ? "{n} is a girl. Her name is {n}." : "{n} is a boy. His name is {n}.");
        std::string text = tell(random.pick(kStarts));
        const std::size_t count = 1 + random.below(3);
        for (std::size_t i = 0; i < count; ++i)
            text += " " + tell(random.pick(kMiddles));
        if (random.chance(0.5)) text += " " + tell(random.pick(kEnds));
        return text;
    }

private:
    static constexpr std::array<std::string_view, 10> kStarts = {
        "Once there was a little {a} who lived near the {p}. {n} knew the {a} well.",
        "{n} had a {c} {o}.",
        "One morning {n} woke up early and went to the {p}.",
        "There was a {c} {o} in the {p}, and {n} wanted it.",
        "{n} lives near the {p} with a {a}.",
        "It was raining, so {n} stayed in the {p}.",
        "In the summer {n} works at the {p}.",
        "{n} likes to read about the {a}.",
        "A {c} {a} came to the {p}, and {n} saw it.",
        "On Monday {n} made a {o} for the {a}."};
    static constexpr std::array<std::string_view, 14> kMiddles = {
        "{S} took the {o} to the {p}.",
        "The {a} was very happy to see {n}.",
        "{S} looked for {h} {o} all day.",
        "There {s} saw a {a} and a {c} {o}.",
        "The sun was warm and the water was cold.",
        "{S} asked the {a} to help, and the {a} did.",
        "\"I like this {o},\" said {n}.",
        "Then it was time to go home.",
        "{S} put the {o} on the table (it was {c}).",
        "But the {a} ran away with the {o}.",
        "{n} was not afraid of the {a}.",
        "People at the {p} gave the {a} some water.",
        "{S} told {h} mother about the {p}.",
        "The {o} was old, but {s} liked it."};
    static constexpr std::array<std::string_view, 6> kEnds = {
        "In the end {n} was happy.", "That is how {n} found the {o}.", "{S} never forgot the {a}.",
        "And {n} went to bed.",      "The {a} is still there today.",  "{S} smiled and went home."};
};

} // namespace

std::unique_ptr<Task> stories() {
    return std::make_unique<Stories>();
}

} // namespace cutaway::training
