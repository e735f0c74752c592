// SPDX-License-Identifier: GPL-3.0-or-later
// `--engine ssh:HOST`: the numbers of the engine in this process, and a sentence for whatever goes wrong on
// the way. `ssh` is a script here (tests/support/fake_ssh.h); what it starts is the real engine.
#include "core/weights/safetensors.h"
#include "tests/support/alike_json.h"
#include "tests/support/fake_ssh.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <csignal>

class TestRemoteEngine : public QObject {
    Q_OBJECT

    static QString bin() { return QCoreApplication::applicationDirPath() + "/../bin"; }
    static QString model(const char* name) {
        return QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/fixtures/") + QLatin1String(name);
    }
    static QString demo() { return QStringLiteral(CUTAWAY_SOURCE_DIR "/resources/models/demo"); }
    struct Reply {
        int status = -1;
        QByteArray out, said;
        QJsonObject object() const { return QJsonDocument::fromJson(out).object(); }
        QString code() const { return object()["error"].toObject()["code"].toString(); }
    };
    static Reply ask(const QStringList& arguments, const QByteArray& input = {}) {
        QProcess process;
        process.start(bin() + "/cutaway-cli", arguments);
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(120000)) return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2,
                process.readAllStandardOutput(), process.readAllStandardError()};
    }
    /// What a process has started; 0: nothing.
    static pid_t childOf(qint64 process) {
        QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(process));
        return children.open(QIODevice::ReadOnly) ? children.readAll().trimmed().toInt() : 0;
    }

    /// `serve` over the engine elsewhere, a first request sent.
    struct Conversation {
        Conversation() {
            process.start(bin() + "/cutaway-cli", {"serve", "demo", "--quiet", "--engine", "ssh:here"});
            process.write("{\"tokens\":[1,2,3]}\n");
        }
        bool said(const char* word) {
            out += process.readAllStandardOutput();
            return out.contains(word);
        }
        QProcess process;
        QByteArray out;
    };

    QTemporaryDir m_folder;

