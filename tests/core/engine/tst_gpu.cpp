// SPDX-License-Identifier: GPL-3.0-or-later
// A real GPU: the same numbers as on the CPU, and its faults as they come. Runs where CUTAWAY_TEST_DEVICE
// names one; takes all of its memory for seconds.
#include "core/engine/sturdy_engine.h"
#include "core/engine/tokenizer_vocabulary.h"
#include "core/types/legality.h"
#include "tests/support/engine_under_test.h"
#include "tests/support/generated_cuts.h"
#include "tests/support/gpu.h"

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace cutaway;
using namespace cutaway::tests;

class TestGpu : public QObject {
    Q_OBJECT

private:
    static std::filesystem::path demo() {
        return std::filesystem::path(CUTAWAY_SOURCE_DIR) / "resources/models/demo";
    }
    static engine::OpenRequest opening(const std::string& device = testDevice()) {
        engine::OpenRequest request;
        request.model = demo();
        request.device = device;
        request.hash = false;
        return request;
    }
    static RunRequest prompt(const std::vector<std::string>& cuts) {
        RunRequest request;
        request.input = tokenInput({0, 40, 41, 42, 43, 44, 45, 46});
        request.keep = true;
        request.allPositions = true;
        request.hooks = {"logits"};
        for (const std::string& text : cuts)
            request.cuts.push_back(*parseCut(text));
        return request;
    }
    static bool saysMoved(const std::vector<std::string>& warnings) {
        return std::count(warnings.begin(), warnings.end(), engine::movedToCpu) == 1;
    }
    /// Largest difference of an array, over the largest value there or 1. Equal infinities are none.
    static double apart(const RunResult& a, const RunResult& b, const std::string& hook = "logits") {
        const auto& left = a.main.arrays.at(hook).values;
        const auto& right = b.main.arrays.at(hook).values;
        if (left.size() != right.size()) return 1e9;
        double largest = 1.0, difference = 0.0;
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (left[i] == right[i]) continue;
            const double apart = std::abs(double(left[i]) - double(right[i]));
            if (!std::isfinite(apart)) return 1e9;
            largest = std::max(largest, std::abs(double(right[i])));
            difference = std::max(difference, apart);
        }
        return difference / largest;
    }
    static std::unique_ptr<engine::Engine> plain() {
        return engine::makeTorchEngine(engine::ExecutionMode::Shortcuts, engine::openTokenizerVocabulary);
    }
    static RunResult onTheCpu(const RunRequest& request) {
        const auto engine = plain();
        if (!engine->open(opening("cpu"), {}, {})) return {};
        return engine->run(request, {}, {}).value_or(RunResult());
    }

