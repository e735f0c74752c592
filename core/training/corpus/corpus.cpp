// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/corpus.h"

#include <utility>

namespace cutaway::training {

Corpus::Corpus() {
    const auto add = [this](std::unique_ptr<Task> task, double weight) {
        m_total += weight;
        m_tasks.push_back({std::move(task), weight});
    };
    // Shares of lines. Copying gets most: it is what forms late.
    add(indirectObjects(false), 20);
    add(indirectObjects(true), 0);
    add(induction(), 20);
    add(nameCopying(), 6);
    add(agreement(), 6);
    add(pronouns(), 5);
    add(greaterThan(), 5);
    add(sums(), 8);
    add(capitals(), 4);
    add(twoHopFacts(), 6);
    add(opposites(), 4);
    add(colours(), 6);
    add(brackets(), 4);
    add(quotes(), 3);
    add(sentiment(), 5);
    add(refusal(), 3);
    add(lending(), 5);
    add(stories(), 8);
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
    while (list.size() < count)
        list.push_back(task.item(random));
    return list;
}

std::vector<std::string> Corpus::heldOutLines(std::size_t count) const {
    std::vector<std::string> lines;
    Random random(streamSeed(0xfeedface, 0x6c6f7373));
    while (lines.size() < count)
        lines.push_back(line(random));
    return lines;
}

std::uint64_t streamSeed(std::uint64_t seed, std::uint64_t index) {
    Random mix(seed * 0x9e3779b97f4a7c15ULL + index);
    mix.next();
    return mix.next() ^ (index << 1);
}

} // namespace cutaway::training
