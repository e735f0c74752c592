// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/engine_process.h"

#include "app/gui/error_sentence.h"
#include "widgets/util/text.h"

#include <QCoreApplication>
#include <QDir>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

namespace cutaway::app {

using namespace engine;

namespace {

constexpr int lookEvery = 500;      ///< ms
constexpr qsizetype mostSaid = 400; ///< of a line of its standard error
constexpr int longLife = 60'000;    ///< ms; what ended it before has nothing to do with what does now

std::uint64_t* handleOf(Ask& ask) {
    if (auto* slice = std::get_if<SliceRequest>(&ask)) return &slice->handle;
    if (auto* tiles = std::get_if<TilesRequest>(&ask)) return &tiles->handle;
    if (auto* reading = std::get_if<HeadReadingRequest>(&ask)) return &reading->handle;
    if (auto* neurons = std::get_if<NeuronsRequest>(&ask)) return &neurons->handle;
    return nullptr;
}

} // namespace

EngineProcess::EngineProcess(EngineProgram program, Receiver receiver, QObject* parent)
    : QObject(parent), m_program(std::move(program)), m_receiver(std::move(receiver)) {
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server.nextPendingConnection()) {
            if (m_line) { // one line, and nobody else's
                socket->deleteLater();
                continue;
            }
            connect(socket, &QLocalSocket::disconnected, this, [this, socket] { lineClosed(socket); });
            adopt(socket);
            m_server.close();
        }
    });
    m_watch.setInterval(lookEvery);
    connect(&m_watch, &QTimer::timeout, this, &EngineProcess::look);
    start();
}

EngineProcess::~EngineProcess() {
    if (!m_process) return;
    m_process->disconnect(this);
    if (m_line) {
        m_line->disconnect(this);
        // It leaves by itself. A process would be waited for, however long it took.
        if (!m_program.standardStreams) m_line->close();
    }
    m_process->closeWriteChannel();
    if (!m_process->waitForFinished(300)) {
        m_process->kill();
        m_process->waitForFinished(1000);
    }
}

void EngineProcess::setPatience(const Patience& patience) {
    m_patience = patience;
}

void EngineProcess::start() {
    m_state = State::Starting;
    m_buffer = {};
    m_buffer.setLimit(largestGreeting);
    m_silent = m_unmoved = m_alive = m_greeting = 0;
    m_running = 0;
    ++m_epoch;
    QStringList arguments = m_program.arguments;
    if (!m_program.standardStreams) {
        if (!listen()) return giveUp(tr("no local socket could be made (%1)").arg(m_server.errorString()));
        arguments << QStringLiteral("--connect") << m_server.fullServerName();
    }
    m_process = std::make_unique<QProcess>();
    QProcess* process = m_process.get();
    if (m_program.standardStreams) {
        // What ssh has to say when there is no way to the machine is part of the reason.
        process->setProcessChannelMode(QProcess::SeparateChannels);
        m_said.clear();
        connect(process, &QProcess::readyReadStandardError, this, [this, process] { listen(*process); });
    } else {
        process->setProcessChannelMode(QProcess::ForwardedChannels);
        process->setStandardInputFile(QProcess::nullDevice());
    }
    connect(process, &QProcess::errorOccurred, this, [this, process](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart && process == m_process.get())
            giveUp(tr("%1 could not be started (%2)").arg(m_program.program, process->errorString()));
    });
    connect(process, &QProcess::finished, this, [this, process] {
        if (process != m_process.get()) return;
        // What it said before, which may still lie in the socket: what it had begun above all.
        while (m_line && m_line != process && m_line->waitForReadyRead(0)) {
        }
        read();
        listen(*process);
        const QString reason = m_endWhy.isEmpty() ? endOf(*process) : m_endWhy;
        // ssh says why there is no way to a machine; the engine's own words are for whoever looks after it.
        ended(m_said.isEmpty() || m_state != State::Starting
                  ? reason
                  : tr("%1: %2").arg(reason, widgets::visibleText(QString::fromUtf8(m_said))));
    });
    if (m_program.standardStreams)
        connect(process, &QProcess::started, this, [this, process] { adopt(process); });
    m_watch.start();
    process->start(m_program.program, arguments);
}

