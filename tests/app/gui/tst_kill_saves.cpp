// SPDX-License-Identifier: GPL-3.0-or-later
// A program that saves is killed at random moments: its file holds the session last saved or the one that was
// being saved, whole. CUTAWAY_KILLS says how often (40).
#include "core/session/session_file.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

using namespace cutaway;

class TestKillSaves : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void noneIsLost();
};

void TestKillSaves::noneIsLost() {
    QTemporaryDir folder;
    const QString file = folder.filePath("saved.cutaway");
    const int kills = qEnvironmentVariableIntValue("CUTAWAY_KILLS") > 0
                          ? qEnvironmentVariableIntValue("CUTAWAY_KILLS")
                          : 40;
    std::mt19937 random(11);
    int last = 0, between = 0;
    for (int kill = 0; kill < kills; ++kill) {
        QProcess saver;
        saver.start(QCoreApplication::applicationDirPath() + "/save_forever",
                    {file, QString::number(last + 1)});
        QVERIFY(saver.waitForStarted());
        QVERIFY(saver.waitForReadyRead(10000)); // the first is saved
        QThread::usleep(std::uniform_int_distribution<unsigned long>(0, 15'000)(random));
        saver.kill();
        QVERIFY(saver.waitForFinished());
        const QList<QByteArray> said = saver.readAllStandardOutput().trimmed().split('\n');
        const int acknowledged = said.back().toInt();
        QVERIFY(acknowledged > last);
        QFile saved(file);
        QVERIFY(saved.open(QIODevice::ReadOnly));
        const auto read = session::readSession(saved.readAll().toStdString());
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        const int stands = std::stoi(read->session.sequence.text);
        QVERIFY2(stands == acknowledged || stands == acknowledged + 1,
                 qPrintable(QString("%1 stands, %2 was said").arg(stands).arg(acknowledged)));
        between += stands != acknowledged;
        last = stands;
        // What was begun leaves a temporary file at most.
        for (const QString& left : QDir(folder.path()).entryList({"saved.cutaway.*"}, QDir::Files))
            QFile::remove(folder.filePath(left));
    }
    qInfo("%d kills during %d saves: none lost (%d times the one not yet said stood)", kills, last, between);
}

QTEST_GUILESS_MAIN(TestKillSaves)
#include "tst_kill_saves.moc"
