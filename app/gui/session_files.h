// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session_file.h"

#include <QByteArray>
#include <QDateTime>
#include <QLockFile>
#include <QObject>
#include <QStringList>
#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>

QT_BEGIN_NAMESPACE
class QUndoStack;
QT_END_NAMESPACE

namespace cutaway::app {

/// Work of a window that is gone without having been saved.
struct LostWork {
    QString file;
    QDateTime when;
    QString prompt; ///< how it begins
};

/// Where a window's session is kept: its file, whether that is up to date, and the copy that is made every
/// few seconds in case nothing else is left. Says what happens; asks nothing (main_window_sessions.cpp does).
/// GUI thread; the copies are written on another.
class SessionFiles : public QObject {
    Q_OBJECT
public:
    using Capture = std::function<session::SavedSession()>;
    /// `capture` gives what is to be saved.
    SessionFiles(QUndoStack& undo, Capture capture, QObject* parent = nullptr);
    /// An orderly end: the copy is of no use any more, unless keepCopy() says so.
    ~SessionFiles() override;

    /// Empty: not saved yet.
    const QString& path() const { return m_path; }
    /// As titles have it: "ioi" or "Untitled".
    QString name() const;
    bool modified() const;
    /// An edit that is not on the undo stack: another model.
    void touch();

    /// What reading a file brought.
    struct Opened {
        session::ReadSession read;
        bool copy = false; ///< another window has the file open: this is a copy without a name
    };
    /// Reads a file and, unless another window has it, makes it this window's. What stood before is gone from
    /// here on only if the result is good. Errors: those of readFile() and readSession(), one sentence.
    Result<Opened> open(const QString& path);
    /// Reads work that was left behind; it has no name, and is not saved.
    Result<session::ReadSession> recover(const LostWork& work);
    /// What stands is new: no name, no edit.
    void reset();
    /// After open(), recover() or reset(), once the document is as read.
    void settled(bool asSaved);

    /// Writes the session, whole or not at all. Errors: FileUnwritable, one sentence with what can be done.
    Status save(const QString& path);
    /// Whether the file is another than the one last read or written here.
    bool changedOnDisk() const;
    /// Whether another living window has this file.
    static bool isOpenElsewhere(const QString& path);

    /// What windows that are gone have left, the newest first. It stays until it is discarded or recovered.
    std::vector<LostWork> lostWork() const;
    void discard(const LostWork& work);
    /// The copy stays behind on a close without saving after a failed save.
    void keepCopy() { m_keepCopy = true; }

    QStringList recent() const;

    static constexpr int copyAfter = 2000; ///< ms from an edit to its copy
    static constexpr int mostCopies = 10;  ///< of windows that are gone

Q_SIGNALS:
    void modifiedChanged(bool modified);
    /// The copy could not be written; one sentence. Told once until one is written again.
    void copyFailed(const QString& sentence);

private:
    void edited();
    void writeCopy();
    void copyWritten(const QString& why);
    void tellModified();
    void remember(const QString& path);
    bool lock(const QString& path);
    QString copyPath() const;

    QUndoStack& m_undo;
    Capture m_capture;
    QString m_path;
    QByteArray m_onDisk;    ///< digest of what was last read or written
    bool m_touched = false; ///< changed otherwise than by the undo stack
    bool m_toldModified = false;
    bool m_settling = false;
    bool m_keepCopy = false;
    std::vector<nlohmann::json> m_unread; ///< cards to be written back untouched
    std::unique_ptr<QLockFile> m_fileLock, m_copyLock;
    QString m_copyId;
    QTimer m_copyTimer;
    bool m_copyFailed = false;
    QStringList m_spent;  ///< recovered copies, removed once a newer one of ours is written
    QThreadPool m_writer; ///< of one thread: copies are written in turn
};

} // namespace cutaway::app
