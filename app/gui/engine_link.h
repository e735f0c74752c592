// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/job_queue.h"

#include <QString>
#include <QStringList>

namespace cutaway::app {

/// Where what is asked of the engine goes: a thread of this process, or a process of its own. Answers come to
/// the receiver on the GUI thread, through the event loop, one result or error for every id.
class EngineLink {
public:
    using Receiver = engine::JobQueue::Receiver;

    virtual ~EngineLink() = default;
    virtual std::uint64_t submit(engine::JobTag tag, engine::Ask what) = 0;
    /// Stops what runs or waits under this tag.
    virtual void cancel(engine::JobTag tag) = 0;
    virtual void cancelAll() = 0;
    /// Whether something is asked and not answered.
    virtual bool busy() const = 0;
};

/// A program that serves an engine (cutaway-engine), and how it is spoken to.
struct EngineProgram {
    QString program;
    QStringList arguments;
    /// Over its standard streams, as ssh needs it; else over a local socket whose path it is given with
    /// `--connect`.
    bool standardStreams = false;
};

/// What the window tells of an engine in a process of its own.
struct EngineNews {
    enum class Kind {
        Lost,         ///< it has ended; another one is being started
        Back,         ///< another one has the model open, and what was asked is asked again
        ModelChanged, ///< … but the weights on disk are not those of before
        ModelGone,    ///< … but the model does not open any more
        GaveUp,       ///< it ended too often; nothing is started before revive()
    };
    Kind kind = Kind::Lost;
    QString reason;  ///< why it ended, in words: "killed (signal 9)"
    QString detail;  ///< ModelGone: the error's sentence
    ModelInfo model; ///< ModelChanged: what is open now
};

} // namespace cutaway::app
