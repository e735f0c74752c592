// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/job_queue.h"

#include <QtTest>

#include <atomic>
#include <future>

using namespace cutaway;
using namespace cutaway::engine;

namespace {

/// The receiver's event loop: functions posted from any thread, run by the test.
class Mailbox {
public:
    void post(std::function<void()> function) {
        const std::lock_guard lock(m_mutex);
        m_waiting.push_back(std::move(function));
        m_wake.notify_all();
    }
    /// Runs what has come until `enough`; false after ten seconds.
    template <class Enough> bool runUntil(const Enough& enough) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!enough()) {
            std::function<void()> next;
            {
                std::unique_lock lock(m_mutex);
                if (!m_wake.wait_until(lock, end, [this] { return !m_waiting.empty(); })) return false;
                next = std::move(m_waiting.front());
                m_waiting.pop_front();
            }
            next();
        }
        return true;
    }
    void runAll() {
        std::deque<std::function<void()>> all;
        {
            const std::lock_guard lock(m_mutex);
            all.swap(m_waiting);
        }
        for (auto& function : all)
            function();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_waiting;
};

/// What the fake engine shares with the test: runs wait at a gate, so the test decides when they go on.
struct Stage {
    std::mutex mutex;
    std::condition_variable changed;
    int allowed = 0; ///< runs that may pass the gate
    int entered = 0; ///< runs that have reached it
    int progressSteps = 0;
    std::vector<std::uint64_t> ran; ///< generations of finished runs, in order

    void allow(int runs) {
        const std::lock_guard lock(mutex);
        allowed += runs;
        changed.notify_all();
    }
    bool waitEntered(int runs) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(10), [&] { return entered >= runs; });
    }
};

class FakeEngine : public Engine {
public:
    explicit FakeEngine(Stage& stage) : m_stage(stage) {}

    Result<ModelInfo> open(const OpenRequest& r, const ProgressSink& progress, const CancelToken&) override {
        for (int i = 0; i < m_stage.progressSteps; ++i)
            progress({"reading weights", i, m_stage.progressSteps});
        if (r.model.empty()) return fail(ErrorCode::FileNotFound, "open model", "no folder");
        ModelInfo info;
        info.name = r.model.string();
        return info;
    }
    Result<ModelInfo> info() const override { return ModelInfo{}; }
    Result<std::vector<TokenPiece>> tokenize(const TokenInput&) const override {
        return std::vector<TokenPiece>{{7, "seven", "seven", false}};
    }
    Result<std::string> decode(const std::vector<TokenId>& t) const override {
        return std::to_string(t.size());
    }
    Result<RunResult> run(const RunRequest& r, const ProgressSink&, const CancelToken& cancel) override {
        std::unique_lock lock(m_stage.mutex);
        ++m_stage.entered;
        m_stage.changed.notify_all();
        // A cancel is seen between layers: here, at the next look.
        while (m_stage.allowed == 0 && !cancel.cancelled())
            m_stage.changed.wait_for(lock, std::chrono::milliseconds(1));
        if (cancel.cancelled()) return fail(ErrorCode::Cancelled, "run model", "stopped on request");
        --m_stage.allowed;
        m_stage.ran.push_back(r.generation);
        RunResult result;
        result.generation = r.generation;
        return result;
    }
    Result<GenerateResult> generate(const GenerateRequest&, const ProgressSink&,
                                    const CancelToken&) override {
        return GenerateResult{{1, 2}, {}, {}};
    }
    Result<HostTensor> slice(const SliceRequest& r, const CancelToken&) override {
        return HostTensor{{1}, {static_cast<float>(r.handle)}, {}};
    }
    Result<Tiles> tiles(const TilesRequest&, const CancelToken&) override {
        return Tiles{3, 1, 1, {}, {}, {}};
    }
    Result<LensResult> lens(const LensRequest&, const CancelToken&) override { return LensResult{}; }
    Result<LensCalibration> calibrateLens(const ProgressSink&, const CancelToken&) override {
        return LensCalibration{};
    }
    Result<AttributionResult> attribution(const AttributionRequest&, const CancelToken&) override {
        return AttributionResult{};
    }
    Result<WaterfallResult> waterfall(const WaterfallRequest&, const CancelToken&) override {
        return WaterfallResult{};
    }
    Result<SweepResult> sweep(const SweepRequest&, const SweepSink&, const ProgressSink&,
                              const CancelToken&) override {
        return SweepResult{};
    }
    Result<HeadReading> readHead(const HeadReadingRequest&, const CancelToken&) override {
        return HeadReading{};
    }
    Result<NeuronsResult> neurons(const NeuronsRequest&, const CancelToken&) override {
        return NeuronsResult{};
    }

private:
    Stage& m_stage;
};

