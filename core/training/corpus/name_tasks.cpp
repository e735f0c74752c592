// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"
#include "core/training/corpus/words.h"

#include <algorithm>
#include <array>

namespace cutaway::training {

namespace {

/// "When Mary and John went to the store, John gave a drink to" → Mary. **Source:** the task of Wang et al.
/// 2022, "Interpretability in the Wild".
class IndirectObjects : public Task {
public:
    explicit IndirectObjects(bool newNames) : m_newNames(newNames) {}
    std::string_view name() const override {
        return m_newNames ? "indirect_objects_new_names" : "indirect_objects";
    }

    std::string line(Random& random) const override {
        const Scene scene = draw(random, false, false);
        std::string text = prompt(scene) + " " + scene.receiver + ".";
        if (random.chance(0.6))
            text += " " + fill(random.pick(kEndings),
                               {{'s', scene.giver}, {'r', scene.receiver}, {'o', scene.object}});
        return text;
    }

    TaskItem item(Random& random) const override {
        const Scene scene = draw(random, m_newNames, !m_newNames);
        return {prompt(scene), {" " + scene.receiver}, {" " + scene.giver}, {}};
    }

private:
    struct Scene {
        std::string giver, receiver, first, second, place, object, opening, action;
    };

    Scene draw(Random& random, bool reservedNames, bool wantHeldOut) const {
        for (;;) {
            const Words pair = random.sample(nameTexts(reservedNames), 2);
            Scene s{pair[0],
                    pair[1],
                    {},
                    {},
                    random.pick(places()),
                    random.pick(objects()),
                    std::string(random.pick(kOpenings)),
                    std::string(random.pick(kActions))};
            const bool giverFirst = random.chance(0.5);
            s.first = giverFirst ? s.giver : s.receiver;
            s.second = giverFirst ? s.receiver : s.giver;
            const auto [low, high] = std::minmax(s.giver, s.receiver);
            const bool kept = heldOut("io|" + low + "|" + high + "|" + s.place + "|" + s.object);
            if (reservedNames || kept == wantHeldOut) return s;
        }
    }

    static std::string prompt(const Scene& s) {
        return fill(s.opening, {{'a', s.first}, {'b', s.second}, {'p', s.place}}) +
               fill(s.action, {{'s', s.giver}, {'o', withArticle(s.object)}}) + " to";
    }

    static constexpr std::array<std::string_view, 14> kOpenings = {
        "When {a} and {b} went to the {p}, ",
        "After {a} and {b} came to the {p}, ",
        "While {a} and {b} were at the {p}, ",
        "Then, {a} and {b} went to the {p}. ",
        "{a} and {b} had a long day at the {p}. ",
        "One day {a} and {b} met at the {p}, and ",
        "Once {a} and {b} got to the {p}, ",
        "{a} met {b} at the {p}. ",
        "Before {a} and {b} left the {p}, ",
        "Yesterday {a} saw {b} at the {p}, and ",
        "When {a} found {b} at the {p}, ",
        "As {a} and {b} walked to the {p}, ",
        "{a} and {b} were working at the {p}. Then ",
        "Later {a} and {b} sat in the {p}, and "};
    static constexpr std::array<std::string_view, 16> kActions = {"{s} gave {o}",
                                                                  "{s} handed {o}",
                                                                  "{s} passed {o}",
                                                                  "{s} sold {o}",
                                                                  "{s} showed {o}",
                                                                  "{s} lent {o}",
                                                                  "{s} offered {o}",
                                                                  "{s} threw {o}",
                                                                  "{s} brought {o}",
                                                                  "{s} sent {o}",
                                                                  "{s} happily gave {o}",
                                                                  "{s} wanted to give {o}",
                                                                  "{s} decided to give {o}",
                                                                  "{s} quickly passed {o}",
                                                                  "{s} tried to sell {o}",
                                                                  "{s} gave {o}"};
    static constexpr std::array<std::string_view, 6> kEndings = {"{r} thanked {s}.",
                                                                 "{r} said thank you to {s}.",
                                                                 "{s} smiled at {r}.",
                                                                 "{r} gave the {o} back to {s}.",
                                                                 "{r} was happy with the {o}.",
                                                                 "Then {r} waved to {s}."};

    bool m_newNames;
};

/// "Mary lost a key, so" → she.
class Pronouns : public Task {
public:
    std::string_view name() const override { return "pronouns"; }

