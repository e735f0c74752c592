// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/process/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace cutaway::engine {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t mostSaid = 4096; ///< bytes of its standard error that are kept
constexpr milliseconds moment{2000}, littleMoment{500};

/// Above the numbers of the standard streams, which may be closed.
int lifted(int descriptor) {
    const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    ::close(descriptor);
    return high;
}

/// Descriptors that are closed on the way out, but for those that were taken.
class Descriptors {
public:
    Descriptors() = default;
    ~Descriptors() {
        for (const int each : all)
            if (each >= 0) ::close(each);
    }
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;
    static int take(int& descriptor) { return std::exchange(descriptor, -1); }

    std::array<int, 4> all{-1, -1, -1, -1};
    int &ours = all[0], &theirs = all[1], &errors = all[2], &theirErrors = all[3];
};

} // namespace

std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) c = '?';
    return text;
}

namespace {

/// The last line of a text that holds something. What might act on a terminal is left out of it.
std::string lastLine(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string::npos) return {};
    const std::size_t begin = text.find_last_of('\n', end);
    std::string line = text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin + 1) + 1);
    return printable(line);
}

} // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& command) {
    const auto failed = [&](int why) {
        return fail(ErrorCode::EngineLost, "start engine",
                    command.front() + " could not be started: " + std::strerror(why));
    };
    Descriptors held;
    // A pair of sockets, not pipes: writing to one that is closed is told by send(), not by a signal.
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return failed(errno);
    held.ours = lifted(pair[0]), held.theirs = lifted(pair[1]);
    if (::pipe2(pair.data(), O_CLOEXEC) != 0) return failed(errno);
    held.errors = lifted(pair[0]), held.theirErrors = lifted(pair[1]);
    if (std::any_of(held.all.begin(), held.all.end(), [](int each) { return each < 0; }))
        return failed(EMFILE);

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, held.theirs, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, held.theirs, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, held.theirErrors, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command)
        words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t process = -1;
    const int why = ::posix_spawnp(&process, words[0], &actions, &attributes, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (why != 0) return failed(why);
    ::fcntl(held.errors, F_SETFL, O_NONBLOCK);
    return std::unique_ptr<ChildProcess>(new ChildProcess(
        command.front(), process, Descriptors::take(held.ours), Descriptors::take(held.errors)));
}

ChildProcess::~ChildProcess() {
    if (m_line >= 0) ::close(m_line);
    if (!waitFor(moment)) end();
    if (m_errors >= 0) ::close(m_errors);
}

bool ChildProcess::write(std::string_view& bytes, milliseconds patience) {
    pollfd watched{m_line, POLLOUT, 0};
    if (::poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return true;
    const ssize_t put = ::send(m_line, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    return put >= 0 || errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

std::optional<std::string> ChildProcess::read(milliseconds patience) {
    std::array<pollfd, 2> watched{{{m_line, POLLIN, 0}, {m_errors, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(patience.count()));
    if (ready <= 0) return std::string();
    if (watched[1].revents != 0) listen();
    if (watched[0].revents == 0) return std::string();
    std::string bytes(std::size_t(1) << 16U, '\0');
    const ssize_t got = ::recv(m_line, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) return std::string();
    if (got <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

bool ChildProcess::listen() {
    std::array<char, 1024> chunk{};
    const ssize_t got = m_errors < 0 ? 0 : ::read(m_errors, chunk.data(), chunk.size());
    if (got > 0) {
        m_said.append(chunk.data(), static_cast<std::size_t>(got));
        if (m_echo && ::write(STDERR_FILENO, chunk.data(), static_cast<std::size_t>(got)) < 0) m_echo = false;
        if (m_said.size() > mostSaid) m_said.erase(0, m_said.size() - mostSaid);
        return true;
    }
    if (got == 0 && m_errors >= 0) ::close(std::exchange(m_errors, -1));
    return false;
}

bool ChildProcess::waitFor(milliseconds patience) {
    for (milliseconds waited{0}; !m_status; waited += milliseconds(5)) {
        int status = 0;
        const pid_t ended = ::waitpid(m_process, &status, WNOHANG);
        if (ended == m_process) m_status = status;
        if (ended < 0 && errno != EINTR) m_status = 0; // somebody else has waited for it
        if (m_status || waited >= patience) break;
        std::this_thread::sleep_for(milliseconds(5));
    }
    return m_status.has_value();
}

void ChildProcess::end() {
    if (m_status) return;
    ::kill(m_process, SIGTERM);
    if (waitFor(littleMoment)) return;
    ::kill(m_process, SIGKILL);
    waitFor(moment);
}

std::string ChildProcess::farewell() {
    const bool left = waitFor(moment);
    while (listen()) {
    }
    std::string words = !left ? m_name + " closed the line"
                        : WIFSIGNALED(*m_status)
                            ? m_name + " was ended by signal " + std::to_string(WTERMSIG(*m_status))
                            : m_name + " left with status " + std::to_string(WEXITSTATUS(*m_status));
    const std::string said = lastLine(m_said);
    return said.empty() ? words : words + ": " + said;
}

} // namespace cutaway::engine
