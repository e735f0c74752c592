// SPDX-License-Identifier: GPL-3.0-or-later
// The command line where nothing can be written: a full disk, a place that takes no file, a closed output.
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

class TestUnwritable : public QObject {
    Q_OBJECT

    static QString program() { return QCoreApplication::applicationDirPath() + "/../bin/cutaway-cli"; }
    struct Reply {
        int status = -1;
        QString code, said;
    };
    /// Through a shell, in which no file grows beyond `blocks` of 1,024 bytes.
    static Reply ask(const QStringList& arguments, int blocks = -1, const QString& redirect = {}) {
        QStringList words{
            "-c",
            (blocks < 0 ? QString() : QStringLiteral("trap '' XFSZ; ulimit -f %1; ").arg(blocks)) +
                "exec \"$0\" \"$@\" " + redirect,
            program()};
        QProcess process;
        process.start("bash", words + arguments);
        if (!process.waitForFinished(120000)) return {};
        const QList<QByteArray> lines = process.readAllStandardOutput().trimmed().split('\n');
        return {process.exitCode(),
                QJsonDocument::fromJson(lines.back()).object()["error"].toObject()["code"].toString(),
                QString::fromUtf8(process.readAllStandardError())};
    }
    QStringList run(const QString& file) const {
        return {
            "run",      QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/fixtures/gpt2_plain"),
            "--tokens", "3,1,4,1,5,2,6,5",
            "--hooks",  "blocks.0.attn.hook_pattern,blocks.1.hook_resid_post,blocks.0.mlp.hook_post,logits",
            "--save",   file};
    }
    QStringList files() const { return QDir(m_folder.path()).entryList(QDir::Files); }

    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() {
        if (!QFileInfo(program()).isExecutable()) QSKIP("cutaway-cli is not built");
    }

    /// Neither half a file nor the old one lost.
    void arraysOnAFullDisk() {
        const QString file = m_folder.filePath("arrays.safetensors");
        const Reply none = ask(run(file), 1);
        QCOMPARE(none.status, 1);
        QCOMPARE(none.code, QStringLiteral("file_unwritable"));
        QVERIFY2(none.said.startsWith("[write safetensors]"), qPrintable(none.said));
        QVERIFY(files().isEmpty());
        QFile old(file);
        QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
        old.close();
        QCOMPARE(ask(run(file), 1).status, 1);
        QCOMPARE(files(), QStringList("arrays.safetensors"));
        QVERIFY(old.open(QIODevice::ReadOnly));
        QCOMPARE(old.readAll(), QByteArray("old"));
        QCOMPARE(ask(run(file)).status, 0);
        QVERIFY(QFileInfo(file).size() > 1024);
        QVERIFY(QFile::remove(file));
    }

    void placesThatTakeNoFile_data() {
        QTest::addColumn<QString>("place");
        QTest::newRow("a file system that takes none") << "/proc/arrays.safetensors";
        QTest::newRow("no such folder") << "/nowhere/at/all/arrays.safetensors";
        QTest::newRow("a folder") << "/tmp";
        QTest::newRow("a device") << "/dev/full";
        QTest::newRow("a name too long") << "/tmp/" + QString(300, 'x');
    }
    void placesThatTakeNoFile() {
        QFETCH(QString, place);
        const Reply reply = ask(run(place));
        QCOMPARE(reply.status, 1);
        QCOMPARE(reply.code, QStringLiteral("file_unwritable"));
    }

    void answersThatNobodyTakes() {
        const QStringList info{"info",
                               QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/fixtures/gpt2_plain")};
        const Reply full = ask(info, -1, "> /dev/full");
        QCOMPARE(full.status, 1);
        QVERIFY2(full.said.contains("[write reply]"), qPrintable(full.said));
        const Reply closed = ask(info, -1, ">&-");
        QCOMPARE(closed.status, 1);
        QVERIFY2(closed.said.contains("[write reply]"), qPrintable(closed.said));
    }

    void trainingOnAFullDisk() {
        const QString out = m_folder.filePath("trained");
        const Reply reply = ask({"train", "demo", "--out", out, "--steps", "1", "--quiet"}, 1);
        QCOMPARE(reply.status, 1);
        QCOMPARE(reply.code, QStringLiteral("file_unwritable"));
    }
};

QTEST_GUILESS_MAIN(TestUnwritable)
#include "tst_unwritable.moc"
