// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/corpus.h"

#include <unordered_set>
#include <utility>

namespace cutaway::training {

Corpus::Corpus(Mixture mixture) {
    const auto add = [&](std::unique_ptr<Task> task, double copyingFirst, double facts) {
        const double weight = mixture == Mixture::CopyingFirst ? copyingFirst : facts;
        m_total += weight;
        m_tasks.push_back({std::move(task), weight});
    };
    // Shares of lines, in the two mixtures.
    add(indirectObjects(false), 20, 20);
    add(indirectObjects(true), 0, 0);
    add(induction(), 20, 9);
    add(nameCopying(), 6, 2);
    add(agreement(), 6, 3);
    add(pronouns(), 5, 5);
    add(greaterThan(), 5, 4);
    add(sums(), 8, 3);
    add(numberLine(), 0, 34);
    add(capitals(), 4, 6);
    add(twoHopFacts(), 6, 4);
    add(opposites(), 4, 8);
    add(colours(), 6, 5);
    add(brackets(), 4, 5);
    add(quotes(), 3, 2);
    add(sentiment(), 5, 4);
    add(refusal(), 3, 3);
    add(lending(), 5, 3);
    add(stories(), 8, 4);
}

const Task* Corpus::task(std::string_view name) const {
    for (const WeightedTask& w : m_tasks)
        if (w.task->name() == name) return w.task.get();
    return nullptr;
}

std::string Corpus::line(Random& random) const {
    double at = static_cast<double>(random.next() >> 11) * 0x1.0p-53 * m_total;
    for (const WeightedTask& w : m_tasks) {
        at -= w.weight;
        if (at < 0.0 && w.weight > 0.0) return w.task->line(random);
    }
    return m_tasks.front().task->line(random);
}

std::vector<TaskItem> Corpus::items(const Task& task, std::size_t count, std::uint64_t seed) const {
    std::vector<TaskItem> list;
    if (!task.asks()) return list;
    Random random(streamSeed(seed, 0x69746d73));
    std::unordered_set<std::string> asked;
    constexpr std::size_t kDraws = 40; // a question; where so many bring nothing new, there is little more
    for (std::size_t draws = 0; list.size() < count && draws < kDraws * count; ++draws) {
        TaskItem item = task.item(random);
        if (asked.insert(item.prompt).second) list.push_back(std::move(item));
    }
    return list;
}

std::vector<std::string> Corpus::heldOutLines(std::size_t count) const {
    std::vector<std::string> lines;
    Random random(streamSeed(0xfeedface, 0x6c6f7373));
    while (lines.size() < count)
        lines.push_back(line(random));
    return lines;
}

std::vector<std::string> Corpus::referencePrompts(std::size_t count) const {
    std::vector<std::string> prompts;
    Random random(streamSeed(0xfeedface, 0x726566));
    while (prompts.size() < count) {
        std::string prompt = line(random);
        for (std::size_t more = random.below(4); more > 0; --more)
            prompt += "\n" + line(random);
        prompts.push_back(std::move(prompt));
    }
    return prompts;
}

std::uint64_t streamSeed(std::uint64_t seed, std::uint64_t index) {
    Random mix(seed * 0x9e3779b97f4a7c15ULL + index);
    mix.next();
    return mix.next() ^ (index << 1);
}

} // namespace cutaway::training