private Q_SLOTS:
    void initTestCase() {
        if (!QFileInfo(bin() + "/cutaway-cli").isExecutable()) QSKIP("cutaway-cli is not built");
        QVERIFY(cutaway::tests::installFakeSsh(m_folder.path(), bin()));
    }

    void sameAnswers_data() {
        QTest::addColumn<QStringList>("arguments");
        const QString tokens = "3,1,4,1,5", gpt2 = model("gpt2_plain");
        const QStringList text{"--prompt", "When Mary and John went to the store, John gave a drink to",
                               "--answer", " Mary",
                               "--wrong",  " John"};
        const auto row = [](const char* name, const QStringList& arguments) {
            QTest::newRow(name) << arguments;
        };
        row("info", {"info", "demo"});
        row("check", {"check", demo()});
        row("run", QStringList{"run", "demo", "--cut", "zero:L0H4", "--cut", "mean:L2.mlp"} + text);
        row("all positions",
            {"run", gpt2, "--tokens", tokens, "--positions", "all", "--cut", "noise(0.1):L0H1"});
        row("donor", {"run", gpt2, "--tokens", tokens, "--donor-tokens", "2,7,1,8,2", "--cut", "patch:L1H0"});
        row("generate", {"generate", "demo", "--prompt", "When Mary and John", "--max-tokens", "5"});
        row("sweep", QStringList{"sweep", "demo", "--over", "heads"} + text);
        row("lens", QStringList{"lens", "demo"} + text);
        row("attribution", QStringList{"attribution", "demo"} + text);
        row("waterfall", QStringList{"waterfall", "demo", "--cut", "zero:L0H6"} + text);
        row("another dtype", {"run", gpt2, "--tokens", tokens, "--dtype", "bf16"});
        row("folded", {"run", gpt2, "--tokens", tokens, "--weights", "folded"});
        // What is wrong is said in the same words.
        row("no such model", {"run", "/nowhere/model", "--tokens", "1"});
        row("no such part", {"run", gpt2, "--tokens", tokens, "--cut", "zero:L9H0"});
        row("token out of range", {"run", gpt2, "--tokens", "999999"});
        row("no such hook",
            {"run", gpt2, "--tokens", tokens, "--hooks", "blocks.0.nothing", "--save", "/tmp/x"});
    }
    void sameAnswers() {
        QFETCH(QStringList, arguments);
        const Reply here = ask(arguments), there = ask(arguments + QStringList{"--engine", "ssh:here"});
        QVERIFY2(there.status == here.status, there.said.constData());
        QJsonObject a = here.object(), b = there.object();
        QVERIFY(!a.isEmpty());
        for (QJsonObject* object : {&a, &b})
            for (const char* time : {"seconds", "ms"})
                object->remove(QLatin1String(time));
        QVERIFY2(cutaway::tests::alike(a, b), (here.out + there.out).constData());
    }

    void arraysAreSavedHere() {
        const QStringList words{"run",      model("gpt2_plain"),
                                "--tokens", "3,1,4",
                                "--hooks",  "blocks.0.attn.hook_pattern,blocks.1.hook_resid_post,logits"};
        const QString here = m_folder.filePath("a.safetensors"), there = m_folder.filePath("b.safetensors");
        QCOMPARE(ask(words + QStringList{"--save", here}).status, 0);
        QCOMPARE(ask(words + QStringList{"--save", there, "--engine", "ssh:here"}).status, 0);
        const auto a = cutaway::weights::TensorTable::openFile(here.toStdString());
        const auto b = cutaway::weights::TensorTable::openFile(there.toStdString());
        QVERIFY(a && b);
        QCOMPARE(b->tensors().size(), std::size_t(4));
        for (const auto& [name, entry] : a->tensors()) {
            const auto* other = b->find(name);
            QVERIFY2(other, name.c_str());
            const cutaway::HostTensor x = cutaway::weights::TensorTable::toHost(entry);
            const cutaway::HostTensor y = cutaway::weights::TensorTable::toHost(*other);
            QVERIFY(x.shape == y.shape && x.ids == y.ids && x.values.size() == y.values.size());
            for (std::size_t k = 0; k < x.values.size(); ++k)
                QVERIFY(x.values[k] == y.values[k] ||
                        std::abs(x.values[k] - y.values[k]) <= 1e-5F * std::max(1.0F, std::abs(x.values[k])));
        }
    }

    void linesAndServe() {
        const QByteArray lines = "{\"tokens\":[1,2,3]}\n{\"tokens\":[]}\n{\"tokens\":[4]}\n";
        QFile file(m_folder.filePath("prompts.jsonl"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(lines);
        file.close();
        const QStringList there{"--engine", "ssh:here"};
        const auto sameLines = [](const Reply& a, const Reply& b) {
            const QList<QByteArray> x = a.out.split('\n'), y = b.out.split('\n');
            return a.status == b.status && x.size() == 4 && y.size() == 4 &&
                   std::equal(x.begin(), x.end(), y.begin(),
                              [](const QByteArray& one, const QByteArray& other) {
                                  QJsonObject left = QJsonDocument::fromJson(one).object();
                                  QJsonObject right = QJsonDocument::fromJson(other).object();
                                  left.remove("ms"), right.remove("ms");
                                  return cutaway::tests::alike(left, right);
                              });
        };
        const QStringList run{"run", model("gpt2_plain"), "--prompts", file.fileName()};
        QVERIFY(sameLines(ask(run), ask(run + there)));
        const QStringList serve{"serve", model("gpt2_plain"), "--quiet"};
        QVERIFY(sameLines(ask(serve, lines), ask(serve + there, lines)));
    }

    void refused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("says");
        const auto run = [](const char* place) {
            return QStringList{"run", model("gpt2_plain"), "--tokens", "1", "--engine", QLatin1String(place)};
        };
        QTest::newRow("nobody there") << run("ssh:nowhere") << 1 << "engine_lost"
                                      << "Could not resolve hostname nowhere";
        QTest::newRow("another scheme") << run("http:here") << 2 << "usage"
                                        << "expected ssh:HOST";
        QTest::newRow("no host") << run("ssh:") << 2 << "usage"
                                 << "expected ssh:HOST";
        QTest::newRow("an option") << run("ssh:-oProxyCommand=true") << 2 << "usage"
                                   << "expected ssh:HOST";
        QTest::newRow("a command") << run("ssh:here; rm") << 2 << "usage"
                                   << "expected ssh:HOST";
        QTest::newRow("tokenize") << QStringList{"tokenize", "demo", "--prompt", "a", "--engine", "ssh:here"}
                                  << 2 << "usage"
                                  << "no place here";
    }
    void refused() {
        QFETCH(QStringList, arguments);
        QFETCH(int, status);
        QFETCH(QString, code);
        QFETCH(QString, says);
        const Reply reply = ask(arguments);
        QCOMPARE(reply.status, status);
        QCOMPARE(reply.code(), code);
        QVERIFY2(reply.said.contains(says.toUtf8()), reply.said.constData());
    }

    /// Whatever the program at the other end does, an answer comes.
    void whatIsNoEngine_data() {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("says");
        QTest::newRow("leaves") << QByteArray("exit 3") << "status 3";
        QTest::newRow("talks") << QByteArray("echo Welcome to this machine, have a nice day; sleep 5")
                               << "no message";
        QTest::newRow("greets in words first")
            << QByteArray("printf '*** hello\\n'; exec '" +
                          QFile::encodeName(QFileInfo(bin()).absoluteFilePath()) + "/cutaway-engine' --stdio")
            << "does a login there print something";
        QTest::newRow("is killed") << QByteArray("kill -9 $$") << "signal 9";
        QTest::newRow("is another version")
            << QByteArray("exec '" + QFile::encodeName(QCoreApplication::applicationDirPath()) +
                          "/fake_engine_program' --version-of 9.9.9")
            << "9.9.9";
    }
    void whatIsNoEngine() {
        QFETCH(QByteArray, script);
        QFETCH(QString, says);
        if (script.contains("fake_engine_program") &&
            !QFileInfo(QCoreApplication::applicationDirPath() + "/fake_engine_program").isExecutable())
            QSKIP("built without the window's tests");
        QTemporaryDir other;
        QFile program(other.filePath("cutaway-engine"));
        QVERIFY(program.open(QIODevice::WriteOnly));
        program.write("#!/bin/sh\n" + script + '\n');
        program.close();
        program.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
        QTemporaryDir place;
        const QByteArray path = qgetenv("PATH");
        QVERIFY(cutaway::tests::installFakeSsh(place.path(), other.path()));
        const Reply reply = ask({"run", "demo", "--tokens", "1", "--engine", "ssh:here"});
        qputenv("PATH", path);
        QCOMPARE(reply.status, 1);
        QCOMPARE(reply.code(), QStringLiteral("engine_lost"));
        QVERIFY2(reply.said.contains(says.toUtf8()), reply.said.constData());
    }

    /// A job that is long: it is stopped, answered as such, and nothing is left running there.
    void stopsAndLeaves() {
        Conversation talk;
        QProcess& process = talk.process;
        QTRY_VERIFY_WITH_TIMEOUT(talk.said("positions"), 60000);
        const pid_t engine = childOf(process.processId());
        QVERIFY(engine > 0);
        // Every cell of a sweep over 4 layers and 250 positions is a run of its own.
        QByteArray tokens = "1";
        for (int i = 2; i <= 250; ++i)
            tokens += "," + QByteArray::number(i);
        process.write("{\"command\":\"sweep\",\"over\":\"resid\",\"metric\":\"kl\",\"tokens\":[" + tokens +
                      "]}\n");
        QTest::qWait(100);
        QVERIFY(!talk.said("cells"));
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(30000));
        QVERIFY2(talk.said("\"cancelled\""), talk.out.right(400).constData());
        QCOMPARE(process.exitCode(), 130);
        QTRY_VERIFY_WITH_TIMEOUT(::kill(engine, 0) != 0, 10000);
    }

    /// The engine falls silent, or ends in the middle: said within seconds, whatever was asked.
    void itGoesAway_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("killed") << SIGKILL;
        QTest::newRow("stopped") << SIGSTOP;
    }
    void itGoesAway() {
        QFETCH(int, signal);
        Conversation talk;
        QProcess& process = talk.process;
        QTRY_VERIFY_WITH_TIMEOUT(talk.said("positions"), 60000);
        ::kill(childOf(process.processId()), signal);
        process.write("{\"tokens\":[1,2,3]}\n");
        QTRY_VERIFY_WITH_TIMEOUT(talk.said("engine_lost"), 30000);
        process.write("{\"tokens\":[1,2,3]}\n"); // and again, at once
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished(10000));
        QVERIFY(talk.said("engine_lost"));
        QCOMPARE(talk.out.count('\n'), 3);
    }
};

QTEST_GUILESS_MAIN(TestRemoteEngine)
#include "tst_remote_engine.moc"
