// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_link.h"
#include "core/engine/process/frames.h"

#include <QLocalServer>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>

#include <map>
#include <memory>
#include <optional>

namespace cutaway::app {

/// An engine in a process of its own. When that process ends, hangs or talks nonsense it is started again,
/// the model that was open is opened again, and what was asked and not answered is asked again: those who ask
/// notice a longer wait and no more. What ran when it ended is given up after `mostAttempts` times, an
/// opening after the second, since it may be what ends it. Handles of kept runs do not survive: who asks for
/// a slice of one is told that it is kept no longer. GUI thread; nothing blocks but the destructor, and that
/// for a moment.
class EngineProcess : public QObject, public EngineLink {
    Q_OBJECT
public:
    EngineProcess(EngineProgram program, Receiver receiver, QObject* parent = nullptr);
    ~EngineProcess() override;

    std::uint64_t submit(engine::JobTag tag, engine::Ask what) override;
    void cancel(engine::JobTag tag) override;
    void cancelAll() override;
    bool busy() const override { return !m_asked.empty(); }

    /// Starts again after it was given up.
    void revive();
    /// Process id of the engine; 0 while there is none.
    qint64 processId() const { return m_process ? m_process->processId() : 0; }
    /// Whether it has greeted and has the model open again.
    bool ready() const { return m_state == State::Ready; }

    static constexpr int mostAttempts = 3; ///< what ended the engine so often is given up
    /// So many without opening or answering anything: it is not started any more.
    static constexpr int mostEndings = 10;
    /// ms. Without a sign of life for `silent` it is taken for dead; one that starts has longer to greet. A
    /// job that shall stop must ask whether it shall within `deaf`, any other within `stuck`: else it hangs.
    struct Patience {
        int silent = engine::longestSilence;
        int greet = 30'000;
        int deaf = engine::longestDeaf;
        int stuck = 120'000;
        /// Endings while nothing is asked, with no answer and no minute of life in between.
        int restless = 50;
    };
    void setPatience(const Patience& patience);

Q_SIGNALS:
    void news(const cutaway::app::EngineNews& news);

private:
    enum class State { Starting, Reopening, Ready, GivenUp };
    struct Asked {
        engine::RequestMessage request;
        int endings = 0;        ///< how often the engine ended while it ran
        bool cancelled = false; ///< shall stop
    };
    static constexpr int epochShift = 40;

    void start();
    bool listen();
    void adopt(QIODevice* line);
    void lineClosed(const QIODevice* line);
    void read();
    void take(engine::Frame frame);
    void greeted(const engine::HelloFrame& hello);
    void becomeReady();
    void finish(std::uint64_t id, engine::FromEngine message);
    void takePulse(const engine::PulseFrame& pulse);
    void send(const engine::Frame& frame);
    void sendRequest(std::uint64_t id, const Asked& asked);
    /// Answers through the event loop, as if the engine had.
    void answerLater(std::uint64_t id, Error error);
    void cancelWhere(const std::function<bool(const Asked&)>& matches);
    /// The process is of no use any more.
    void end(const QString& reason);
    void ended(const QString& reason);
    void giveUp(const QString& reason);
    void look();
    void tell(EngineNews::Kind kind, const QString& reason, const QString& detail = {});
    static QString endOf(const QProcess& process);
    /// Takes what a process with standard streams has written on its standard error.
    void listen(QProcess& process);
    /// A handle as the window knows it says which process keeps the run.
    std::uint64_t outward(std::uint64_t handle) const {
        return handle == 0 ? 0 : m_epoch << epochShift | handle;
    }

    EngineProgram m_program;
    Receiver m_receiver;
    Patience m_patience;
    std::unique_ptr<QTemporaryDir> m_folder; ///< of the socket; ours alone
    QLocalServer m_server;
    std::unique_ptr<QProcess> m_process;
    QPointer<QIODevice> m_line;
    engine::FrameBuffer m_buffer;
    State m_state = State::Starting;
    bool m_greeted = false;    ///< once
    std::uint64_t m_epoch = 0; ///< which process this is
    std::uint64_t m_lastId = 0;
    std::map<std::uint64_t, Asked> m_asked;     ///< not answered yet, in the order asked
    std::uint64_t m_running = 0;                ///< what the engine has told as started
    std::uint64_t m_reopening = 0;              ///< id of our own request
    std::optional<engine::OpenRequest> m_model; ///< what is open
    std::string m_hash;                         ///< of its weights
    QString m_endWhy;                           ///< why we end it
    QString m_lostWhy;                          ///< why the one before ended; empty: it is not to be told
    int m_endings = 0;                          ///< without an answer in between
    int m_restless = 0;                         ///< Patience::restless
    QTimer m_watch;
    int m_silent = 0, m_unmoved = 0, m_greeting = 0; ///< ms
    int m_alive = 0;                                 ///< ms, ready
    QByteArray m_said;                               ///< last line of its standard error
    engine::PulseFrame m_pulse;
};

} // namespace cutaway::app
