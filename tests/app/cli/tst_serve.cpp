// SPDX-License-Identifier: GPL-3.0-or-later
// `cutaway-cli serve`: the numbers of the single commands, an answer for every line whatever it holds.
#include "tests/support/alike_json.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <random>

using cutaway::tests::alike;

namespace {

/// JSON written with single quotes.
QByteArray json(const char* text) {
    return QByteArray(text).replace('\'', '"');
}

} // namespace

class TestServe : public QObject {
    Q_OBJECT

private:
    static QString program() { return QCoreApplication::applicationDirPath() + "/../bin/cutaway-cli"; }
    static QString model(const char* name) {
        return QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/fixtures/") + QLatin1String(name);
    }
    static QByteArray once(const QStringList& arguments) {
        QProcess process;
        process.start(program(), arguments);
        process.waitForFinished(60000);
        return process.readAllStandardOutput().trimmed();
    }
    struct Served {
        QList<QByteArray> lines;
        int status = -1;
    };
    static Served serve(const QString& folder, const QByteArray& input) {
        QProcess process;
        process.start(program(), {"serve", folder, "--quiet"});
        process.write(input);
        process.closeWriteChannel();
        Served served;
        if (!process.waitForFinished(120000)) return served;
        served.status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
        served.lines = process.readAllStandardOutput().split('\n');
        if (!served.lines.isEmpty() && served.lines.back().isEmpty()) served.lines.removeLast();
        return served;
    }
    static QJsonObject object(const QByteArray& line) { return QJsonDocument::fromJson(line).object(); }
    static QString code(const QByteArray& line) {
        return object(line)["error"].toObject()["code"].toString();
    }

private Q_SLOTS:
    void initTestCase() {
        if (!QFileInfo(program()).isExecutable()) QSKIP("cutaway-cli is not built");
    }

    void numbersAreThoseOfTheCommands_data() {
        QTest::addColumn<QByteArray>("document");
        QTest::addColumn<QStringList>("arguments");
        const auto row = [](const char* name, const QByteArray& document, const QStringList& arguments) {
            QTest::newRow(name) << document << arguments;
        };
        row("run", json("{'tokens':[4,3,8,1],'cuts':['zero:L0H1'],'answer':1,'wrong':2,'top':3}"),
            {"run", "MODEL", "--tokens", "4,3,8,1", "--cut", "zero:L0H1", "--answer", "#1", "--wrong", "#2",
             "--top", "3"});
        row("all positions", json("{'command':'run','tokens':[4,3],'positions':'all'}"),
            {"run", "MODEL", "--tokens", "4,3", "--positions", "all"});
        row("generate",
            json("{'command':'generate','tokens':[4,3],'max_tokens':5,'temperature':0.7,'seed':9,'ignore_eos'"
                 ":true}"),
            {"generate", "MODEL", "--tokens", "4,3", "--max-tokens", "5", "--temperature", "0.7", "--seed",
             "9", "--ignore-eos"});
        row("lens", json("{'command':'lens','tokens':[4,3,8],'answer':1}"),
            {"lens", "MODEL", "--tokens", "4,3,8", "--answer", "#1"});
        row("attribution",
            json("{'command':'attribution','tokens':[4,3,8],'answer':1,'wrong':2,'position':1}"),
            {"attribution", "MODEL", "--tokens", "4,3,8", "--answer", "#1", "--wrong", "#2", "--position",
             "1"});
        row("waterfall",
            json("{'command':'waterfall','tokens':[4,3,8],'answer':1,'wrong':2,'cuts':['zero:L1H0']}"),
            {"waterfall", "MODEL", "--tokens", "4,3,8", "--answer", "#1", "--wrong", "#2", "--cut",
             "zero:L1H0"});
        row("info", json("{'command':'info'}"), {"info", "MODEL"});
    }
    void numbersAreThoseOfTheCommands() {
        QFETCH(QByteArray, document);
        QFETCH(QStringList, arguments);
        const QString folder = model("gpt2_plain");
        arguments.replaceInStrings("MODEL", folder);
        const Served served = serve(folder, document + '\n');
        QCOMPARE(served.status, 0);
        QCOMPARE(served.lines.size(), 1);
        const auto steady = [](const QByteArray& line) { // what is not a result of the numbers
            QJsonObject reply = object(line);
            reply.remove("ms");
            reply.remove("computed");
            return reply;
        };
        const QByteArray single = once(arguments);
        QVERIFY2(!single.contains("\"error\""), single.constData());
        QVERIFY2(alike(steady(served.lines.front()), steady(single)),
                 (served.lines.front() + " against " + single).constData());
    }

    void sweepsToo() {
        const QString folder = model("gpt2_plain");
        const Served served =
            serve(folder, json("{'command':'sweep','over':'heads','metric':'kl','tokens':[4,3,8]}") + "\n");
        QJsonObject a = object(served.lines.value(0));
        QJsonObject b =
            object(once({"sweep", folder, "--over", "heads", "--metric", "kl", "--tokens", "4,3,8"}));
        for (QJsonObject* reply : {&a, &b})
            reply->remove("seconds");
        QVERIFY(a.contains("grid"));
        QVERIFY2(alike(a, b),
                 (QJsonDocument(a).toJson() + " against " + QJsonDocument(b).toJson()).constData());
    }

