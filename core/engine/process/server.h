// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/job_queue.h"

#include <string>

namespace cutaway::engine {

/// How serve() ended.
enum class Served {
    Done,         ///< the other side closed the line
    Malformed,    ///< it sent what is no frame
    OtherVersion, ///< it speaks another version
};

/// Speaks to one window over two descriptors until it closes them: greets, takes requests and cancels to a
/// job queue of its own, sends back what that says. The engine is made on the queue's thread after the
/// greeting. Returns when the line has ended and what ran has heard its cancel; `ended` is called in between.
Served serve(int in, int out, const std::string& version, JobQueue::Factory factory,
             const std::function<void()>& ended = {});

} // namespace cutaway::engine
