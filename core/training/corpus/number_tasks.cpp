// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/task.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cutaway::training {

namespace {

std::string twoDigits(int n) {
    return {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
}

/// "The war lasted from 1732 to 17" → any of 33 … 99. **Source:** the task of Hanna et al. 2023, "How does
/// GPT-2 compute greater-than?".
class GreaterThan : public Task {
public:
    std::string_view name() const override { return "greater_than"; }

    std::string line(Random& random) const override {
        const Span s = draw(random, false);
        return s.prompt + twoDigits(random.between(s.from + 1, 99)) + ".";
    }
    TaskItem item(Random& random) const override {
        const Span s = draw(random, true);
        TaskItem item{s.prompt, {}, {}, {}};
        for (int year = 0; year < 100; ++year)
            (year > s.from ? item.answers : item.wrongs).push_back(twoDigits(year));
        return item;
    }

private:
    struct Span {
        std::string prompt;
        int from = 0;
    };
    static Span draw(Random& random, bool wantHeldOut) {
        static constexpr std::array<const char*, 12> things = {"war",     "rain",   "reign",  "journey",
                                                               "project", "peace",  "famine", "trade",
                                                               "voyage",  "plague", "siege",  "work"};
        static constexpr std::array<std::string_view, 4> forms = {
            "The {t} lasted from {c}{y} to {c}", "The {t} lasted from the year {c}{y} to the year {c}",
            "From {c}{y} the {t} went on until {c}", "The {t} began in {c}{y} and ended in {c}"};
        for (;;) {
            const std::string thing = random.pick(things), century = std::to_string(random.between(11, 19));
            const int from = random.between(1, 97);
            if (heldOut("years|" + thing + "|" + century + twoDigits(from)) != wantHeldOut) continue;
            return {fill(random.pick(forms), {{'t', thing}, {'c', century}, {'y', twoDigits(from)}}), from};
        }
    }
};

/// Two numbers from 1 to `largest` whose sum is below 100. A pair is held out in both orders and from every
/// task.
std::pair<int, int> drawPair(Random& random, int largest, bool wantHeldOut) {
    for (;;) {
        const int a = random.between(1, largest), b = random.between(1, largest);
        if (a + b > 99) continue;
        const std::string key =
            "sum|" + std::to_string(std::min(a, b)) + "|" + std::to_string(std::max(a, b));
        if (heldOut(key) == wantHeldOut) return {a, b};
    }
}

/// "12 + 7 =" → 19, both numbers from 1 to 20; a pair held out is held out in both orders and in differences.
class Sums : public Task {
public:
    std::string_view name() const override { return "sums"; }

    std::string line(Random& random) const override {
        std::string text;
        const std::size_t count = 1 + random.below(4);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) text += ". ";
            const std::size_t kind = random.below(12);
            if (kind == 0) {
                text += counting(random);
                continue;
            }
            const auto [a, b] = draw(random, false);
            const std::string x = std::to_string(a), y = std::to_string(b), z = std::to_string(a + b);
            if (kind == 1)
                text += "The difference: " + z + " - " + x + " = " + y;
            else
                text += "The sum: " + x + " + " + y + " = " + z;
        }
        return text + ".";
    }
    TaskItem item(Random& random) const override {
        const auto [a, b] = draw(random, true);
        const int sum = a + b;
        return {"The sum: " + std::to_string(a) + " + " + std::to_string(b) + " =",
                {" " + std::to_string(sum)},
                {" " + std::to_string(sum + 1), " " + std::to_string(sum - 1)},
                {}};
    }

private:
    static std::pair<int, int> draw(Random& random, bool wantHeldOut) {
        return drawPair(random, 20, wantHeldOut);
    }
    static std::string counting(Random& random) {
        const int step = random.chance(0.7) ? 1 : 2, start = random.between(0, 60),
                  length = random.between(4, 9);
        std::string text = "Count:";
        for (int i = 0; i < length; ++i)
            text += " " + std::to_string(start + i * step);
        return text;
    }
};

/// Sums of all sizes below 100, differences, digits, counting in steps: what makes sums a rule rather than a
/// table (a small table is learnt by heart before the rule is found). Nothing is asked.
class NumberLine : public Task {
public:
    std::string_view name() const override { return "number_line"; }
    bool asks() const override { return false; }

    std::string line(Random& random) const override {
        const std::size_t kind = random.below(10);
        return kind < 7   ? largerSums(random)
               : kind < 8 ? differences(random)
               : kind < 9 ? tensAndOnes(random)
                          : counting(random);
    }

private:
    static std::string largerSums(Random& random) {
        std::string text;
        const std::size_t count = 3 + random.below(6);
        for (std::size_t i = 0; i < count; ++i) {
            const auto [a, b] = drawPair(random, 98, false);
            text += (i == 0 ? "The sum: " : "; ") + std::to_string(a) + " + " + std::to_string(b) + " = " +
                    std::to_string(a + b);
        }
        return text + ".";
    }
    static std::string differences(Random& random) {
        std::string text;
        const std::size_t count = 3 + random.below(6);
        for (std::size_t i = 0; i < count; ++i) {
            const auto [a, b] = drawPair(random, 98, false);
            text += (i == 0 ? "The difference: " : "; ") + std::to_string(a + b) + " - " + std::to_string(a) +
                    " = " + std::to_string(b);
        }
        return text + ".";
    }
    /// The digits of numbers that are one token each.
    static std::string tensAndOnes(Random& random) {
        std::string text = "Tens and ones:";
        const std::size_t count = 3 + random.below(6);
        for (std::size_t i = 0; i < count; ++i) {
            const int n = random.between(10, 99);
            text += (i == 0 ? " " : "; ") + std::to_string(n) + " is " + std::to_string(n / 10 * 10) +
                    " and " + std::to_string(n % 10);
        }
        return text + ".";
    }
    static std::string counting(Random& random) {
        static constexpr std::array<int, 8> steps = {1, 1, 1, 2, 3, 5, 10, -1};
        const int step = random.pick(steps), length = random.between(5, 16);
        int n = step < 0 ? random.between(20, 99) : random.between(0, 40);
        std::string text = step < 0 ? "Count down:" : "Count by " + std::to_string(step) + ":";
        for (int i = 0; i < length && n >= 0 && n < 100; ++i, n += step)
            text += " " + std::to_string(n);
        return text + ".";
    }
};

} // namespace

std::unique_ptr<Task> greaterThan() {
    return std::make_unique<GreaterThan>();
}
std::unique_ptr<Task> numberLine() {
    return std::make_unique<NumberLine>();
}
std::unique_ptr<Task> sums() {
    return std::make_unique<Sums>();
}

} // namespace cutaway::training
