// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/evaluate.h"

#include "core/text/tokenizer.h"
#include "core/training/corpus/corpus.h"
#include "core/training/trainer/encoder.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>

using namespace cutaway;
using namespace cutaway::training;

namespace {

const std::filesystem::path kDemo = CUTAWAY_SOURCE_DIR "/resources/models/demo";

EvaluateOptions few(int items, bool heads) {
    EvaluateOptions options;
    options.items = items;
    options.heads = heads;
    return options;
}

} // namespace

class EvaluateTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The shipped weights, opened as any model is: well below the card's figures something is broken.
    void shippedModelDoesWhatItsCardSays() {
        const auto report = evaluateDemo(kDemo, few(60, true));
        QVERIFY2(report.has_value(), report ? "" : report.error().text().c_str());
        for (const char* task : {"indirect_objects", "induction", "agreement", "name_copying"})
            QVERIFY2(report->tasks.at(task).accuracy >= 0.9, task);
        QVERIFY(report->tasks.at("indirect_objects_new_names").accuracy >= 0.75);
        for (const char* task : {"capitals", "two_hop_facts", "opposites", "pronouns", "colours", "sentiment",
                                 "refusal", "lending", "quotes", "greater_than", "brackets"})
            QVERIFY2(report->tasks.at(task).accuracy >= 0.75, task);
        QCOMPARE(report->tasks.at("agreement").items, 60);
        QVERIFY(report->tasks.at("capitals").items >= 15);     // there are no more different ones
        QVERIFY(report->tasks.at("induction").items > 60 * 6); // a question a token
        QVERIFY(report->loss > 0.5 && report->loss < 3.0);
        QVERIFY(report->logitDifference > 2.0);

        QCOMPARE(report->heads.size(), std::size_t(32));
        const auto has = [&](auto&& which) {
            return std::any_of(report->heads.begin(), report->heads.end(), which);
        };
        QVERIFY(has([](const HeadReport& h) { return h.induction >= 0.3; }));
        QVERIFY(has([](const HeadReport& h) { return h.effect > 0.1; }));
        QVERIFY(has([](const HeadReport& h) { return h.induction < 0.05; })); // not every head is one
    }

    /// What training read is what the program's own tokenizer makes of the shipped file, and it turns back.
    void tokenizerReadsAsTrainingDid() {
        const auto tokenizer = text::Tokenizer::load(kDemo);
        QVERIFY2(tokenizer.has_value(), tokenizer ? "" : tokenizer.error().text().c_str());
        const Encoder encoder(demoVocabulary().value());
        QCOMPARE((*tokenizer)->size(), static_cast<std::size_t>(encoder.vocabulary()));
        QCOMPARE((*tokenizer)->bos().value(), BpeVocabulary::kBos);
        const Corpus corpus(Mixture::Facts);
        Random random(77);
        for (int i = 0; i < 400; ++i) {
            const std::string text = corpus.line(random) + "\n" + corpus.line(random);
            const auto ids = (*tokenizer)->encode(text, BosMode::None);
            QVERIFY(ids.has_value());
            QVERIFY2(std::vector<int>(ids->begin(), ids->end()) == encoder.encode(text), text.c_str());
            QCOMPARE((*tokenizer)->decode(*ids, true), text);
        }
        QCOMPARE((*tokenizer)->encode("When").value().front(), BpeVocabulary::kBos);
    }

    void answersTheSameTwice() {
        const auto a = evaluateDemo(kDemo, few(5, false)), b = evaluateDemo(kDemo, few(5, false));
        QVERIFY(a.has_value() && b.has_value());
        QVERIFY(std::abs(a->loss - b->loss) < 1e-6); // products may add up in another order
        QVERIFY(a->heads.empty());
        for (const auto& [name, score] : a->tasks)
            QCOMPARE(score.accuracy, b->tasks.at(name).accuracy);
    }

    void saysWhatIsMissing() {
        QCOMPARE(evaluateDemo("/nowhere").error().code, ErrorCode::FileNotFound);
        QCOMPARE(evaluateDemo(kDemo, few(0, false)).error().code, ErrorCode::Usage);
        QTemporaryDir folder;
        for (const char* name : {"config.json", "model.safetensors"})
            QVERIFY(QFile::copy(QString::fromStdString((kDemo / name).string()),
                                folder.filePath(QString::fromLatin1(name))));
        const auto report = evaluateDemo(folder.path().toStdString(), few(2, false));
        QVERIFY(!report.has_value());
        QCOMPARE(report.error().code, ErrorCode::NoTokenizer);
    }

    void stopsWhenTold() {
        const CancelToken cancel;
        cancel.cancel();
        const auto report = evaluateDemo(kDemo, few(5, false), {}, cancel);
        QVERIFY(!report.has_value());
        QCOMPARE(report.error().code, ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(EvaluateTest)
#include "tst_evaluate.moc"