RunRequest numbered(std::uint64_t generation) {
    RunRequest request;
    request.generation = generation;
    return request;
}

} // namespace

class JobQueueTest : public QObject {
    Q_OBJECT

private:
    Stage* m_stage = nullptr;
    Mailbox* m_mailbox = nullptr;
    std::vector<FromEngine> m_messages;

    std::unique_ptr<JobQueue> makeQueue() {
        return std::make_unique<JobQueue>(
            [stage = m_stage]() -> Result<std::unique_ptr<Engine>> {
                return std::make_unique<FakeEngine>(*stage);
            },
            [mailbox = m_mailbox](std::function<void()> f) { mailbox->post(std::move(f)); },
            [this](const FromEngine& m) { m_messages.push_back(m); });
    }
    std::size_t finished() const {
        return static_cast<std::size_t>(
            std::count_if(m_messages.begin(), m_messages.end(), [](const FromEngine& m) {
                return std::holds_alternative<ResultMessage>(m) || std::holds_alternative<ErrorMessage>(m);
            }));
    }
    bool waitFinished(std::size_t count) {
        return m_mailbox->runUntil([&] { return finished() >= count; });
    }
    const Error* errorOf(std::uint64_t id) const {
        for (const FromEngine& m : m_messages)
            if (const auto* e = std::get_if<ErrorMessage>(&m); e && e->id == id) return &e->error;
        return nullptr;
    }
    const ResultMessage* resultOf(std::uint64_t id) const {
        for (const FromEngine& m : m_messages)
            if (const auto* r = std::get_if<ResultMessage>(&m); r && r->id == id) return r;
        return nullptr;
    }

private Q_SLOTS:
    void init() {
        m_stage = new Stage;
        m_mailbox = new Mailbox;
        m_messages.clear();
    }
    void cleanup() {
        delete m_mailbox;
        delete m_stage;
    }

    void everyAskGetsItsAnswer() {
        m_stage->allow(1);
        const auto queue = makeQueue();
        const std::vector<std::pair<Ask, std::size_t>> asks{{OpenRequest{"a", {}, "cpu", "f32", 0, false}, 0},
                                                            {numbered(5), 1},
                                                            {GenerateRequest{}, 2},
                                                            {SliceRequest{9, Side::Cut, "logits"}, 3},
                                                            {TilesRequest{}, 4},
                                                            {TokenizeRequest{}, 5},
                                                            {DecodeRequest{{1, 2, 3}}, 6},
                                                            {CalibrateLensRequest{}, 13}};
        std::uint64_t generation = 100;
        for (const auto& [ask, index] : asks) {
            m_messages.clear();
            const std::uint64_t id = queue->submit(JobTag::Run, ask, ++generation);
            QVERIFY(waitFinished(1));
            const ResultMessage* result = resultOf(id);
            QVERIFY(result);
            QCOMPARE(result->generation, generation);
            QCOMPARE(result->answer.index(), index);
        }
    }

    /// During a drag: the running one is finished, of those behind it only the newest runs.
    void newestOfATagWins() {
        const auto queue = makeQueue();
        const std::uint64_t first = queue->submit(JobTag::Run, numbered(1), 1);
        QVERIFY(m_stage->waitEntered(1));
        std::vector<std::uint64_t> later;
        for (std::uint64_t g = 2; g <= 6; ++g)
            later.push_back(queue->submit(JobTag::Run, numbered(g), g));
        QVERIFY(queue->busy());
        m_stage->allow(2);
        QVERIFY(waitFinished(6));
        QCOMPARE(m_stage->ran, (std::vector<std::uint64_t>{1, 6}));
        QVERIFY(resultOf(first));
        QVERIFY(resultOf(later.back()));
        for (std::size_t i = 0; i + 1 < later.size(); ++i) {
            QVERIFY(errorOf(later[i]));
            QCOMPARE(errorOf(later[i])->code, ErrorCode::Cancelled);
        }
    }

