// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <QTemporaryFile>
#include <QtTest>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

using namespace cutaway;
using namespace cutaway::app;

using Json = nlohmann::ordered_json;

/// `lens`, `attribution` and `waterfall` from the words of the command line to the lines on stdout.
class TestAnalysisCommands : public QObject {
    Q_OBJECT

private:
    static std::string fixture() {
        return std::string(CUTAWAY_SOURCE_DIR) + "/tests/golden/fixtures/toy_plain";
    }

    /// Takes stdout into a file while a command runs.
    class Captured {
    public:
        Captured() {
            m_file.open();
            std::fflush(stdout);
            m_own = ::dup(STDOUT_FILENO);
            ::dup2(m_file.handle(), STDOUT_FILENO);
        }
        ~Captured() {
            std::fflush(stdout);
            ::dup2(m_own, STDOUT_FILENO);
            ::close(m_own);
        }
        QTemporaryFile& file() { return m_file; }

    private:
        QTemporaryFile m_file;
        int m_own = -1;
    };

    struct Reply {
        int status = 0;
        std::vector<Json> lines;
    };

    static Reply run(std::vector<std::string> arguments) {
        const Result<ParsedLine> line = parseOptions(arguments);
        if (!line) return {exitStatus(line.error().code), {}};
        const Options& o = line->options;
        Reply reply;
        std::string text;
        {
            Captured captured;
            reply.status = o.command == "lens"          ? runLens(o, {})
                           : o.command == "attribution" ? runAttribution(o, {})
                                                        : runWaterfall(o, {});
            std::fflush(stdout);
            std::ifstream in(captured.file().fileName().toStdString());
            text.assign(std::istreambuf_iterator<char>(in), {});
        }
        std::istringstream lines(text);
        for (std::string one; std::getline(lines, one);)
            reply.lines.push_back(Json::parse(one));
        return reply;
    }
    static std::vector<std::string> keys(const Json& object) {
        std::vector<std::string> names;
        for (const auto& [key, value] : object.items())
            names.push_back(key);
        return names;
    }
    using Names = std::vector<std::string>;

private Q_SLOTS:
    void lensHasTheContractsShape() {
        const Reply plain = run({"lens", fixture(), "--tokens", "4,3,8,1"});
        QCOMPARE(plain.status, 0);
        QCOMPARE(plain.lines.size(), std::size_t(1));
        const Json& reply = plain.lines.front();
        QVERIFY(keys(reply) == (Names{"tokens", "rows", "grid"}));
        QCOMPARE(reply["tokens"].dump(), std::string("[4,3,8,1]"));
        QCOMPARE(reply["rows"].dump(), std::string(R"(["embed","0","1"])"));
        QCOMPARE(reply["grid"].size(), std::size_t(3));
        QCOMPARE(reply["grid"][2].size(), std::size_t(4));
        QVERIFY(keys(reply["grid"][2][3]) == Names{"top"});
        QVERIFY(keys(reply["grid"][2][3]["top"]) == (Names{"id", "text"}));
        QVERIFY(reply["grid"][2][3]["top"]["text"].is_null());
        const Reply told = run({"lens", fixture(), "--tokens", "4,3,8,1", "--answer", "#5"});
        QVERIFY(keys(told.lines.at(0)["grid"][0][0]) == (Names{"top", "prob", "rank"}));
    }

    void attributionSumsToItsTotal() {
        const Reply said = run({"attribution", fixture(), "--tokens", "4,3,8,1", "--answer", "#5", "--wrong",
                                "#6", "--position", "-2", "--cut", "mean:L1.attn"});
        QCOMPARE(said.status, 0);
        const Json& reply = said.lines.at(0);
        QVERIFY(keys(reply) == (Names{"position", "total", "components", "residual"}));
        QCOMPARE(reply["position"], 2);
        double sum = reply["residual"];
        for (const Json& component : reply["components"]) {
            QVERIFY(keys(component) == (Names{"name", "value"}));
            sum += component["value"].get<double>();
        }
        QVERIFY(std::abs(sum - reply["total"].get<double>()) < 1e-9);
        const Reply set =
            run({"attribution", fixture(), "--tokens", "4,3", "--answer", "#5", "--answer", "#7"});
        QCOMPARE(set.lines.at(0)["approximate"], true);
    }

    void waterfallSumsToItsTotal() {
        const Reply said = run({"waterfall", fixture(), "--tokens", "4,3,8,1", "--answer", "#5", "--cut",
                                "zero:L0H1", "--cut", "patch:L1H0", "--donor-tokens", "9,8,7,6"});
        QCOMPARE(said.status, 0);
        const Json& reply = said.lines.at(0);
        QVERIFY(keys(reply) == (Names{"position", "total", "components", "norm", "residual"}));
        double sum = reply["residual"].get<double>() + reply["norm"].get<double>();
        for (const Json& component : reply["components"]) {
            QVERIFY(keys(component) == (Names{"name", "change"}));
            sum += component["change"].get<double>();
        }
        QVERIFY(std::abs(sum - reply["total"].get<double>()) < 1e-9);
    }

    void offWordsExitWithTwo_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("no answer") << QStringList{"attribution", "--tokens", "1,2"};
        QTest::newRow("no cut") << QStringList{"waterfall", "--tokens", "1,2", "--answer", "#5"};
        QTest::newRow("cut, no answer") << QStringList{"waterfall", "--tokens", "1,2", "--cut", "zero:L0H0"};
        QTest::newRow("position") << QStringList{"attribution", "--tokens",   "1,2", "--answer",
                                                 "#5",          "--position", "2"};
        QTest::newRow("no number") << QStringList{"attribution", "--tokens",   "1,2", "--answer",
                                                  "#5",          "--position", "last"};
        QTest::newRow("lens at a position") << QStringList{"lens", "--tokens", "1,2", "--position", "1"};
        QTest::newRow("no input") << QStringList{"lens"};
        QTest::newRow("output") << QStringList{"lens", "--tokens", "1,2", "--answer", "#99"};
    }
    void offWordsExitWithTwo() {
        QFETCH(QStringList, arguments);
        std::vector<std::string> words;
        for (const QString& word : arguments)
            words.push_back(word.toStdString());
        words.insert(words.begin() + 1, fixture());
        const Reply reply = run(words);
        QCOMPARE(reply.status, 2);
        if (!reply.lines.empty()) QVERIFY(reply.lines.front()["error"].contains("code"));
    }

    /// A line that fails answers its error, the rest goes on.
    void promptFilesAreAnsweredLineByLine() {
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("{\"tokens\":[4,3],\"answer\":5}\n"
                   "{\"tokens\":[4,3]}\n"
                   "{\"tokens\":[4,3,8],\"answer\":5,\"wrong\":6,\"cuts\":[\"zero:L0H0\"]}\n");
        file.close();
        const Reply reply = run({"attribution", fixture(), "--prompts", file.fileName().toStdString()});
        QCOMPARE(reply.status, 1);
        QCOMPARE(reply.lines.size(), std::size_t(3));
        QVERIFY(reply.lines[0].contains("total") && reply.lines[2].contains("total"));
        QCOMPARE(reply.lines[1]["error"]["code"], "usage");
        QCOMPARE(reply.lines[2]["position"], 2);
    }
};

QTEST_GUILESS_MAIN(TestAnalysisCommands)
#include "tst_analysis_commands.moc"
