// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/bpe/bpe_trainer.h"
#include "core/training/corpus/words.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QtTest>

using namespace cutaway::training;

class BpeTrainerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void learnsTheMostFrequentPairFirst() {
        const auto learnt = trainBpe({{"ab ab abc", 100}, {"bc", 100}}, 262);
        QVERIFY(learnt.has_value());
        QCOMPARE(learnt->tokens[258], std::string("ab")); // 3 of each 100, before " ab" (2) and "bc" (1)
        QCOMPARE(learnt->tokens[259], std::string(" ab"));
    }

    void splitsAsGpt2Does() {
        const auto words = splitWords("When Mary's 1732 cups, “so”  x\n");
        QVERIFY(words.has_value());
        const std::vector<std::string_view> expected = {"When", " Mary", "'s", " 1732", " cups", ",",
                                                        " “",   "so",    "”",  " ",     " x",    "\n"};
        QCOMPARE(*words, expected);
    }

    void refusesTooSmallAVocabulary() { QVERIFY(!trainBpe({{"a", 1}}, 100).has_value()); }
    void refusesTextThatIsNoUtf8() { QVERIFY(!splitWords("a\xff").has_value()); }

    void listedWordsAreSingleTokens() {
        const auto vocabulary = demoVocabulary();
        QVERIFY(vocabulary.has_value());
        for (const std::string& word : closedVocabulary())
            QVERIFY2(vocabulary->find(" " + word) >= 0, word.c_str());
        for (const Name& name : names())
            QVERIFY2(vocabulary->find(name.text) >= 0, name.text.c_str());
        for (const char* half : {"00", "09", "17", "32", "99"})
            QVERIFY(vocabulary->find(half) >= 0);
        for (const std::string& token : vocabulary->tokens)
            QVERIFY(token.size() < 20);
    }

    /// The weights in the repository belong to this vocabulary: a corpus that makes another one needs
    /// training anew.
    void makesTheShippedTokenizer() {
        QFile file(QStringLiteral(CUTAWAY_SOURCE_DIR "/resources/models/demo/tokenizer.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto vocabulary = demoVocabulary();
        QVERIFY(vocabulary.has_value());
        QCOMPARE(file.readAll().toStdString(), vocabulary->toJson());
    }

    void writesAWholeTokenizerFile() {
        const auto vocabulary = trainBpe({{"ab ab é", 100}}, 262);
        QVERIFY(vocabulary.has_value());
        const auto json = nlohmann::json::parse(vocabulary->toJson());
        QCOMPARE(json["model"]["type"].get<std::string>(), std::string("BPE"));
        QCOMPARE(json["model"]["vocab"].size(), vocabulary->tokens.size());
        QCOMPARE(json["model"]["merges"].size(), vocabulary->merges.size());
        QCOMPARE(json["post_processor"]["single"][0]["SpecialToken"]["id"].get<std::string>(),
                 std::string("<bos>"));
        QCOMPARE(json["model"]["vocab"]["<bos>"].get<int>(), 0);
        QVERIFY(json["model"]["vocab"].contains("Ġab"));
    }
};

QTEST_GUILESS_MAIN(BpeTrainerTest)
#include "tst_bpe_trainer.moc"
