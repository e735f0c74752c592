// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/options.h"

#include <QTest>

using namespace cutaway;
using namespace cutaway::app;

class TestOptions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reads();
    void refuses_data();
    void refuses();
};

void TestOptions::reads() {
    const auto options = parseOptions({"folder", "--prompt", "a b", "--cut", "zero:L0H1", "--cut=mean:L1H0",
                                       "--answer", " Mary", "--wrong", "#12", "--screenshot", "x.png",
                                       "--size", "1600x1000", "--dark", "--view", "attention"});
    QVERIFY(options.has_value());
    QCOMPARE(options->model, QString("folder"));
    QCOMPARE(*options->prompt, QString("a b"));
    QCOMPARE(options->cuts.size(), std::size_t(2));
    QVERIFY(options->answer == TokenSet{std::string(" Mary")});
    QVERIFY(options->wrong == TokenSet{TokenId(12)});
    QCOMPARE(options->size, QSize(1600, 1000));
    QVERIFY(*options->dark);
}

void TestOptions::refuses_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("unknown") << QStringList{"--promt", "x"};
    QTest::newRow("no value") << QStringList{"--prompt"};
    QTest::newRow("bad cut") << QStringList{"--cut", "zero"};
    QTest::newRow("two models") << QStringList{"a", "b"};
    QTest::newRow("bad size") << QStringList{"--size", "1600"};
    QTest::newRow("tiny size") << QStringList{"--size", "10x10"};
    QTest::newRow("no such view") << QStringList{"--view", "sunset"};
    QTest::newRow("wrong alone") << QStringList{"--wrong", "x"};
}

void TestOptions::refuses() {
    QFETCH(QStringList, arguments);
    const auto options = parseOptions(arguments);
    QVERIFY(!options.has_value());
    QCOMPARE(exitStatus(options.error().code), 2);
    QVERIFY(!options.error().message.empty());
}

QTEST_GUILESS_MAIN(TestOptions)
#include "tst_options.moc"
