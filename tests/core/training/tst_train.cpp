// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/train.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <array>

using namespace cutaway;
using namespace cutaway::training;

namespace {

TrainOptions tiny(const QTemporaryDir& folder) {
    TrainOptions o;
    o.out = folder.path().toStdString();
    o.steps = 30;
    o.layers = 1;
    o.heads = 2;
    o.width = 32;
    o.context = 64;
    o.batchTokens = 512;
    o.warmUp = 5;
    o.evaluateEvery = 0;
    o.checkpointEvery = 0;
    o.itemsAtEnd = 4;
    return o;
}

QByteArray weightsOf(const QTemporaryDir& folder) {
    QFile file(folder.filePath(QStringLiteral("model.safetensors")));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TrainTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lowersTheLossAndWritesAModel() {
        QTemporaryDir folder;
        std::vector<double> curve;
        const auto report =
            trainDemo(tiny(folder), {}, {}, [&](const TrainStep& s) { curve.push_back(s.loss); });
        QVERIFY2(report.has_value(), report ? "" : report.error().text().c_str());
        QCOMPARE(report->steps, 30);
        QVERIFY(report->tokensSeen >= 30 * 500);
        QCOMPARE(curve.size(), std::size_t(2)); // after 25 steps, after 30
        QVERIFY(curve[0] < 7.9);                // ln 2716 = 7.91, before anything is learnt
        QVERIFY2(curve[1] < curve[0] - 0.2, QByteArray::number(curve[1]).constData());
        QVERIFY(report->evaluation.tasks.at("agreement").items == 4);
        QCOMPARE(report->evaluation.heads.size(), std::size_t(2));
        for (const char* name :
             {"config.json", "tokenizer.json", "reference.jsonl", "model.safetensors", "training.jsonl"})
            QVERIFY(QFile::exists(folder.filePath(QString::fromLatin1(name))));
    }

    void isTheSameForASeed() {
        QTemporaryDir a, b, c;
        QVERIFY(trainDemo(tiny(a)).has_value());
        QVERIFY(trainDemo(tiny(b)).has_value());
        TrainOptions other = tiny(c);
        other.seed = 2;
        QVERIFY(trainDemo(other).has_value());
        QVERIFY(!weightsOf(a).isEmpty());
        QVERIFY(weightsOf(a) == weightsOf(b));
        QVERIFY(weightsOf(a) != weightsOf(c));
    }

    /// Stopped after 25 of 30 steps and resumed from the checkpoint = never stopped.
    void resumesAsIfNeverStopped() {
        QTemporaryDir whole, halves;
        QVERIFY(trainDemo(tiny(whole)).has_value());
        TrainOptions options = tiny(halves);
        const CancelToken cancel;
        const auto stopped = trainDemo(options, {}, cancel, [&](const TrainStep&) { cancel.cancel(); });
        QVERIFY(!stopped.has_value());
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        QVERIFY(weightsOf(halves) != weightsOf(whole));
        options.resume = true;
        const auto rest = trainDemo(options);
        QVERIFY2(rest.has_value(), rest ? "" : rest.error().text().c_str());
        QCOMPARE(rest->steps, 5);
        QVERIFY(weightsOf(halves) == weightsOf(whole));
    }

    void resumesFromBareWeights() {
        QTemporaryDir folder;
        TrainOptions options = tiny(folder);
        QVERIFY(trainDemo(options).has_value());
        QVERIFY(QFile::remove(folder.filePath(QStringLiteral("checkpoint.safetensors"))));
        options.resume = true;
        std::vector<double> curve;
        const auto report = trainDemo(options, {}, {}, [&](const TrainStep& s) { curve.push_back(s.loss); });
        QVERIFY(report.has_value());
        QCOMPARE(report->steps, 30);
        QVERIFY2(curve[0] < 6.5, QByteArray::number(curve[0]).constData()); // goes on where it stood
    }

    /// Heads that went out have no effect at all, those left do; stopping and resuming changes nothing.
    void prunesHeads() {
        QTemporaryDir whole, halves;
        TrainOptions options = tiny(whole);
        options.layers = 2;
        options.heads = 4;
        options.headsLeft = 3;
        options.pruneFrom = 0.2;
        options.pruneTo = 0.95;
        const auto report = trainDemo(options);
        QVERIFY2(report.has_value(), report ? "" : report.error().text().c_str());
        int out = 0;
        std::array<int, 2> leftInLayer{};
        for (const HeadReport& head : report->evaluation.heads)
            if (head.effect == 0.0)
                ++out;
            else
                ++leftInLayer[static_cast<std::size_t>(head.layer)];
        QCOMPARE(out, 5);
        QVERIFY(leftInLayer[0] > 0 && leftInLayer[1] > 0);

        options.out = halves.path().toStdString();
        const CancelToken cancel;
        QVERIFY(!trainDemo(options, {}, cancel, [&](const TrainStep&) { cancel.cancel(); }).has_value());
        options.resume = true;
        QVERIFY(trainDemo(options).has_value());
        QVERIFY(weightsOf(halves) == weightsOf(whole));
    }

    void refusesWhatDoesNotFit() {
        QTemporaryDir folder;
        TrainOptions options = tiny(folder);
        options.heads = 5;
        QCOMPARE(trainDemo(options).error().code, ErrorCode::Usage);
        options = tiny(folder);
        options.resume = true; // nothing there yet
        QCOMPARE(trainDemo(options).error().code, ErrorCode::FileNotFound);
        options.resume = false;
        options.steps = 1;
        QVERIFY(trainDemo(options).has_value());
        options.resume = true;
        options.width = 64;
        QCOMPARE(trainDemo(options).error().code, ErrorCode::BadFile);
    }

    void reportsAFolderThatCannotBeWritten() {
        TrainOptions options;
        options.out = "/proc/nowhere";
        options.steps = 1;
        QCOMPARE(trainDemo(options).error().code, ErrorCode::FileUnwritable);
    }
};

QTEST_GUILESS_MAIN(TrainTest)
#include "tst_train.moc"