    void hostileLinesAreAnswered() {
        struct Row {
            const char* name;
            QByteArray line;
            QString code;
        };
        std::vector<Row> rows;
        const auto row = [&](const char* name, const QByteArray& line, const char* code) {
            rows.push_back({name, line, QString::fromLatin1(code)});
        };
        row("no JSON", "hello", "bad_json");
        row("half", "{\"tokens\":[1", "bad_json");
        row("NUL", QByteArray("{\"tokens\":[1]\0}", 15), "bad_json");
        row("no UTF-8", "{\"prompt\":\"\xFF\xFE\"}", "bad_json");
        row("deep", QByteArray(100000, '['), "bad_json");
        row("duplicate key", json("{'tokens':[1],'tokens':[2]}"), "bad_json");
        row("huge number", json("{'tokens':[1e999]}"), "bad_json");
        row("megabytes", QByteArray(20 << 20, 'x'), "bad_json");
        row("a list", "[1,2]", "usage");
        row("a number", "5", "usage");
        row("nothing asked", "{}", "usage");
        row("unknown key", json("{'tokens':[1],'colour':'red'}"), "usage");
        row("unknown command", json("{'command':'melt','tokens':[1]}"), "usage");
        row("command no text", json("{'command':7,'tokens':[1]}"), "usage");
        row("key of another command", json("{'command':'lens','tokens':[1],'max_tokens':3}"), "usage");
        row("info with input", json("{'command':'info','tokens':[1]}"), "usage");
        row("tokens out of range", json("{'tokens':[99999999]}"), "out_of_range");
        row("tokens of words", json("{'tokens':['a']}"), "usage");
        row("no tokenizer", json("{'prompt':'hello'}"), "no_tokenizer");
        row("bad cut", json("{'tokens':[1],'cuts':['melt:L0']}"), "bad_cut");
        row("absent head", json("{'tokens':[1],'cuts':['zero:L0H99']}"), "unknown_target");
        row("hooks without save", json("{'tokens':[1],'hooks':['logits']}"), "usage");
        row("save into nowhere", json("{'tokens':[1],'hooks':['logits'],'save':'/absent/x.safetensors'}"),
            "file_unwritable");
        row("negative max_tokens", json("{'command':'generate','tokens':[1],'max_tokens':-1}"), "usage");
        row("temperature 0", json("{'command':'generate','tokens':[1],'temperature':0}"), "usage");
        row("sweep over nothing", json("{'command':'sweep','tokens':[1]}"), "usage");
        const QByteArray good = json("{'id':'x','tokens':[4,3]}");
        QByteArray input;
        for (const Row& one : rows)
            input += one.line + "\r\n\n" + good + '\n';
        input.chop(1); // no end of line at the end
        const Served served = serve(model("gpt2_plain"), input);
        QCOMPARE(served.status, 0);
        QCOMPARE(served.lines.size(), qsizetype(2 * rows.size()));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto at = static_cast<qsizetype>(2 * i);
            QVERIFY2(code(served.lines[at]) == rows[i].code,
                     qPrintable(QString(rows[i].name) + ": " + served.lines[at].left(200)));
            QCOMPARE(object(served.lines[at + 1])["id"].toString(), QString("x"));
            QVERIFY(object(served.lines[at + 1]).contains("positions"));
        }
    }

    void anyLinesGetAsManyAnswers() {
        std::mt19937 random(3);
        const auto below = [&](int bound) {
            return std::uniform_int_distribution<int>(0, bound - 1)(random);
        };
        QByteArray input;
        QList<int> ids;
        for (int i = 0; i < 300; ++i) {
            QByteArray line = json("{'id':") + QByteArray::number(i) + json(",'tokens':[") +
                              QByteArray::number(below(9)) + ",3]}";
            if (below(3) == 0)
                for (int k = 1 + below(4); k > 0; --k)
                    line[below(static_cast<int>(line.size()))] = static_cast<char>(1 + below(255));
            line.replace('\n', ' ');
            if (line.trimmed().isEmpty()) line = "x";
            input += line + '\n';
        }
        const Served served = serve(model("gpt2_plain"), input);
        QCOMPARE(served.status, 0);
        QCOMPARE(served.lines.size(), 300);
        for (const QByteArray& line : served.lines)
            QVERIFY2(!object(line).isEmpty(), line.left(200).constData());
    }

    void arraysAreSaved() {
        QTemporaryDir folder;
        const QString file = folder.filePath("a.safetensors");
        const Served served = serve(model("gpt2_plain"), json("{'tokens':[4,3],'hooks':['logits'],'save':'") +
                                                             file.toUtf8() + "\"}\n");
        QVERIFY(!served.lines.value(0).contains("error"));
        QVERIFY(QFileInfo(file).size() > 100);
    }

    void anInterruptEndsIt() {
        QProcess process;
        process.start(program(), {"serve", model("gpt2_plain"), "--quiet"});
        process.write(json("{'tokens':[4,3]}") + "\n");
        QVERIFY(process.waitForReadyRead(30000));
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(5000));
        QCOMPARE(process.exitCode(), 130);
    }
};

QTEST_GUILESS_MAIN(TestServe)
#include "tst_serve.moc"
