// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/prompt_set.h"
#include "core/session/prompt_variants.h"
#include "core/session/session.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <set>

using namespace cutaway;
using namespace cutaway::session;

class TestPromptSet : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void jsonLines();
    void tables_data();
    void tables();
    void refused_data();
    void refused();
    void variantsSwapTheSameWayEverywhere();
    void variantsAreSeeded();
    void nothingToSwap();
    void aSetIsShownAndLeft();

private:
    std::filesystem::path write(const char* name, const QByteArray& text) {
        QFile file(m_home.filePath(QString::fromLatin1(name)));
        if (!file.open(QIODevice::WriteOnly)) qFatal("no file");
        file.write(text);
        return file.fileName().toStdString();
    }
    static std::string textOf(const PromptItem& item) { return std::get<std::string>(item.input.value); }
    QTemporaryDir m_home;
};

void TestPromptSet::jsonLines() {
    const auto set = readPromptSet(
        write("a.jsonl", "{\"prompt\": \"one \", \"answer\": \" a\", \"wrong\": [\" b\", \"#7\"]}\n"
                         "\n{\"tokens\": [1, 2, 3]}\r\n{\"prompt\": 4}\nnot json\n"
                         "{\"prompt\": \"x\", \"cuts\": [\"zero:L0\"]}\n"));
    QVERIFY(set);
    QCOMPARE(set->size(), 2);
    QCOMPARE(textOf(set->item(0)), std::string("one "));
    QVERIFY(set->item(0).answer == TokenSet{std::string(" a")});
    QCOMPARE(set->item(0).wrong.size(), std::size_t(2));
    QVERIFY(std::get<std::vector<TokenId>>(set->item(1).input.value) == (std::vector<TokenId>{1, 2, 3}));
    QCOMPARE(set->problems.size(), std::size_t(3));
    QVERIFY(set->problems[0].starts_with("line 4: "));
    QVERIFY(set->problems[1].starts_with("line 5: "));
    QVERIFY(set->problems[2].find("cuts of its own") != std::string::npos);
    QCOMPARE(set->name, std::string("a.jsonl"));
}

void TestPromptSet::tables_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("prompts");
    QTest::newRow("plain") << QByteArray("prompt,answer\none, a\ntwo, b\n")
                           << QStringList{"one| a", "two| b"};
    QTest::newRow("order and others")
        << QByteArray("id,wrong,prompt,answer\n1,x,one,a\n") << QStringList{"one|a"};
    QTest::newRow("quoted") << QByteArray("prompt,answer\r\n\"a, \"\"b\"\"\nc\",\" d\"\r\n")
                            << QStringList{"a, \"b\"\nc| d"};
    QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBFprompt\none\n") << QStringList{"one|"};
    QTest::newRow("no last line end") << QByteArray("prompt\none") << QStringList{"one|"};
    QTest::newRow("spaces count") << QByteArray("prompt , answer\n one , a \n") << QStringList{" one | a "};
    QTest::newRow("not UTF-8") << QByteArray("prompt,answer\n\xFF\xFE,a\ntwo,b\n") << QStringList{"two|b"};
    QTest::newRow("empty rows") << QByteArray("prompt,answer\none,a\n,\n\ntwo,b\n")
                                << QStringList{"one|a", "two|b"};
}

void TestPromptSet::tables() {
    QFETCH(QByteArray, text);
    const auto set = readPromptSet(write("t.csv", text));
    QVERIFY2(set.has_value(), set ? "" : set.error().message.c_str());
    QStringList found;
    for (int i = 0; i < set->size(); ++i) {
        const TokenSet& answer = set->item(i).answer;
        found << QString::fromStdString(
            textOf(set->item(i)) + "|" +
            (answer.empty() ? std::string() : std::get<std::string>(answer.front())));
    }
    QTEST(found, "prompts");
}

void TestPromptSet::refused_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("empty") << "a.jsonl" << QByteArray() << "holds no prompt";
    QTest::newRow("no prompts") << "a.jsonl" << QByteArray("{}\n") << "line 1";
    QTest::newRow("no column") << "a.csv" << QByteArray("text,answer\na,b\n") << "no column 'prompt'";
    QTest::newRow("broken quotes") << "a.csv" << QByteArray("prompt\n\"one\n") << "breaks off";
    QTest::newRow("empty table") << "a.csv" << QByteArray() << "empty";
    QTest::newRow("missing") << "" << QByteArray() << "";
}

