// SPDX-License-Identifier: GPL-3.0-or-later
// An engine on a device whose memory runs out goes on on the CPU, and says so.
#include "core/engine/sturdy_engine.h"
#include "tests/support/fake_engine.h"

#include <QtTest>

using namespace cutaway;
using namespace cutaway::engine;

namespace {

/// Opens wherever it is asked to, and has no memory on a GPU for what `needs` says.
class SmallGpu : public tests::FakeEngine {
public:
    enum class Needs { Nothing, Opening, Running, Looking };
    SmallGpu(std::shared_ptr<Control> control, Needs needs, std::vector<std::string>& opened)
        : FakeEngine(std::move(control)), m_needs(needs), m_opened(opened) {}

    Result<ModelInfo> open(const OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override {
        if (request.device != "cpu" && m_needs == Needs::Opening) return none("open model");
        m_device = request.device;
        m_handles.clear();
        m_opened.push_back(request.device);
        Result<ModelInfo> info = FakeEngine::open(request, progress, cancel);
        if (info) info->device = m_device;
        return info;
    }
    Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) override {
        if (m_device != "cpu" && m_needs == Needs::Running) return none("run model");
        Result<RunResult> result = FakeEngine::run(request, progress, cancel);
        if (result) m_handles.push_back(result->handle);
        return result;
    }
    Result<Tiles> tiles(const TilesRequest& request, const CancelToken& cancel) override {
        if (m_device != "cpu" && m_needs == Needs::Looking) return none("tiles");
        if (std::find(m_handles.begin(), m_handles.end(), request.handle) == m_handles.end())
            return fail(ErrorCode::Usage, "tiles", "the run was made for another model");
        return FakeEngine::tiles(request, cancel);
    }

private:
    static tl::unexpected<Error> none(const char* operation) {
        return fail(ErrorCode::OutOfMemory, operation, "the memory of the GPU ran out", {{"device", "cuda"}});
    }
    Needs m_needs;
    std::string m_device;
    std::vector<std::uint64_t> m_handles; ///< of runs of the open model
    std::vector<std::string>& m_opened;
};

} // namespace

class TestSturdyEngine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesOnOnTheCpu_data() {
        QTest::addColumn<int>("needs");
        QTest::addColumn<QStringList>("opened");
        QTest::addColumn<bool>("told");
        QTest::newRow("all fits") << int(SmallGpu::Needs::Nothing) << QStringList{"cuda"} << false;
        QTest::newRow("the weights do not fit")
            << int(SmallGpu::Needs::Opening) << QStringList{"cpu"} << true;
        QTest::newRow("a run does not fit")
            << int(SmallGpu::Needs::Running) << QStringList{"cuda", "cpu"} << true;
    }
    void goesOnOnTheCpu() {
        QFETCH(int, needs);
        QFETCH(QStringList, opened);
        QFETCH(bool, told);
        std::vector<std::string> devices;
        const auto engine = makeSturdy(std::make_unique<SmallGpu>(
            std::make_shared<tests::FakeEngine::Control>(), static_cast<SmallGpu::Needs>(needs), devices));
        OpenRequest request;
        request.model = "model";
        request.device = "cuda";
        QVERIFY(engine->open(request, {}, {}));
        RunRequest run;
        run.input = {std::string("a b c")};
        for (int i = 0; i < 2; ++i) { // and stays there
            const Result<RunResult> result = engine->run(run, {}, {});
            QVERIFY(result);
            QCOMPARE(!result->warnings.empty() && result->warnings.back() == movedToCpu, told);
        }
        QStringList got;
        for (const std::string& device : devices)
            got << QString::fromStdString(device);
        QCOMPARE(got, opened);
    }

    /// What was kept on the GPU is run again on the CPU, under the handles that are in use.
    void keptRunsMoveAlong() {
        std::vector<std::string> devices;
        const auto control = std::make_shared<tests::FakeEngine::Control>();
        const auto engine =
            makeSturdy(std::make_unique<SmallGpu>(control, SmallGpu::Needs::Looking, devices));
        OpenRequest open;
        open.model = "model";
        open.device = "cuda";
        QVERIFY(engine->open(open, {}, {}));
        RunRequest run;
        run.input = {std::string("a b c")};
        run.keep = true;
        std::vector<std::uint64_t> handles;
        const auto runOnce = [&] { handles.push_back(engine->run(run, {}, {})->handle); };
        const auto shows = [&](std::size_t i) {
            TilesRequest tiles;
            tiles.handle = handles[i];
            const Result<Tiles> found = engine->tiles(tiles, {});
            if (!found) qInfo("%s", found.error().text().c_str());
            return found.has_value();
        };
        runOnce(), runOnce(), runOnce();
        QVERIFY(shows(2) && shows(1) && shows(2));
        QVERIFY(!shows(0)); // the two newest are kept, as ever
        QCOMPARE(control->runs.load(), 5);
        runOnce(); // the inner engine has run 1 behind run 2, and forgets run 2 for this one
        QVERIFY(shows(3) && shows(2) && shows(3));
        QVERIFY(!shows(1));
        QCOMPARE(control->runs.load(), 7);
        QCOMPARE(devices, (std::vector<std::string>{"cuda", "cpu"}));
    }

    void onTheCpuItIsSaid() {
        std::vector<std::string> devices;
        const auto control = std::make_shared<tests::FakeEngine::Control>();
        const auto engine =
            makeSturdy(std::make_unique<SmallGpu>(control, SmallGpu::Needs::Nothing, devices));
        OpenRequest request;
        request.model = "model";
        QVERIFY(engine->open(request, {}, {}));
        control->failRun = true;
        QVERIFY(!engine->run({}, {}, {}));
        QCOMPARE(devices.size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(TestSturdyEngine)
#include "tst_sturdy_engine.moc"