bool EngineProcess::listen() {
    if (m_server.isListening()) return true;
    // The path of a socket is short by law: the first folder in which ours is short enough.
    const QStringList places{QDir::tempPath(), QStringLiteral("/tmp")};
    for (const QString& place : places) {
        if (!m_folder) {
            auto folder = std::make_unique<QTemporaryDir>(place + QStringLiteral("/cutaway-XXXXXX"));
            if (!folder->isValid()) continue;
            m_folder = std::move(folder);
        }
        if (m_server.listen(m_folder->filePath(QStringLiteral("engine")))) return true;
        m_folder.reset();
    }
    return false;
}

void EngineProcess::adopt(QIODevice* line) {
    m_line = line;
    connect(line, &QIODevice::readyRead, this, &EngineProcess::read);
    send(HelloFrame{protocolVersion, "cutaway", CUTAWAY_VERSION, QCoreApplication::applicationPid()});
    read();
}

void EngineProcess::lineClosed(const QIODevice* line) {
    if (line != m_line || !m_process) return;
    read();
    // How it ended is told by the process in a moment; if it lives on without a line it is of no use.
    QTimer::singleShot(1000, m_process.get(), [process = m_process.get()] { process->kill(); });
}

void EngineProcess::read() {
    if (!m_line || m_line->bytesAvailable() == 0) return; // a line that has closed says nothing but a warning
    const QByteArray bytes = m_line->readAll();
    m_silent = 0;
    m_buffer.append({bytes.constData(), static_cast<std::size_t>(bytes.size())});
    for (;;) {
        Result<std::optional<Frame>> frame = m_buffer.next();
        if (!frame) return end(tr("it sent what is no message (%1)").arg(sentenceOf(frame.error())));
        if (!*frame || !m_line) return;
        take(std::move(**frame));
    }
}

void EngineProcess::take(Frame frame) {
    if (const auto* hello = std::get_if<HelloFrame>(&frame)) return greeted(*hello);
    if (m_state == State::Starting) return end(tr("it did not greet"));
    if (const auto* pulse = std::get_if<PulseFrame>(&frame)) return takePulse(*pulse);
    m_unmoved = 0;
    if (const auto* started = std::get_if<StartedMessage>(&frame)) {
        m_running = started->id;
    } else if (auto* progress = std::get_if<ProgressMessage>(&frame)) {
        if (m_asked.contains(progress->id)) m_receiver(*progress);
    } else if (auto* part = std::get_if<PartialMessage>(&frame)) {
        if (m_asked.contains(part->id)) m_receiver(*part);
    } else if (auto* result = std::get_if<ResultMessage>(&frame)) {
        if (auto* run = std::get_if<RunResult>(&result->answer)) run->handle = outward(run->handle);
        finish(result->id, std::move(*result));
    } else if (auto* error = std::get_if<ErrorMessage>(&frame)) {
        finish(error->id, std::move(*error));
    }
}

void EngineProcess::greeted(const HelloFrame& hello) {
    if (hello.protocol != protocolVersion || hello.version != CUTAWAY_VERSION) {
        m_endings = mostEndings; // another start brings no other
        return end(tr("it is of version %1 and this window of %2: install both from one build")
                       .arg(widgets::visibleText(QString::fromStdString(hello.version)),
                            QStringLiteral(CUTAWAY_VERSION)));
    }
    if (m_state != State::Starting) return;
    m_greeted = true;
    m_buffer.setLimit(largestFrame);
    if (!m_model) return becomeReady();
    m_state = State::Reopening;
    m_reopening = ++m_lastId;
    send(RequestMessage{m_reopening, 0, JobTag::Load, *m_model});
}

void EngineProcess::becomeReady() {
    m_state = State::Ready;
    for (auto at = m_asked.begin(); at != m_asked.end();) {
        auto& [id, asked] = *at++;
        sendRequest(id, asked);
    }
    if (!m_lostWhy.isEmpty()) tell(EngineNews::Kind::Back, m_lostWhy);
    m_lostWhy.clear();
}

