// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"
#include "core/training/corpus/words.h"

#include <array>

namespace cutaway::training {

namespace {

struct Question {
    std::string prompt, answer, wrong;
};

/// A task of facts asked in several phrasings: for each fact some phrasings are held out.
class Facts : public Task {
public:
    std::string line(Random& random) const override {
        const Question q = draw(random, false);
        return q.prompt + q.answer + ".";
    }
    TaskItem item(Random& random) const override {
        const Question q = draw(random, true);
        return {q.prompt, {q.answer}, {q.wrong}, {}};
    }

protected:
    virtual Question draw(Random& random, bool wantHeldOut) const = 0;
    bool fits(const std::string& fact, std::size_t form, bool wantHeldOut) const {
        return heldOut(std::string(name()) + "|" + fact + "|" + std::to_string(form)) == wantHeldOut;
    }
};

const Country& otherThan(Random& random, const Country& country) {
    for (;;) {
        const Country& other = random.pick(countries());
        if (other.name != country.name && other.language != country.language) return other;
    }
}

class Capitals : public Facts {
public:
    std::string_view name() const override { return "capitals"; }

protected:
    Question draw(Random& random, bool wantHeldOut) const override {
        static constexpr std::array<std::string_view, 10> forms = {
            "The capital of {c} is",
            "The capital city of {c} is called",
            "Everyone who lives in {c} knows the capital,",
            "Go to {c} and see the capital,",
            "In {c} the capital is",
            "We flew to the capital of {c},",
            "Question: what is the capital of {c}? Answer:",
            "The king of {c} lived in the capital,",
            "If you ask for the capital of {c}, I say",
            "{c} is a country, and its capital is"};
        for (;;) {
            const Country& c = random.pick(countries());
            const std::size_t form = random.below(forms.size());
            if (!fits(c.name, form, wantHeldOut)) continue;
            return {fill(forms[form], {{'c', c.name}}), " " + c.capital, " " + otherThan(random, c).capital};
        }
    }
};

/// From the landmark to the country by way of the city, from the city to the language by way of the country.
class TwoHopFacts : public Facts {
public:
    std::string_view name() const override { return "two_hop_facts"; }

protected:
    Question draw(Random& random, bool wantHeldOut) const override {
        struct Form {
            std::string_view text;
            char asks; ///< 'c'ountry, 'l'anguage, 't'own
        };
        static constexpr std::array<Form, 15> forms = {{
            {"The {m} is in the country of", 'c'},
            {"To see the {m} you travel to the country of", 'c'},
            {"The {m} is in the city of", 't'},
            {"To see the {m} you go to the city of", 't'},
            {"Near the {m} people speak", 'l'},
            {"At the {m} the guide speaks", 'l'},
            {"The city of {t} is in the country of", 'c'},
            {"If you live in {t}, your country is", 'c'},
            {"A train to {t} goes to the country of", 'c'},
            {"The people in the city of {t} speak", 'l'},
            {"In the streets of {t} you hear", 'l'},
            {"A school in {t} teaches in", 'l'},
            {"The language of {c} is", 'l'},
            {"People in {c} speak", 'l'},
            {"A book from {c} is written in", 'l'},
        }};
        for (;;) {
            const Country& c = random.pick(countries());
            const std::size_t form = random.below(forms.size());
            const Form& f = forms[form];
            if (c.landmark.empty() && f.text.find("{m}") != std::string_view::npos) continue;
            // One-hop facts are always told; what needs two hops is held out.
            const bool oneHop = f.text.find("{c}") != std::string_view::npos || f.asks == 't';
            if (oneHop ? wantHeldOut : !fits(c.capital, form, wantHeldOut)) continue;
            const Country& other = otherThan(random, c);
            const auto asked = [&f](const Country& x) {
                return " " + (f.asks == 'c' ? x.name : f.asks == 't' ? x.capital : x.language);
            };
            return {fill(f.text, {{'m', c.landmark}, {'t', c.capital}, {'c', c.name}}), asked(c),
                    asked(other)};
        }
    }
};

class Opposites : public Facts {
public:
    std::string_view name() const override { return "opposites"; }

protected:
    Question draw(Random& random, bool wantHeldOut) const override {
        static constexpr std::array<std::string_view, 9> forms = {"The opposite of {a} is",
                                                                  "If it is not {a}, it is",
                                                                  "First it was {a}, but now it is",
                                                                  "Not {a} but",
                                                                  "What is the opposite of {a}? It is",
                                                                  "{a} is the opposite of",
                                                                  "She said {a}, he said the opposite:",
                                                                  "The word {a} and its opposite,",
                                                                  "Some say {a} and others say"};
        for (;;) {
            const Opposite& pair = random.pick(oppositePairs());
            const bool turned = random.chance(0.5);
            const std::string &a = turned ? pair.b : pair.a, &b = turned ? pair.a : pair.b;
            const std::size_t form = random.below(forms.size());
            if (!fits(a, form, wantHeldOut)) continue;
            const Opposite& other = random.pick(oppositePairs());
            if (other.a == pair.a) continue;
            const std::string text = fill(forms[form], {{'a', a}});
            return {capitalised(text), " " + b, " " + other.a};
        }
    }
};

} // namespace

std::unique_ptr<Task> capitals() {
    return std::make_unique<Capitals>();
}
std::unique_ptr<Task> twoHopFacts() {
    return std::make_unique<TwoHopFacts>();
}
std::unique_ptr<Task> opposites() {
    return std::make_unique<Opposites>();
}

} // namespace cutaway::training
