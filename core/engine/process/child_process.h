// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace cutaway::engine {

/// A text from another machine as a message may hold it: ASCII, and nothing that acts on a terminal.
std::string printable(std::string text);

/// A program with its standard input and output on one line to us; what it writes on its standard error is
/// kept, the end of it. One thread.
class ChildProcess {
public:
    /// Starts a program, found in PATH. Errors: EngineLost where it cannot be started.
    static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& command);
    /// Closes the line; what has not left by itself in a moment is killed.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Writes what it can without waiting longer than `patience`, and takes that off; false where nobody
    /// reads any more.
    bool write(std::string_view& bytes, std::chrono::milliseconds patience);
    /// What has come, after a wait of `patience` at most; empty where nothing did, none where the line is
    /// closed.
    std::optional<std::string> read(std::chrono::milliseconds patience);
    /// Asks it to leave, then kills it, if it still runs: ssh puts the terminal right when it is asked.
    void end();
    /// Whether what it writes on its standard error is passed on to ours.
    void setEcho(bool on) { m_echo = on; }
    /// How it ended, in words, with what it said last; waits for a moment.
    std::string farewell();

private:
    ChildProcess(std::string name, pid_t process, int line, int errors)
        : m_name(std::move(name)), m_process(process), m_line(line), m_errors(errors) {}
    /// Takes what stands on its standard error; false where that is closed or nothing is there.
    bool listen();
    /// Whether it has ended within `patience`; its status is kept then.
    bool waitFor(std::chrono::milliseconds patience);

    std::string m_name;
    pid_t m_process;
    int m_line, m_errors; ///< −1: closed
    std::optional<int> m_status;
    std::string m_said; ///< the end of its standard error
    bool m_echo = false;
};

} // namespace cutaway::engine
