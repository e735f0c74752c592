// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/tokenizer_vocabulary.h"
#include "core/engine/torch/torch_engine.h"
#include "core/types/cut_text.h"

#include <nlohmann/json.hpp>

#include <QtTest>

#include <algorithm>
#include <fstream>

using namespace cutaway;

namespace {

const std::filesystem::path kDemo = CUTAWAY_SOURCE_DIR "/resources/models/demo";

nlohmann::json examples() {
    std::ifstream file(kDemo / "prompts.json");
    return nlohmann::json::parse(file);
}

} // namespace

/// The examples menu against the weights it is shipped with.
class DemoExamplesTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<engine::Engine> m_engine =
        engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);

    Result<RunResult> run(const nlohmann::json& example, const std::vector<Cut>& cuts = {}) {
        RunRequest request;
        request.input.value = example.at("prompt").get<std::string>();
        request.answer = {example.at("answer").get<std::string>()};
        request.wrong = {example.at("wrong").get<std::string>()};
        request.cuts = cuts;
        return m_engine->run(request, {}, {});
    }

private Q_SLOTS:
    void initTestCase() {
        engine::OpenRequest request;
        request.model = kDemo;
        request.threads = 1;
        const auto info = m_engine->open(request, {}, {});
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        QVERIFY(examples().size() >= 15);
    }

    void answersComeFirst_data() {
        QTest::addColumn<int>("index");
        const nlohmann::json list = examples();
        for (std::size_t i = 0; i < list.size(); ++i)
            QTest::newRow(list[i].at("title").get<std::string>().c_str()) << static_cast<int>(i);
    }
    /// The named answer is the likeliest token; the wrong one is one token too, and clearly behind.
    void answersComeFirst() {
        QFETCH(int, index);
        const nlohmann::json example = examples()[static_cast<std::size_t>(index)];
        QVERIFY(!example.at("note").get<std::string>().empty());
        const auto result = run(example);
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QVERIFY2(result->warnings.empty(), result->warnings.empty() ? "" : result->warnings[0].c_str());
        const auto& top = result->main.positions.back().top;
        QCOMPARE(top.front().text.value_or(""), example.at("answer").get<std::string>());
        QVERIFY2(result->main.logitDiff.value() > 1.0,
                 qPrintable(QString::number(result->main.logitDiff.value())));
    }

    /// What the first example invites to: one head dragged out takes more than half of the difference.
    void oneHeadCarriesTheFirstExample() {
        const nlohmann::json example = examples()[0];
        const double whole = run(example)->main.logitDiff.value();
        QVERIFY(whole > 3.0);
        double least = whole;
        for (int layer = 0; layer < 4; ++layer)
            for (int head = 0; head < 8; ++head) {
                const auto cut = parseCut("zero:L" + std::to_string(layer) + "H" + std::to_string(head));
                QVERIFY(cut.has_value());
                const auto result = run(example, {*cut});
                QVERIFY(result.has_value());
                least = std::min(least, result->main.logitDiff.value());
            }
        QVERIFY2(least < whole / 2, qPrintable(QString::number(least / whole)));
    }
};

QTEST_GUILESS_MAIN(DemoExamplesTest)
#include "tst_demo_examples.moc"