void EngineProcess::finish(std::uint64_t id, FromEngine message) {
    m_running = 0;
    const auto* result = std::get_if<ResultMessage>(&message);
    const auto* info = result ? std::get_if<ModelInfo>(&result->answer) : nullptr;
    if (id == m_reopening && m_state == State::Reopening) {
        m_reopening = 0;
        const QString why = m_lostWhy;
        if (!info) { // whoever asks now is told that no model is open
            m_model.reset();
            m_lostWhy.clear();
            becomeReady();
            const auto* error = std::get_if<ErrorMessage>(&message);
            return tell(EngineNews::Kind::ModelGone, why, error ? sentenceOf(error->error) : QString());
        }
        m_endings = 0;
        const bool changed = info->hash != m_hash;
        m_hash = info->hash;
        if (changed) m_lostWhy.clear();
        becomeReady();
        if (changed) {
            EngineNews told{EngineNews::Kind::ModelChanged, why, {}, *info};
            Q_EMIT news(told);
        }
        return;
    }
    const auto at = m_asked.find(id);
    if (at == m_asked.end()) return;
    if (info) {
        m_model = std::get<OpenRequest>(at->second.request.ask);
        m_hash = info->hash;
    }
    if (result) m_endings = m_restless = 0;
    m_asked.erase(at);
    m_receiver(message);
}

std::uint64_t EngineProcess::submit(JobTag tag, Ask what) {
    const std::uint64_t id = ++m_lastId;
    Asked& asked = m_asked[id];
    asked.request = {id, 0, tag, std::move(what)};
    if (m_state == State::Ready)
        sendRequest(id, asked);
    else if (m_state == State::GivenUp)
        answerLater(id, {ErrorCode::EngineLost, "ask engine", "the engine is not running"});
    return id;
}

void EngineProcess::sendRequest(std::uint64_t id, const Asked& asked) {
    RequestMessage request = asked.request;
    if (std::uint64_t* handle = handleOf(request.ask)) {
        if (*handle >> epochShift != m_epoch)
            return answerLater(id, {ErrorCode::Usage, "read run",
                                    "this run is kept no longer: the engine was started again since"});
        *handle &= (std::uint64_t(1) << epochShift) - 1;
    }
    send(request);
}

void EngineProcess::send(const Frame& frame) {
    if (!m_line) return;
    const Result<std::string> bytes = encodeFrame(frame);
    if (bytes) {
        m_line->write(bytes->data(), static_cast<qint64>(bytes->size()));
        return;
    }
    if (const auto* request = std::get_if<RequestMessage>(&frame)) answerLater(request->id, bytes.error());
}

void EngineProcess::answerLater(std::uint64_t id, Error error) {
    QMetaObject::invokeMethod(
        this,
        [this, id, error = std::move(error)] {
            const auto at = m_asked.find(id);
            if (at == m_asked.end()) return;
            m_asked.erase(at);
            m_receiver(ErrorMessage{id, 0, error});
        },
        Qt::QueuedConnection);
}

void EngineProcess::cancelWhere(const std::function<bool(const Asked&)>& matches) {
    for (auto& [id, asked] : m_asked) {
        if (asked.cancelled || !matches(asked)) continue;
        asked.cancelled = true;
        if (m_state == State::Ready)
            send(CancelMessage{id});
        else
            answerLater(id, {ErrorCode::Cancelled, "run job", "stopped before it began"});
    }
}

void EngineProcess::cancel(JobTag tag) {
    cancelWhere([tag](const Asked& asked) { return asked.request.tag == tag; });
}

void EngineProcess::cancelAll() {
    cancelWhere([](const Asked&) { return true; });
}

void EngineProcess::takePulse(const PulseFrame& pulse) {
    const bool moved = pulse.running != m_pulse.running || pulse.asked != m_pulse.asked || pulse.running == 0;
    m_pulse = pulse;
    m_unmoved = moved ? 0 : m_unmoved + pulseEvery;
    const auto at = m_asked.find(pulse.running);
    if (at != m_asked.end() && at->second.cancelled && m_unmoved >= m_patience.deaf)
        return end(tr("it did not hear that it should stop"));
    if (m_unmoved >= m_patience.stuck) end(tr("it had not moved for %1 s").arg(m_unmoved / 1000));
}

// Counts looks, not time: a window that was held up itself has not listened.
void EngineProcess::look() {
    m_silent += lookEvery;
    if (m_state == State::Ready && (m_alive += lookEvery) >= longLife) m_endings = m_restless = 0;
    // Before it has greeted anything may be said there, by a login for instance: that is no sign of life.
    m_greeting += m_state == State::Starting ? lookEvery : 0;
    if (m_state == State::Starting && m_greeting >= m_patience.greet) return end(tr("it did not answer"));
    if (m_state != State::Starting && m_silent >= m_patience.silent)
        end(tr("it gave no sign of life for %1 s").arg(m_silent / 1000));
}

