// SPDX-License-Identifier: GPL-3.0-or-later
// The command line on models of other kinds: GGUF files, `check`, headers alone, folded weights, experts.
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <cmath>

class TestModelsOnTheLine : public QObject {
    Q_OBJECT

    static QString program() { return QCoreApplication::applicationDirPath() + "/../bin/cutaway-cli"; }
    static QString golden(const char* path) {
        return QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/") + QLatin1String(path);
    }
    struct Reply {
        int status = -1;
        QJsonObject object;
        QString said;
    };
    static Reply ask(const QStringList& arguments) {
        QProcess process;
        process.start(program(), arguments);
        if (!process.waitForFinished(60000)) return {};
        return {process.exitCode(), QJsonDocument::fromJson(process.readAllStandardOutput()).object(),
                QString::fromUtf8(process.readAllStandardError())};
    }
    /// The largest logit at the last position and its token.
    static QPair<int, double> best(const Reply& reply) {
        const QJsonObject top =
            reply.object["positions"].toArray()[0].toObject()["top"].toArray()[0].toObject();
        return {top["id"].toInt(), top["logit"].toDouble()};
    }

private Q_SLOTS:
    void initTestCase() {
        if (!QFileInfo(program()).isExecutable()) QSKIP("cutaway-cli is not built");
    }

    void ggufIsAModel() {
        const Reply info = ask({"info", golden("gguf_models/llama_q4.gguf")});
        QVERIFY2(info.status == 0, qPrintable(info.said));
        QCOMPARE(info.object["family"].toString(), QStringLiteral("llama"));
        QCOMPARE(info.object["quantization"].toString(), QStringLiteral("Q4_0"));
        QCOMPARE(info.object["stored_dtype"].toString(), QStringLiteral("Q4_0"));
        QCOMPARE(info.object["hash"].toString().size(), 64);
        const Reply run =
            ask({"run", golden("gguf_models/llama_q4.gguf"), "--tokens", "2,3,4", "--cut", "zero:L0H1"});
        QVERIFY2(run.status == 0, qPrintable(run.said));
        QVERIFY(run.object.contains("uncut"));
    }

    void checkTellsWhatItFound() {
        const Reply plain = ask({"check", golden("families/qwen3_0")});
        QVERIFY2(plain.status == 0, qPrintable(plain.said));
        QVERIFY(plain.object["ok"].toBool());
        QVERIFY(plain.object["tokenizer"].isNull());
        QCOMPARE(plain.object["reference"].toObject()["state"].toString(),
                 QStringLiteral("self-consistent only"));
        QVERIFY(plain.object["tensors"].toObject()["unused"].toArray().isEmpty());
        const QJsonArray norms = plain.object["residual_norms"].toArray();
        QCOMPARE(norms.size(), ask({"info", golden("families/qwen3_0")}).object["n_layers"].toInt() + 1);
        QVERIFY(
            std::all_of(norms.begin(), norms.end(), [](const QJsonValue& n) { return n.toDouble() > 0.0; }));
        const Reply none = ask({"check", golden("families/absent")});
        QCOMPARE(none.status, 1);
        QCOMPARE(none.object["error"].toObject()["code"].toString(), QStringLiteral("file_not_found"));
    }

    /// What headers say is what an open model says, but for the hash and where it runs.
    void headersAlone() {
        const Reply whole = ask({"info", golden("families/mixtral_0")});
        const Reply quick = ask({"info", golden("families/mixtral_0"), "--headers"});
        QCOMPARE(quick.status, 0);
        for (const char* key :
             {"family", "n_layers", "n_heads", "parameters", "bytes", "n_experts", "stored_dtype"})
            QVERIFY2(quick.object[QLatin1String(key)] == whole.object[QLatin1String(key)], key);
        QVERIFY(quick.object["hash"].toString().isEmpty());
    }

    void foldedKeepsProbabilities() {
        const QStringList tokens{"--tokens", "2,3,4,5"};
        const Reply raw = ask(QStringList{"run", golden("families/gpt2_0")} + tokens);
        const Reply folded =
            ask(QStringList{"run", golden("families/gpt2_0"), "--weights", "folded"} + tokens);
        QVERIFY2(folded.status == 0, qPrintable(folded.said));
        QCOMPARE(best(folded).first, best(raw).first);
        QVERIFY(std::abs(best(folded).second - best(raw).second) > 1e-3); // the constant is another
        QVERIFY(std::abs(folded.object["loss"].toDouble() - raw.object["loss"].toDouble()) < 1e-5);
        const Reply bert = ask(QStringList{"run", golden("families/bert_0"), "--weights", "folded"} + tokens);
        QCOMPARE(bert.object["error"].toObject()["code"].toString(), QStringLiteral("unsupported"));
    }

    void neuronsOfAMixtureAreNamed() {
        const Reply reply =
            ask({"run", golden("families/mixtral_0"), "--tokens", "2,3", "--cut", "zero:L0N1"});
        QCOMPARE(reply.status, 2);
        QVERIFY2(reply.said.contains("mixture of experts"), qPrintable(reply.said));
        QVERIFY2(reply.said.contains("L0E0"), qPrintable(reply.said));
    }
};

QTEST_GUILESS_MAIN(TestModelsOnTheLine)
#include "tst_models_on_the_line.moc"