void TestPromptSet::refused() {
    QFETCH(QString, name);
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const auto set =
        readPromptSet(name.isEmpty() ? std::filesystem::path(m_home.filePath("nowhere.csv").toStdString())
                                     : write(name.toUtf8().constData(), text));
    QVERIFY(!set);
    QVERIFY2(set.error().message.find(says.toStdString()) != std::string::npos, set.error().message.c_str());
}

void TestPromptSet::variantsSwapTheSameWayEverywhere() {
    const WordClasses classes{{"names", {"Mary", "John", "Anna", "Peter", "Zoe"}},
                              {"places", {"store", "park", "gym"}}};
    const PromptItem prompt{
        {std::string("When Mary and John went to the store, John gave it to"), BosMode::PostProcessor},
        {std::string(" Mary")},
        {std::string(" John")}};
    const std::vector<PromptItem> variants = variantsOf(prompt, classes, 40, 1);
    QCOMPARE(variants.size(), std::size_t(40)); // 5·4 names × 3 places − itself = 59 there are
    std::set<std::string> different;
    for (const PromptItem& variant : variants) {
        const QString text = QString::fromStdString(textOf(variant));
        QVERIFY(different.insert(textOf(variant)).second && textOf(variant) != textOf(prompt));
        const QString answer = QString::fromStdString(std::get<std::string>(variant.answer.front()));
        const QString wrong = QString::fromStdString(std::get<std::string>(variant.wrong.front()));
        QVERIFY(answer != wrong);
        QVERIFY(text.startsWith("When" + answer + " and" + wrong + " went to the "));
        QVERIFY(text.endsWith("," + wrong + " gave it to"));
    }
    QCOMPARE(variantsOf(prompt, classes, 500, 1).size(), std::size_t(59));
}

void TestPromptSet::variantsAreSeeded() {
    const WordClasses classes{{"names", {"Mary", "John", "Anna"}}};
    const PromptItem prompt{{std::string("Mary and John, Marys"), BosMode::PostProcessor}, {}, {}};
    const auto first = variantsOf(prompt, classes, 3, 5);
    QVERIFY(first == variantsOf(prompt, classes, 3, 5));
    for (const PromptItem& variant : first)
        QVERIFY(textOf(variant).ends_with(", Marys")); // a part of a word is none
}

void TestPromptSet::nothingToSwap() {
    const PromptItem prompt{{std::string("Nothing here"), BosMode::PostProcessor}, {}, {}};
    QVERIFY(variantsOf(prompt, {{"names", {"Mary", "John"}}}, 8, 1).empty());
    const PromptItem ids{{std::vector<TokenId>{1, 2}, BosMode::PostProcessor}, {}, {}};
    QVERIFY(variantsOf(ids, {{"names", {"Mary", "John"}}}, 8, 1).empty());
}

void TestPromptSet::aSetIsShownAndLeft() {
    Session session;
    int told = 0;
    session.observe([&](Change change) { told += change == Change::Sequence; });
    session.exchange(Sequence{"own", {}, 0});
    session.exchange(Choice{{std::string(" x")}, {std::string(" y")}});
    PromptSet set;
    set.name = "two";
    set.items = std::make_shared<const std::vector<PromptItem>>(std::vector<PromptItem>{
        {{std::string("first"), BosMode::PostProcessor}, {std::string(" a")}, {std::string(" b")}},
        {{std::string("second"), BosMode::PostProcessor}, {}, {}}});
    told = 0;
    PromptSet before = session.exchange(set);
    QCOMPARE(told, 1);
    QCOMPARE(session.sequence().text, std::string("first"));
    QVERIFY(session.choice().answer == TokenSet{std::string(" a")});
    session.setTokens({1, 2});
    session.showPrompt(1);
    QCOMPARE(session.sequence().text, std::string("second"));
    QVERIFY(session.choice().answer == TokenSet{std::string(" x")}); // it names none of its own
    QVERIFY(!session.tokensKnown());
    session.showPrompt(0);
    QVERIFY(session.tokensKnown());
    session.showPrompt(7); // there is none
    QCOMPARE(session.promptSet().current, 0);
    session.exchange(std::move(before));
    QCOMPARE(session.sequence().text, std::string("own"));
}

QTEST_GUILESS_MAIN(TestPromptSet)
#include "tst_prompt_set.moc"