void EngineProcess::end(const QString& reason) {
    if (!m_process || !m_endWhy.isEmpty()) return;
    m_endWhy = reason;
    // Of a process that is its own line only this: its end is still to be told.
    if (m_line) disconnect(m_line, &QIODevice::readyRead, this, nullptr);
    m_line = nullptr;
    m_process->kill(); // ended() follows
}

void EngineProcess::listen(QProcess& process) {
    if (!m_program.standardStreams) return;
    const QByteArray words = process.readAllStandardError();
    std::fwrite(words.constData(), 1, static_cast<std::size_t>(words.size()), stderr);
    for (const QByteArray& line : words.split('\n'))
        if (const QByteArray said = line.trimmed(); !said.isEmpty()) m_said = said.left(mostSaid);
}

QString EngineProcess::endOf(const QProcess& process) {
    if (process.exitStatus() == QProcess::CrashExit) {
        const int signal = process.exitCode();
        const char* name = ::strsignal(signal);
        return signal == SIGKILL
                   ? tr("it was killed; the usual reason is that memory ran out")
                   : tr("signal %1, %2").arg(signal).arg(QString::fromLocal8Bit(name ? name : "?"));
    }
    return tr("it left with status %1").arg(process.exitCode());
}

void EngineProcess::ended(const QString& reason) {
    m_watch.stop();
    m_endWhy.clear();
    m_process.release()->deleteLater(); // we may be in a signal of its
    if (m_line) {
        m_line->disconnect(this);
        if (!m_program.standardStreams) m_line->deleteLater();
    }
    m_line = nullptr;
    ++m_endings;
    if (m_asked.empty()) ++m_restless;
    const std::uint64_t ran = std::exchange(m_running, 0);
    for (auto& [id, asked] : m_asked) {
        const bool opening = std::holds_alternative<OpenRequest>(asked.request.ask);
        if (asked.cancelled)
            answerLater(id, {ErrorCode::Cancelled, "run job", "stopped"});
        else if (id == ran && ++asked.endings >= (opening ? 2 : mostAttempts))
            answerLater(id, {ErrorCode::EngineLost, opening ? "open model" : "run job",
                             (opening ? "the engine ended while it opened the model: "
                                      : "the engine ended each time it tried: ") +
                                 reason.toStdString()});
    }
    // Where no way led to another machine none leads there now; whoever can mend it asks again.
    const bool unreached = m_program.standardStreams && !m_greeted;
    if (unreached) return giveUp(tr("no engine was reached on the other machine (%1)").arg(reason));
    if (m_endings >= mostEndings || m_restless >= m_patience.restless) return giveUp(reason);
    m_lostWhy = reason;
    tell(EngineNews::Kind::Lost, reason);
    // The first time at once; what ends it again and again is not helped by haste.
    const int pause = m_endings == 1 ? 0 : std::min(1000, 100 << m_endings);
    m_state = State::Starting;
    QTimer::singleShot(pause, this, [this] {
        if (!m_process) start();
    });
}

void EngineProcess::giveUp(const QString& reason) {
    m_watch.stop();
    if (m_process) {
        m_process->disconnect(this);
        m_process.release()->deleteLater();
    }
    m_state = State::GivenUp;
    for (const auto& [id, asked] : m_asked)
        answerLater(
            id, {ErrorCode::EngineLost, "ask engine", "the engine is not running: " + reason.toStdString()});
    m_lostWhy.clear();
    // Not from within the constructor.
    QMetaObject::invokeMethod(
        this, [this, reason] { tell(EngineNews::Kind::GaveUp, reason); }, Qt::QueuedConnection);
}

void EngineProcess::revive() {
    if (m_state != State::GivenUp) return;
    m_endings = m_restless = 0;
    m_lostWhy = tr("it was started again");
    start();
}

void EngineProcess::tell(EngineNews::Kind kind, const QString& reason, const QString& detail) {
    Q_EMIT news({kind, reason, detail, {}});
}

} // namespace cutaway::app
