// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/sturdy_engine.h"
#include "core/engine/torch/faults.h"
#include "core/weights/safetensors.h"
#include "tests/support/engine_under_test.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace cutaway;
using namespace cutaway::tests;

namespace fs = std::filesystem;

/// What can go wrong at the engine's border, and other numbers than float32.
class EngineFaultsTest : public QObject {
    Q_OBJECT

private:
    static fs::path fixture(const char* name) {
        return fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/fixtures" / name;
    }

    static engine::OpenRequest opening(const fs::path& folder) {
        engine::OpenRequest request;
        request.model = folder;
        request.device = testDevice();
        request.threads = 1;
        return request;
    }
    static RunRequest prompt(const std::vector<std::string>& cuts = {}) {
        RunRequest request;
        request.input = tokenInput({4, 3, 8, 1});
        for (const std::string& text : cuts)
            request.cuts.push_back(*parseCut(text));
        return request;
    }
    static ErrorCode codeOf(const Result<RunResult>& result) {
        return result ? ErrorCode::Internal : result.error().code;
    }

    /// A copy of a fixture with one tensor changed.
    static void spoil(const fs::path& folder, const std::string& name, float value) {
        fs::copy(fixture("gpt2_plain"), folder);
        const auto table = weights::TensorTable::openFile(folder / "model.safetensors");
        std::map<std::string, HostTensor> tensors;
        for (const auto& [key, entry] : table->tensors())
            tensors[key] = weights::TensorTable::toHost(entry);
        QVERIFY(tensors.contains(name));
        tensors.at(name).values.back() = value;
        QVERIFY(weights::writeSafetensors(folder / "model.safetensors", tensors));
    }

private Q_SLOTS:
    void halfPrecisionStaysNear_data() {
        QTest::addColumn<QString>("dtype");
        QTest::addColumn<double>("bound");
        QTest::newRow("bf16") << "bf16" << 0.05; // 8 bits of mantissa through every layer
        QTest::newRow("f16") << "f16" << 0.01;   // 11 bits
    }
    void halfPrecisionStaysNear() {
        QFETCH(QString, dtype);
        QFETCH(double, bound);
        for (const char* name : {"gpt2_plain", "llama_grouped"}) {
            const auto whole = engine::makeTorchEngine(), half = engine::makeTorchEngine();
            engine::OpenRequest request = opening(fixture(name));
            QVERIFY(whole->open(request, {}, {}));
            request.dtype = dtype.toStdString();
            const auto info = half->open(request, {}, {});
            QVERIFY2(info.has_value(), info ? "" : info.error().text().c_str());
            QCOMPARE(info->dtype, request.dtype);
            RunRequest run = prompt({"scale(0.5):L0H0", "zero:L1H0[3<-1]"});
            run.hooks = {"logits"};
            const auto a = whole->run(run, {}, {}), b = half->run(run, {}, {});
            QVERIFY(a.has_value());
            QVERIFY2(b.has_value(), b ? "" : b.error().text().c_str());
            const auto& wanted = a->main.arrays.at("logits").values;
            const auto& got = b->main.arrays.at("logits").values;
            double largest = 1.0, difference = 0.0;
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                largest = std::max(largest, std::abs(double(wanted[i])));
                difference = std::max(difference, std::abs(double(wanted[i]) - double(got[i])));
            }
            QVERIFY2(difference <= bound * largest, qPrintable(QString::number(difference / largest)));
            QVERIFY(difference > 0.0); // it did compute in other numbers
        }
    }

    /// A sweep whose batches do not fit runs in smaller ones, with the same numbers.
    void aSweepThatDoesNotFitRunsInParts() {
        const auto engine = engine::makeTorchEngine();
        QVERIFY(engine->open(opening(fixture("gpt2_plain")), {}, {}));
        SweepRequest sweep;
        sweep.run = prompt();
        sweep.run.answer = {TokenId(1)};
        sweep.metric = SweepMetric::Logit;
        const auto whole = engine->sweep(sweep, {}, {}, {});
        QVERIFY2(whole.has_value(), whole ? "" : whole.error().text().c_str());
        int faults = 0, asked = 0;
        engine::setFaults([&] {
            const bool fails = ++asked % 3 == 0 && faults < 2;
            faults += fails;
            if (!fails) return engine::Fault::None;
            return faults == 1 ? engine::Fault::OutOfMemory : engine::Fault::LibraryOutOfMemory;
        });
        const auto parts = engine->sweep(sweep, {}, {}, {});
        engine::setFaults({});
        QVERIFY2(parts.has_value(), parts ? "" : parts.error().text().c_str());
        QCOMPARE(faults, 2);
        QCOMPARE(parts->grid.size(), whole->grid.size());
        for (std::size_t row = 0; row < whole->grid.size(); ++row)
            for (std::size_t col = 0; col < whole->grid[row].size(); ++col)
                QVERIFY(std::abs(parts->grid[row][col] - whole->grid[row][col]) < 1e-5);
        // Not one cell fits: a sentence.
        for (const engine::Fault fault : {engine::Fault::OutOfMemory, engine::Fault::LibraryOutOfMemory}) {
            engine::setFaults([fault] { return fault; });
            const auto none = engine->sweep(sweep, {}, {}, {});
            engine::setFaults({});
            QVERIFY(!none.has_value());
            QCOMPARE(none.error().code, ErrorCode::OutOfMemory);
            const std::string amount =
                fault == engine::Fault::OutOfMemory ? ", 2.00 GiB more were asked for" : "";
            QCOMPARE(none.error().message, "the memory of the GPU ran out" + amount +
                                               "; a shorter prompt, fewer arrays or dtype bf16 need less");
        }
    }

    /// An error of the device that sticks is told as such, and once to whoever owns the process.
    void anErrorThatSticksIsTold() {
        int lost = 0;
        const auto engine = engine::makeSturdy(engine::makeTorchEngine(), [&] { ++lost; });
        QVERIFY(engine->open(opening(fixture("gpt2_plain")), {}, {}));
        engine::setFaults([] { return engine::Fault::Sticky; });
        const auto result = engine->run(prompt(), {}, {});
        engine::setFaults({});
        QCOMPARE(codeOf(result), ErrorCode::Device);
        QCOMPARE(result.error().message, std::string("CUDA error: an illegal memory access was encountered"));
        QCOMPARE(lost, 1);
    }

    void aWrongPlaceIsSaid() {
        const auto engine = engine::makeTorchEngine();
        for (const auto& [device, dtype, code] : {std::tuple{"tpu", "f32", ErrorCode::Usage},
                                                  {"cuda:", "f32", ErrorCode::Usage},
                                                  {"cuda:x", "f32", ErrorCode::Usage},
                                                  {"cuda:99", "f32", ErrorCode::Device},
                                                  {"cpu", "f8", ErrorCode::Usage}}) {
            engine::OpenRequest request = opening(fixture("gpt2_plain"));
            request.device = device, request.dtype = dtype;
            const auto info = engine->open(request, {}, {});
            QVERIFY2(!info.has_value(), device);
            QCOMPARE(info.error().code, code);
        }
    }

    /// A model that fails to open, or whose opening is stopped, leaves the former one open.
    void theFormerModelStays() {
        const auto engine = engine::makeTorchEngine();
        QCOMPARE(codeOf(engine->run(prompt(), {}, {})), ErrorCode::Usage);
        QVERIFY(engine->open(opening(fixture("gpt2_plain")), {}, {}));
        QVERIFY(!engine->open(opening("/nowhere/at/all"), {}, {}));
        const CancelToken cancel;
        cancel.cancel();
        const auto stopped = engine->open(opening(fixture("toy_plain")), {}, cancel);
        QVERIFY(!stopped.has_value());
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        QCOMPARE(engine->info()->family, std::string("gpt2"));
        QVERIFY(engine->run(prompt(), {}, {}));
    }

    void notANumberInTheWeightsIsNamed() {
        QTemporaryDir folder;
        const std::string name = "transformer.h.1.mlp.c_fc.weight";
        spoil(fs::path(folder.path().toStdString()) / "model", name, std::numeric_limits<float>::quiet_NaN());
        const auto engine = engine::makeTorchEngine();
        const auto info = engine->open(opening(fs::path(folder.path().toStdString()) / "model"), {}, {});
        QVERIFY(!info.has_value());
        QCOMPARE(info.error().code, ErrorCode::BadModel);
        QVERIFY2(info.error().message.find(name) != std::string::npos, info.error().message.c_str());
    }

    /// The first layer that leaves the range of numbers is named, and whether a cut did it.
    void aPassThatLeavesTheNumbersIsNamed() {
        const auto engine = engine::makeTorchEngine();
        QVERIFY(engine->open(opening(fixture("gpt2_plain")), {}, {}));
        const auto cut = engine->run(
            prompt({"set(3e38):blocks.1.hook_mlp_out", "scale(10):blocks.1.hook_mlp_out"}), {}, {});
        QVERIFY(!cut.has_value());
        QCOMPARE(cut.error().code, ErrorCode::NumericFault);
        QVERIFY2(cut.error().message.find("layer 1") != std::string::npos, cut.error().message.c_str());
        QVERIFY(cut.error().message.find("cut") != std::string::npos);
        QVERIFY(engine->run(prompt({"zero:L1.mlp"}), {}, {})); // nothing is left behind

        QTemporaryDir folder;
        spoil(fs::path(folder.path().toStdString()) / "model", "transformer.h.0.mlp.c_proj.bias", 3e38F);
        QVERIFY(engine->open(opening(fs::path(folder.path().toStdString()) / "model"), {}, {}));
        const auto uncut = engine->run(prompt({"scale(4):blocks.0.hook_mlp_out"}), {}, {});
        QVERIFY(!uncut.has_value());
        QCOMPARE(uncut.error().code, ErrorCode::NumericFault);
    }

    void requestsAreCheckedBeforeTheyRun_data() {
        QTest::addColumn<QString>("cut");
        QTest::addColumn<int>("code");
        const auto row = [](const char* cut, ErrorCode code) { QTest::newRow(cut) << cut << int(code); };
        row("zero:L9H0", ErrorCode::UnknownTarget);
        row("zero:L0H0@4", ErrorCode::OutOfRange);
        row("zero(w=0):L0H0@4", ErrorCode::OutOfRange); // a slider at 0 hides no mistake
        row("zero:L0H0[4<-0]", ErrorCode::OutOfRange);
        row("zero:L0.norm1", ErrorCode::IllegalCut);
        row("patch:L0H0", ErrorCode::NoReference);
        row("patch(donor=C):L0H0", ErrorCode::NoReference);
        row("resample(seed=1):L0H0", ErrorCode::NoReference);
        row("steer(\"/nowhere.safetensors#v\",1):L0.attn", ErrorCode::FileNotFound);
    }
    void requestsAreCheckedBeforeTheyRun() {
        QFETCH(QString, cut);
        QFETCH(int, code);
        const auto engine = engine::makeTorchEngine();
        QTemporaryDir folder; // without reference prompts
        const fs::path model = fs::path(folder.path().toStdString()) / "model";
        fs::copy(fixture("gpt2_plain"), model);
        fs::remove(model / "reference.jsonl");
        QVERIFY(engine->open(opening(model), {}, {}));
        const auto result = engine->run(prompt({cut.toStdString()}), {}, {});
        QVERIFY(!result.has_value());
        QVERIFY2(int(result.error().code) == code, result.error().text().c_str());
    }

    void unequalDonorsNeedAMap() {
        const auto engine = engine::makeTorchEngine();
        QVERIFY(engine->open(opening(fixture("gpt2_plain")), {}, {}));
        RunRequest run = prompt({"patch:L0H0"});
        run.donors["B"] = tokenInput({1, 2, 3, 4, 5});
        QCOMPARE(codeOf(engine->run(run, {}, {})), ErrorCode::BadCut);
        run.cuts = {*parseCut("patch(map=\"1>2,2-3>3-4\"):L0H0")};
        QVERIFY(engine->run(run, {}, {}));
        run.cuts = {*parseCut("patch(map=\"3>5\"):L0H0")};
        QCOMPARE(codeOf(engine->run(run, {}, {})), ErrorCode::OutOfRange);
    }
};

QTEST_GUILESS_MAIN(EngineFaultsTest)
#include "tst_engine_faults.moc"
