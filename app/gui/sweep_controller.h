// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_host.h"

#include <QObject>

#include <string>

namespace cutaway::app {

/// Runs one sweep at a time and holds what has come of it. Stopped, it keeps those cells. GUI thread.
class SweepController : public QObject {
    Q_OBJECT
public:
    explicit SweepController(EngineHost& host, QObject* parent = nullptr);

    /// Starts what `key` names, unless it is the one that runs or is done.
    void want(const std::string& key, SweepRequest request);
    /// Ends the one that runs; the cells that came stay.
    void stop();
    /// Another model or prompt: nothing is left.
    void clear();

    const std::string& key() const { return m_key; }
    bool running() const { return m_running; }
    /// Whether it ended before every cell was there.
    bool stopped() const { return m_stopped; }
    /// Cells that have not come are NaN. Without rows before the first part.
    const SweepResult& result() const { return m_result; }
    int done() const { return m_done; }
    const QString& error() const { return m_error; }

Q_SIGNALS:
    void changed();

private:
    void takePart(const SweepPart& part);

    EngineHost& m_host;
    std::string m_key;
    SweepResult m_result;
    QString m_error;
    int m_done = 0;
    int m_serial = 0; ///< answers to an earlier sweep are dropped
    bool m_running = false, m_stopped = false;
};

} // namespace cutaway::app
