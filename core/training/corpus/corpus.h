// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/training/corpus/task.h"

#include <string>
#include <vector>

namespace cutaway::training {

/// How the lines are shared out among the tasks.
enum class Mixture {
    CopyingFirst, ///< nearly half is copying, which forms late and all at once; the vocabulary is learnt on
                  ///< it
    Facts,        ///< more of what must be remembered or computed, once copying stands
};

/// The demo model's corpus: every task and its share. Free of state, so any thread may use it.
class Corpus {
public:
    explicit Corpus(Mixture mixture = Mixture::CopyingFirst);

    const std::vector<WeightedTask>& tasks() const { return m_tasks; }
    /// The task of this name, or null.
    const Task* task(std::string_view name) const;
    /// One line of a task drawn by weight, without its line break.
    std::string line(Random& random) const;
    /// Up to `count` different held-out questions of a task, the same for the same seed; fewer where the task
    /// has fewer.
    std::vector<TaskItem> items(const Task& task, std::size_t count, std::uint64_t seed) const;
    /// Held-out text for a loss: lines of all tasks by weight from a stream that training never draws.
    std::vector<std::string> heldOutLines(std::size_t count) const;
    /// Prompts of varied length for means and resampling, from a third stream.
    std::vector<std::string> referencePrompts(std::size_t count) const;

private:
    std::vector<WeightedTask> m_tasks;
    double m_total = 0.0;
};

/// The seed of item i of the training stream `seed`: streams of different seeds do not meet.
std::uint64_t streamSeed(std::uint64_t seed, std::uint64_t index);

} // namespace cutaway::training