    std::string line(Random& random) const override {
        const Draw d = draw(random, false);
        return d.prompt + d.answer + std::string(d.rest);
    }
    TaskItem item(Random& random) const override {
        const Draw d = draw(random, true);
        return {d.prompt, {d.answer}, {d.wrong}, {}};
    }

private:
    enum Case { Subject, Possessive, Reflexive };
    struct Form {
        std::string_view prompt, rest;
        Case kind;
    };
    struct Draw {
        std::string prompt, answer, wrong, rest;
    };

    Draw draw(Random& random, bool wantHeldOut) const {
        for (;;) {
            const Name& who = random.pick(names());
            const std::size_t form = random.below(kForms.size());
            if (heldOut("pronoun|" + who.text + "|" + std::to_string(form)) != wantHeldOut) continue;
            const Form& f = kForms[form];
            static constexpr std::array<std::array<std::string_view, 2>, 3> words = {
                {{" he", " she"}, {" his", " her"}, {" himself", " herself"}}};
            const std::string object = random.pick(objects()), place = random.pick(places());
            const auto& pair = words[f.kind];
            return {fill(f.prompt, {{'n', who.text}, {'o', object}, {'p', place}}),
                    std::string(pair[who.female ? 1 : 0]), std::string(pair[who.female ? 0 : 1]),
                    fill(f.rest, {{'o', object}, {'p', place}})};
        }
    }

    static constexpr std::array<Form, 14> kForms = {{
        {"When {n} was at the {p},", " saw a {o}.", Subject},
        {"{n} lost the {o}, so", " went to the {p}.", Subject},
        {"{n} was tired because", " had walked to the {p}.", Subject},
        {"Everyone knows {n}, and", " likes the {p}.", Subject},
        {"{n} bought a {o} because", " liked it.", Subject},
        {"At the {p} {n} said that", " wanted a {o}.", Subject},
        {"I know {n}. Every day", " goes to the {p}.", Subject},
        {"At the {p} {n} lost", " {o}.", Possessive},
        {"Today {n} cannot find", " {o}.", Possessive},
        {"After lunch {n} cleaned", " {o}.", Possessive},
        {"Last week {n} sold", " {o} at the {p}.", Possessive},
        {"In the mirror of the {p} {n} saw", ".", Reflexive},
        {"With the {o} {n} hurt", " at the {p}.", Reflexive},
        {"Because of the {o} {n} was proud of", ".", Reflexive},
    }};
};

/// Names said twice in a sentence and lists of names said again: copying beyond random sequences.
class NameCopying : public Task {
public:
    std::string_view name() const override { return "name_copying"; }
    std::string line(Random& random) const override {
        const auto [text, answer] = draw(random, false);
        return text + answer + ".";
    }
    TaskItem item(Random& random) const override {
        const auto [text, answer] = draw(random, true);
        return {text, {answer}, {}, {}};
    }

private:
    static std::pair<std::string, std::string> draw(Random& random, bool wantHeldOut) {
        for (;;) {
            const std::size_t count = 2 + random.below(4);
            std::vector<Name> list = random.sample(names(), count);
            std::string joined, spoken;
            for (std::size_t i = 0; i < count; ++i) {
                joined += list[i].text + "|";
                spoken += (i == 0 ? " " : i + 1 == count ? " and " : ", ") + list[i].text;
            }
            if (heldOut("names|" + joined) != wantHeldOut) continue;
            std::string start;
            for (std::size_t i = 0; i + 1 < count; ++i)
                start += (i == 0 ? " " : ", ") + list[i].text;
            const std::string place = random.pick(places());
            return {fill(random.pick(kForms), {{'l', spoken}, {'p', place}}) + start + " and",
                    " " + list.back().text};
        }
    }
    static constexpr std::array<std::string_view, 4> kForms = {
        "The people at the {p} were{l}. Their names are", "I saw{l} at the {p}. Again I saw",
        "In the {p} sat{l}. Later came", "The list for the {p} says{l}. Once more:"};
};

} // namespace

std::unique_ptr<Task> indirectObjects(bool newNames) {
    return std::make_unique<IndirectObjects>(newNames);
}
std::unique_ptr<Task> pronouns() {
    return std::make_unique<Pronouns>();
}
std::unique_ptr<Task> nameCopying() {
    return std::make_unique<NameCopying>();
}

} // namespace cutaway::training