private Q_SLOTS:
    void initTestCase() {
        if (testDevice() == "cpu") QSKIP("CUTAWAY_TEST_DEVICE names no GPU");
        const auto info = plain()->open(opening(), {}, {});
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
    }

    /// Before anything else has run: the libraries of CUDA want memory of their own at first.
    void aRunThatDoesNotFit_data() {
        QTest::addColumn<int>("before");
        QTest::newRow("the first") << 0;
        QTest::newRow("a later one") << 1;
    }
    void aRunThatDoesNotFit() {
        QFETCH(int, before);
        const RunRequest request = prompt({"zero:L0H0", "scale(0.5):L1.mlp"});
        const RunResult wanted = onTheCpu(request);
        const auto engine = engine::makeSturdy(plain());
        QVERIFY(engine->open(opening(), {}, {}));
        for (int i = 0; i < before; ++i) {
            const auto result = engine->run(prompt({}), {}, {});
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            QVERIFY(result->device.starts_with("cuda"));
        }
        const GpuHog hog(0);
        const auto result = engine->run(request, {}, {});
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QCOMPARE(result->device, std::string("cpu"));
        QVERIFY(saysMoved(result->warnings));
        QVERIFY2(apart(*result, wanted) <= 1e-5, qPrintable(QString::number(apart(*result, wanted))));
    }

    /// Every array under random cuts, on both.
    void theSameNumbers() {
        const auto there = plain(), here = plain();
        const auto info = there->open(opening(), {}, {});
        QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
        QVERIFY(QString::fromStdString(info->device).startsWith("cuda"));
        QVERIFY(here->open(opening("cpu"), {}, {}));
        const ModelTraits& traits = info->traits;
        GeneratedCuts draw(traits, 9, {}, 11);
        std::vector<LegalCell> cells = legalCells(traits);
        std::erase_if(cells, [](const LegalCell& cell) { return cell.kind == CutKind::Steer; });
        const std::vector<HookPoint> hooks = allHooks(traits);
        double largest = 0.0;
        int compared = 0;
        for (int i = 0; i < 100; ++i) {
            const std::vector<int> tokens = draw.tokens(9);
            const CutWorld world = draw.world(tokens);
            std::vector<Cut> cuts;
            for (int k = draw.below(3); k >= 0; --k)
                cuts.push_back(draw.draw(cells[static_cast<std::size_t>(draw.below(int(cells.size())))]));
            const RunRequest request = EngineUnderTest::request(tokens, cuts, world, hooks);
            const auto a = here->run(request, {}, {}), b = there->run(request, {}, {});
            QCOMPARE(a.has_value(), b.has_value());
            if (!a) {
                QCOMPARE(a.error().code, b.error().code);
                continue;
            }
            ++compared;
            for (const HookPoint& hook : hooks) {
                const double difference = apart(*b, *a, hookName(hook));
                QVERIFY2(difference <= 1e-4,
                         qPrintable(QString("%1 under %2: %3")
                                        .arg(hookName(hook).c_str(), cutTexts(cuts).c_str())
                                        .arg(difference)));
                largest = std::max(largest, difference);
            }
        }
        QVERIFY(compared > 50);
        qInfo("largest difference %.1e", largest);
        QVERIFY(largest > 0.0); // it is another machine that computed
    }

    void weightsThatDoNotFit() {
        const auto engine = engine::makeSturdy(plain());
        {
            const GpuHog hog(0);
            const auto info = engine->open(opening(), {}, {});
            QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
            QCOMPARE(info->device, std::string("cpu"));
            QVERIFY(saysMoved(info->warnings));
        }
        const auto info = engine->open(opening(), {}, {}); // there is room again
        QVERIFY(info.has_value());
        QCOMPARE(info->device, testDevice() + (testDevice() == "cuda" ? ":0" : ""));
        QVERIFY(!saysMoved(info->warnings));
    }

    /// The pictures of a run that was kept on the GPU, when there is no memory left to make them there.
    void picturesThatDoNotFit() {
        const auto engine = engine::makeSturdy(plain());
        QVERIFY(engine->open(opening(), {}, {}));
        const auto run = engine->run(prompt({"zero:L0H0"}), {}, {});
        QVERIFY(run.has_value());
        QVERIFY(run->device.starts_with("cuda"));
        engine::TilesRequest request;
        request.handle = run->handle;
        const auto before = engine->tiles(request, {});
        QVERIFY(before.has_value());
        const GpuHog hog(0);
        const auto after = engine->tiles(request, {});
        QVERIFY2(after.has_value(), after ? "" : after.error().text().c_str());
        QCOMPARE(after->tiles.size(), before->tiles.size());
        for (std::size_t i = 0; i < after->tiles.size(); ++i) {
            QCOMPARE(after->tiles[i].pixels.size(), before->tiles[i].pixels.size());
            for (std::size_t k = 0; k < after->tiles[i].pixels.size(); ++k)
                QVERIFY(std::abs(int(after->tiles[i].pixels[k]) - int(before->tiles[i].pixels[k])) <= 1);
        }
        QCOMPARE(engine->info()->device, std::string("cpu"));
    }

    /// A sweep whose batches do not fit stays on the GPU in smaller ones.
    void aSweepThatFitsInParts() {
        SweepRequest sweep;
        sweep.run = prompt({});
        std::vector<TokenId> tokens;
        for (TokenId i = 0; i < 120; ++i)
            tokens.push_back(40 + i * 7 % 1000);
        sweep.run.input.value = tokens;
        sweep.run.answer = {TokenId(50)};
        sweep.metric = SweepMetric::Logit;
        const auto engine = engine::makeSturdy(plain());
        QVERIFY(engine->open(opening(), {}, {}));
        const auto whole = engine->sweep(sweep, {}, {}, {});
        QVERIFY2(whole.has_value(), whole ? "" : whole.error().text().c_str());
        int inParts = 0;
        for (std::int64_t left = 64; left > 0; left -= 2) {
            const GpuHog hog(left << 20U);
            const std::int64_t hogs = refusalsOfGpu();
            const auto parts = engine->sweep(sweep, {}, {}, {});
            QVERIFY2(parts.has_value(), parts ? "" : parts.error().text().c_str());
            const bool stayed = engine->info()->device != "cpu";
            inParts += stayed && refusalsOfGpu() > hogs;
            QCOMPARE(parts->grid.size(), whole->grid.size());
            QCOMPARE(parts->grid.front().size(), whole->grid.front().size());
            for (std::size_t row = 0; row < whole->grid.size(); ++row)
                for (std::size_t col = 0; col < whole->grid[row].size(); ++col)
                    QVERIFY(std::abs(parts->grid[row][col] - whole->grid[row][col]) < 1e-4);
            qInfo("%lld MB left: %s, refused %lld times", static_cast<long long>(left),
                  stayed ? "on the GPU" : "moved", static_cast<long long>(refusalsOfGpu() - hogs));
            if (!stayed) break;
        }
        QVERIFY(inParts > 0);
    }

    /// Last: nothing in this process can use the GPU afterwards.
    void anErrorThatSticks() {
        int lost = 0;
        const auto engine = engine::makeSturdy(plain(), [&] { ++lost; });
        QVERIFY(engine->open(opening(), {}, {}));
        QVERIFY(engine->run(prompt({}), {}, {}));
        const std::string said = loseGpu();
        QVERIFY2(said.find("CUDA error") != std::string::npos, said.c_str());
        const auto result = engine->run(prompt({"zero:L0H0"}), {}, {});
        QVERIFY(!result.has_value());
        QVERIFY2(result.error().code == ErrorCode::Device, result.error().text().c_str());
        QVERIFY(result.error().context.contains("sticky"));
        QCOMPARE(lost, 1);
    }
};

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    TestGpu test;
    const int failed = QTest::qExec(&test, argc, argv);
    std::_Exit(failed); // giving back what lies on a lost GPU would fail again
}
#include "tst_gpu.moc"
