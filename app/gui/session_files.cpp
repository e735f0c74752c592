// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/session_files.h"

#include "app/gui/write_whole.h"
#include "core/types/json_front.h"
#include "widgets/util/text.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>
#include <QUndoStack>
#include <QUuid>

#include <algorithm>

namespace cutaway::app {

using namespace session;

namespace {

const QString recentKey = QStringLiteral("recentSessions");
constexpr int recentCount = 8;
constexpr int longestPrompt = 44; ///< letters of one that is quoted
constexpr std::size_t largestFile = std::size_t(64) << 20U;
const QString ending = QStringLiteral(".cutaway");

QString stateFolder(const QString& name) {
    const QDir base(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation));
    base.mkpath(name);
    return base.filePath(name);
}

std::filesystem::path pathOf(const QString& file) {
    return QFile::encodeName(file).toStdString();
}

QByteArray digestOf(std::string_view bytes) {
    return QCryptographicHash::hash({bytes.data(), static_cast<qsizetype>(bytes.size())},
                                    QCryptographicHash::Sha256);
}

QByteArrayView bytesOf(const std::string& text) {
    return {text.data(), static_cast<qsizetype>(text.size())};
}

/// One name for a file, however it is reached.
QString canonical(const QString& path) {
    const QString real = QFileInfo(path).canonicalFilePath();
    return real.isEmpty() ? QFileInfo(path).absoluteFilePath() : real;
}

QString lockOf(const QString& path) {
    const QByteArray name = QCryptographicHash::hash(canonical(path).toUtf8(), QCryptographicHash::Sha256);
    return stateFolder(QStringLiteral("locks")) + QLatin1Char('/') +
           QString::fromLatin1(name.toHex().left(32)) + QStringLiteral(".lock");
}

/// A lock that is never taken for abandoned while its process lives.
std::unique_ptr<QLockFile> lockFile(const QString& file) {
    auto lock = std::make_unique<QLockFile>(file);
    lock->setStaleLockTime(0);
    return lock;
}

} // namespace

SessionFiles::SessionFiles(QUndoStack& undo, Capture capture, QObject* parent)
    : QObject(parent), m_undo(undo), m_capture(std::move(capture)),
      m_copyId(QUuid::createUuid().toString(QUuid::WithoutBraces)) {
    m_writer.setMaxThreadCount(1);
    m_copyTimer.setSingleShot(true);
    m_copyTimer.setInterval(copyAfter);
    connect(&m_copyTimer, &QTimer::timeout, this, &SessionFiles::writeCopy);
    connect(&m_undo, &QUndoStack::indexChanged, this, &SessionFiles::edited);
    connect(&m_undo, &QUndoStack::cleanChanged, this, &SessionFiles::tellModified);
}

SessionFiles::~SessionFiles() {
    m_undo.disconnect(this);
    m_writer.waitForDone();
    if (m_copyLock && !m_keepCopy) QFile::remove(copyPath());
}

QString SessionFiles::copyPath() const {
    return stateFolder(QStringLiteral("autosave")) + QLatin1Char('/') + m_copyId + ending;
}

QString SessionFiles::name() const {
    return m_path.isEmpty() ? tr("Untitled") : QFileInfo(m_path).completeBaseName();
}

bool SessionFiles::modified() const {
    return m_touched || !m_undo.isClean();
}

void SessionFiles::tellModified() {
    if (m_settling || modified() == m_toldModified) return;
    m_toldModified = modified();
    Q_EMIT modifiedChanged(m_toldModified);
}

void SessionFiles::touch() {
    if (m_settling) return;
    m_touched = true;
    edited();
}

void SessionFiles::edited() {
    if (m_settling) return;
    tellModified();
    if (modified() && !m_copyTimer.isActive()) m_copyTimer.start();
}

void SessionFiles::settled(bool asSaved) {
    m_settling = false;
    m_undo.clear();
    m_touched = !asSaved;
    tellModified();
    if (m_touched) writeCopy();
}

void SessionFiles::reset() {
    m_settling = true;
    m_path.clear();
    m_onDisk.clear();
    m_unread.clear();
    m_fileLock.reset();
    m_copyTimer.stop();
    m_writer.waitForDone();
    QFile::remove(copyPath());
}

bool SessionFiles::lock(const QString& path) {
    auto lock = lockFile(lockOf(path));
    if (!lock->tryLock(0) && lock->error() == QLockFile::LockFailedError) return false;
    m_fileLock = std::move(lock); // without a place for locks there are none
    return true;
}

bool SessionFiles::isOpenElsewhere(const QString& path) {
    const auto lock = lockFile(lockOf(path));
    return !lock->tryLock(0) && lock->error() == QLockFile::LockFailedError;
}

Result<SessionFiles::Opened> SessionFiles::open(const QString& path) {
    const Result<std::string> text = readFile(pathOf(path), largestFile, "open session");
    if (!text) return fail(text.error());
    Result<ReadSession> read = readSession(*text);
    if (!read) {
        Error error = read.error();
        error.message = QFileInfo(path).fileName().toStdString() + ": " + error.message;
        return fail(std::move(error));
    }
    const bool same = !m_path.isEmpty() && canonical(path) == canonical(m_path);
    Opened opened{std::move(*read), !same && isOpenElsewhere(path)};
    reset();
    m_unread = opened.read.session.unread;
    if (!opened.copy && lock(path)) {
        m_path = QFileInfo(path).absoluteFilePath();
        m_onDisk = digestOf(*text);
    }
    remember(path);
    return opened;
}

