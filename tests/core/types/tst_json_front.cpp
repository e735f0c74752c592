// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/json_front.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace cutaway;

/// JSON from outside: every cap, and files that are not files.
class TestJsonFront : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void refused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const QByteArray& text, const char* says) {
            QTest::newRow(name) << text << says;
        };
        row("empty", "", "byte");
        row("cut short", "{\"a\":", "byte");
        row("trailing", "{} x", "byte");
        row("duplicate key", R"({"a":{"b":1,"b":2}})", "stands twice");
        row("deep", QByteArray(65, '[') + QByteArray(65, ']'), "deeper");
        row("very deep", QByteArray(2000000, '['), "deeper");
        row("big integer", R"([18446744073709551616])", "64 bits");
        row("small integer", R"([-9223372036854775809])", "64 bits");
        row("big float", R"([1e999])", "overflow");
        row("bad utf-8", "[\"\xC3\x28\"]", "byte");
        row("lone surrogate", "[\"\\ud800\"]", "byte");
        row("long string", "[\"" + QByteArray(70000, 'x') + "\"]", "string");
        row("nan", "[NaN]", "byte");
        row("many", "[" + QByteArray("0,").repeated(2000) + "0]", "more than");
    }
    void refused() {
        QFETCH(QByteArray, text);
        QFETCH(QString, says);
        JsonLimits limits;
        limits.stringBytes = 65536;
        limits.elements = 1000;
        const auto document = parseJson(text.toStdString(), limits, "test");
        QVERIFY(!document.has_value());
        QCOMPARE(document.error().code, ErrorCode::BadJson);
        QVERIFY2(QString::fromStdString(document.error().message).contains(says),
                 document.error().message.c_str());
    }

    void readsWhatIsLegal() {
        const std::string text =
            R"({"a":[1,-2,3.5,1e3,true,null,"é\u00e9"],"b":{"a":{}},"c":18446744073709551615})";
        const auto document = parseJson(text, {}, "test");
        QVERIFY(document.has_value());
        QVERIFY(*document == nlohmann::json::parse(text));
        const std::string deep = std::string(64, '[') + std::string(64, ']');
        QVERIFY(parseJson(deep, {}, "test").has_value());
    }

    void typedMembers() {
        const auto document = *parseJson(R"({"n":3,"x":0.5,"t":true,"s":"text","null":null})", {}, "test");
        const JsonObject object(document, "config.json");
        QCOMPARE(*object.integer("n"), 3);
        QCOMPARE(*object.number("n"), 3.0);
        QVERIFY(!object.integer("x").has_value());
        QVERIFY(!object.boolean("s").has_value());
        QCOMPARE(*object.integer("null", 7), 7);
        QVERIFY(!object.integer("absent").has_value());
        QVERIFY(object.integer("absent").error().message.find("'absent'") != std::string::npos);
        QCOMPARE(*object.string("absent", "x"), std::string("x"));
    }

    void filesThatAreNone() {
        QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        QCOMPARE(readFile(root / "absent", 10, "t").error().code, ErrorCode::FileNotFound);
        QCOMPARE(readFile(root, 10, "t").error().code, ErrorCode::FileUnreadable);
        QVERIFY(::mkfifo((root / "fifo").c_str(), 0600) == 0);
        QCOMPARE(readFile(root / "fifo", 10, "t").error().code, ErrorCode::FileUnreadable);
        std::filesystem::create_symlink(root / "loop", root / "loop");
        QCOMPARE(readFile(root / "loop", 10, "t").error().code, ErrorCode::FileUnreadable);
        QCOMPARE(readFile("/dev/zero", 10, "t").error().code, ErrorCode::FileUnreadable);
        std::ofstream(root / "large") << std::string(11, 'x');
        QCOMPARE(readFile(root / "large", 10, "t").error().code, ErrorCode::BadFile);
        std::ofstream(root / "good.json") << "{\"a\":1}";
        QVERIFY(readJsonFile(root / "good.json", {}, "t").has_value());
        std::ofstream(root / "bad.json") << "{\"a\":}";
        QVERIFY(readJsonFile(root / "bad.json", {}, "t").error().message.find("bad.json") !=
                std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestJsonFront)
#include "tst_json_front.moc"