    /// Jobs of another tag are not replaced, and a replaced job's heir keeps its place.
    void tagsWaitSideBySide() {
        const auto queue = makeQueue();
        queue->submit(JobTag::Run, numbered(1));
        QVERIFY(m_stage->waitEntered(1));
        queue->submit(JobTag::Hover, numbered(2));
        queue->submit(JobTag::Tile, numbered(3));
        queue->submit(JobTag::Hover, numbered(4));
        m_stage->allow(3);
        QVERIFY(waitFinished(4));
        QCOMPARE(m_stage->ran, (std::vector<std::uint64_t>{1, 4, 3}));
    }

    void cancelStopsRunningAndWaiting() {
        const auto queue = makeQueue();
        const std::uint64_t running = queue->submit(JobTag::Run, numbered(1));
        QVERIFY(m_stage->waitEntered(1));
        const std::uint64_t waiting = queue->submit(JobTag::Hover, numbered(2));
        const std::uint64_t kept = queue->submit(JobTag::Tile, numbered(3));
        queue->cancel(waiting);
        queue->cancel(JobTag::Run);
        m_stage->allow(0);
        QVERIFY(waitFinished(2));
        QCOMPARE(errorOf(running)->code, ErrorCode::Cancelled);
        QCOMPARE(errorOf(waiting)->code, ErrorCode::Cancelled);
        m_stage->allow(1);
        QVERIFY(waitFinished(3));
        QVERIFY(resultOf(kept));
        QCOMPARE(m_stage->ran, (std::vector<std::uint64_t>{3}));
        const std::uint64_t after = queue->submit(JobTag::Run, numbered(4));
        QVERIFY(m_stage->waitEntered(3)); // a cancelled job leaves no mark on the next one of its tag
        queue->cancelAll();
        QVERIFY(waitFinished(4));
        QCOMPARE(errorOf(after)->code, ErrorCode::Cancelled);
    }

    void errorsComeBackWithIdAndGeneration() {
        const auto queue = makeQueue();
        const std::uint64_t id = queue->submit(JobTag::Load, OpenRequest{}, 42);
        QVERIFY(waitFinished(1));
        const auto* error = std::get_if<ErrorMessage>(&m_messages.back());
        QVERIFY(error);
        QCOMPARE(error->id, id);
        QCOMPARE(error->generation, std::uint64_t(42));
        QCOMPARE(error->error.code, ErrorCode::FileNotFound);
    }

    /// A thousand steps within a moment are told once.
    void progressIsThinned() {
        m_stage->progressSteps = 1000;
        const auto queue = makeQueue();
        queue->submit(JobTag::Load, OpenRequest{"a", {}, "cpu", "f32", 0, false});
        QVERIFY(waitFinished(1));
        const auto told = std::count_if(m_messages.begin(), m_messages.end(), [](const FromEngine& m) {
            return std::holds_alternative<ProgressMessage>(m);
        });
        QVERIFY(told >= 1);
        QVERIFY2(told < 100, qPrintable(QString::number(told)));
    }

    void anEngineThatCannotBeMadeAnswersEveryJob() {
        JobQueue queue(
            []() -> Result<std::unique_ptr<Engine>> { return fail(ErrorCode::Device, "start", "no engine"); },
            [this](std::function<void()> f) { m_mailbox->post(std::move(f)); },
            [this](const FromEngine& m) { m_messages.push_back(m); });
        const std::uint64_t id = queue.submit(JobTag::Run, numbered(1));
        QVERIFY(waitFinished(1));
        QCOMPARE(errorOf(id)->code, ErrorCode::Device);
    }

    /// Closing cancels the running job, joins, and messages under way reach nobody.
    void closingIsCleanInTheMiddleOfARun() {
        {
            const auto queue = makeQueue();
            queue->submit(JobTag::Run, numbered(1));
            QVERIFY(m_stage->waitEntered(1));
            queue->submit(JobTag::Tile, numbered(2));
        }
        m_mailbox->runAll();
        QVERIFY(m_messages.empty());
        QVERIFY(m_stage->ran.empty());
    }

    void submittingFromManyThreadsLosesNothing() {
        m_stage->allow(400);
        const auto queue = makeQueue();
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&queue, t] {
                for (int i = 0; i < 100; ++i)
                    queue->submit(static_cast<JobTag>(1 + t % 4), numbered(static_cast<std::uint64_t>(i)));
            });
        QVERIFY(waitFinished(400)); // each job is answered exactly once, run or replaced
        for (std::thread& thread : threads)
            thread.join();
        QVERIFY(m_mailbox->runUntil([&] { return !queue->busy(); }));
        QCOMPARE(finished(), std::size_t(400));
    }
};

QTEST_GUILESS_MAIN(JobQueueTest)
#include "tst_job_queue.moc"
