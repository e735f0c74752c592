// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_under_test.h"

#include <QtTest>

#include <filesystem>
#include <fstream>

using namespace cutaway;
using namespace cutaway::tests;
namespace fs = std::filesystem;

/// GGUF files against transformers on the folders they come from (tests/golden/make_gguf.py names the
/// versions).
class TestGgufModels : public QObject {
    Q_OBJECT

    static fs::path root() { return fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/gguf_models"; }
    static Array matrix(const nlohmann::json& rows) {
        Array array(std::vector{static_cast<int>(rows.size()), static_cast<int>(rows[0].size())});
        std::size_t at = 0;
        for (const nlohmann::json& row : rows)
            for (const nlohmann::json& value : row)
                array.values[at++] = value.get<double>();
        return array;
    }

private Q_SLOTS:
    void agreesWithTheFolder_data() {
        QTest::addColumn<QString>("name");
        for (const auto& item : fs::directory_iterator(root()))
            if (item.path().extension() == ".gguf")
                QTest::newRow(item.path().stem().c_str())
                    << QString::fromStdString(item.path().stem().string());
    }

    void agreesWithTheFolder() {
        QFETCH(QString, name);
        const fs::path file = root() / (name.toStdString() + ".gguf");
        std::ifstream in(root() / (name.toStdString() + ".json"));
        const nlohmann::json said = nlohmann::json::parse(in);
        EngineUnderTest engine;
        const auto info = engine.open(file);
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        QVERIFY(info->tensorsUnused.empty());
        const bool quantised = name.contains("_q");
        QCOMPARE(!info->quantization.empty(), quantised);
        const bool warned =
            std::any_of(info->warnings.begin(), info->warnings.end(),
                        [](const std::string& w) { return w.find("quantised") != std::string::npos; });
        QCOMPARE(warned, quantised);
        const bool headless = !said.contains("logits");
        const HookPoint hook = headless ? HookPoint{HookKind::Ln2Out, info->traits.nLayers - 1}
                                        : HookPoint{HookKind::Logits, -1};
        const auto got = engine.run(said.at("tokens"), {}, {}, {hook});
        QVERIFY2(got.has_value(), got ? "" : got.error().text().c_str());
        const double difference =
            largestDifference(got->at(hook), matrix(said.at(headless ? "hidden" : "logits")));
        QVERIFY2(difference < 1e-4, std::to_string(difference).c_str());
    }

    /// An architecture that no family reads, and a file that holds no model at all.
    void refusesByName() {
        QTemporaryDir folder;
        const fs::path file = fs::path(folder.path().toStdString()) / "odd.gguf";
        std::ifstream in(root() / "qwen3.gguf", std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(in), {}};
        const std::size_t at = bytes.find("qwen3");
        bytes.replace(at, 5, "mamba");
        std::ofstream(file, std::ios::binary) << bytes;
        EngineUnderTest engine;
        const auto odd = engine.open(file);
        QVERIFY(!odd.has_value());
        QCOMPARE(odd.error().code, ErrorCode::Unsupported);
        QVERIFY(odd.error().message.find("'mamba'") != std::string::npos);
        std::ofstream(file, std::ios::binary) << "GGUF";
        const auto cut = engine.open(file);
        QVERIFY(!cut.has_value());
        QCOMPARE(cut.error().code, ErrorCode::BadFile);
    }
};

QTEST_GUILESS_MAIN(TestGgufModels)
#include "tst_gguf_models.moc"