Result<ReadSession> SessionFiles::recover(const LostWork& work) {
    const Result<std::string> text = readFile(pathOf(work.file), largestFile, "restore work");
    if (!text) return fail(text.error());
    Result<ReadSession> read = readSession(*text);
    if (!read) return read;
    reset();
    m_unread = read->session.unread;
    m_spent << work.file; // until there is a copy of ours
    return read;
}

bool SessionFiles::changedOnDisk() const {
    if (m_path.isEmpty()) return false;
    const Result<std::string> text = readFile(pathOf(m_path), largestFile, "save session");
    return text && digestOf(*text) != m_onDisk;
}

Status SessionFiles::save(const QString& path) {
    SavedSession saved = m_capture();
    saved.unread = m_unread;
    const std::string text = writeSession(saved);
    const QString full = QFileInfo(path).absoluteFilePath();
    const bool other = m_path.isEmpty() || canonical(full) != canonical(m_path);
    if (other && isOpenElsewhere(full))
        return fail(ErrorCode::FileUnwritable, "save session",
                    tr("%1 is open in another window. Save under another name.")
                        .arg(QFileInfo(full).fileName())
                        .toStdString());
    if (const QString why = writeWhole(full, bytesOf(text)); !why.isEmpty())
        return fail(ErrorCode::FileUnwritable, "save session",
                    tr("%1 could not be written: %2. The work is kept here; “Save as…” puts it elsewhere.")
                        .arg(full, why)
                        .toStdString(),
                    {{"path", full.toStdString()}});
    if (other) m_fileLock.reset();
    m_path = full;
    if (other) lock(full);
    m_onDisk = digestOf(text);
    m_touched = false;
    m_undo.setClean();
    m_copyTimer.stop();
    m_writer.waitForDone();
    QFile::remove(copyPath());
    remember(full);
    tellModified();
    return {};
}

void SessionFiles::writeCopy() {
    if (!modified()) return;
    if (!m_copyLock) {
        m_copyLock = lockFile(copyPath() + QStringLiteral(".lock"));
        m_copyLock->tryLock(0);
    }
    SavedSession saved = m_capture();
    saved.unread = m_unread;
    m_writer.start([this, text = writeSession(saved), path = copyPath()] {
        const QString why = writeWhole(path, bytesOf(text));
        QMetaObject::invokeMethod(
            this, [this, why] { copyWritten(why); }, Qt::QueuedConnection);
    });
}

void SessionFiles::copyWritten(const QString& why) {
    if (why.isEmpty()) {
        for (const QString& file : std::exchange(m_spent, {}))
            QFile::remove(file);
        m_copyFailed = false;
        return;
    }
    if (std::exchange(m_copyFailed, true)) return;
    Q_EMIT copyFailed(
        tr("The copy kept in case of a crash could not be written: %1. Save to keep the work.").arg(why));
}

std::vector<LostWork> SessionFiles::lostWork() const {
    std::vector<LostWork> lost;
    const QDir folder(stateFolder(QStringLiteral("autosave")));
    const QFileInfoList files = folder.entryInfoList({QLatin1Char('*') + ending}, QDir::Files, QDir::Time);
    for (const QFileInfo& file : files) {
        if (file.absoluteFilePath() == copyPath() || m_spent.contains(file.absoluteFilePath())) continue;
        const auto lock = lockFile(file.absoluteFilePath() + QStringLiteral(".lock"));
        if (!lock->tryLock(0) && lock->error() == QLockFile::LockFailedError) continue; // its window lives
        if (lost.size() >= mostCopies) {
            QFile::remove(file.absoluteFilePath());
            continue;
        }
        const Result<std::string> text =
            readFile(pathOf(file.absoluteFilePath()), largestFile, "restore work");
        const Result<ReadSession> read = text ? readSession(*text) : fail(text.error());
        if (!read) continue; // kept: another program may read it
        const Sequence& sequence = read->session.sequence;
        QString prompt = widgets::visibleText(QString::fromStdString(sequence.text));
        if (prompt.size() > longestPrompt)
            prompt = prompt.left(longestPrompt).trimmed() + QStringLiteral("…");
        lost.push_back({file.absoluteFilePath(), file.lastModified(), prompt});
    }
    return lost;
}

void SessionFiles::discard(const LostWork& work) {
    QFile::remove(work.file);
}

void SessionFiles::remember(const QString& path) {
    const QString full = QFileInfo(path).absoluteFilePath();
    QSettings settings;
    QStringList files = settings.value(recentKey).toStringList();
    files.removeAll(full);
    files.prepend(full);
    settings.setValue(recentKey, files.mid(0, recentCount));
}

QStringList SessionFiles::recent() const {
    return QSettings().value(recentKey).toStringList();
}

} // namespace cutaway::app
