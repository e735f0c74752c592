// SPDX-License-Identifier: GPL-3.0-or-later
// An engine in a process of its own that is killed, hangs, stops, talks nonsense or is of another version:
// what was asked is answered all the same, or with a sentence.
#include "app/gui/engine_host.h"
#include "app/gui/engine_process.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <csignal>

using namespace cutaway;
using namespace cutaway::app;

class TestEngineProcess : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void answersAsAThreadDoes();
    void overStandardStreams();
    void whatRanIsAskedAgain_data();
    void whatRanIsAskedAgain();
    void whatEndsItEachTimeIsGivenUp();
    void anOpeningThatEndsItIsGivenUp();
    void killedWhileNothingRan();
    void killedAgainAndAgainAtRest();
    void aHungJobThatShallStopEndsIt();
    void aHungJobEndsItInTheEnd();
    void handlesDieWithTheirProcess();
    void changedWeightsAreTold();
    void aModelThatIsGoneIsTold();
    void cancelledMeanwhileIsCancelled();
    void anotherVersionIsRefused();
    void noProgram();
    void leavesWithTheWindow();

private:
    void start(QStringList arguments = {}, bool standardStreams = false);
    void patience(int silent, int deaf, int stuck);
    void faults(int count);
    Result<ModelInfo> open(const QString& model);
    Result<RunResult> run(const std::string& prompt);
    /// Starts a run; its answer is in `m_answer`.
    void ask(const std::string& prompt, JobTag tag = JobTag::Run);
    QList<EngineNews::Kind> kinds() const;

    QTemporaryDir m_folder;
    std::unique_ptr<EngineHost> m_host;
    QList<EngineNews> m_news;
    std::optional<Result<RunResult>> m_answer;
};

void TestEngineProcess::initTestCase() {
    qputenv("CUTAWAY_TEST_FAULTS", QFile::encodeName(m_folder.filePath("faults")));
    QVERIFY(QDir(m_folder.path()).mkdir("model"));
}

void TestEngineProcess::init() {
    faults(0);
    QFile::remove(m_folder.filePath("model/changed"));
    m_news.clear();
    m_answer.reset();
}

void TestEngineProcess::cleanup() {
    m_host.reset();
}

void TestEngineProcess::start(QStringList arguments, bool standardStreams) {
    m_host = std::make_unique<EngineHost>(
        EngineProgram{QCoreApplication::applicationDirPath() + "/fake_engine_program", std::move(arguments),
                      standardStreams});
    connect(m_host.get(), &EngineHost::news, this, [this](const EngineNews& news) { m_news << news; });
    m_host->start();
}

void TestEngineProcess::patience(int silent, int deaf, int stuck) {
    m_host->process()->setPatience({silent, 5000, deaf, stuck});
}

void TestEngineProcess::faults(int count) {
    QFile file(m_folder.filePath("faults"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(count, '!'));
}

Result<ModelInfo> TestEngineProcess::open(const QString& model) {
    std::optional<Result<ModelInfo>> answer;
    engine::OpenRequest request;
    request.model = m_folder.filePath(model).toStdString();
    m_host->ask<ModelInfo>(JobTag::Load, request, [&](Result<ModelInfo> info) { answer = std::move(info); });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 15000))
        return fail(ErrorCode::Internal, "test", "no answer");
    return *answer;
}

void TestEngineProcess::ask(const std::string& prompt, JobTag tag) {
    m_answer.reset();
    RunRequest request;
    request.input = {prompt};
    request.keep = true;
    m_host->ask<RunResult>(tag, request, [this](Result<RunResult> result) { m_answer = std::move(result); });
}

Result<RunResult> TestEngineProcess::run(const std::string& prompt) {
    ask(prompt);
    if (!QTest::qWaitFor([&] { return m_answer.has_value(); }, 15000))
        return fail(ErrorCode::Internal, "test", "no answer");
    return *m_answer;
}

QList<EngineNews::Kind> TestEngineProcess::kinds() const {
    QList<EngineNews::Kind> kinds;
    for (const EngineNews& news : m_news)
        kinds << news.kind;
    return kinds;
}

using Kind = EngineNews::Kind;

void TestEngineProcess::answersAsAThreadDoes() {
    start();
    const Result<ModelInfo> info = open("model");
    QVERIFY2(info, info ? "" : info.error().text().c_str());
    QCOMPARE(info->name, std::string("model"));
    const Result<RunResult> result = run("When Mary and John went");
    QVERIFY(result);
    QCOMPARE(result->tokens.size(), std::size_t(5));
    QVERIFY(!m_host->busy());
    QVERIFY(m_news.isEmpty());
    // The same from an engine on a thread.
    EngineHost thread(EngineHost::Factory([]() -> Result<std::unique_ptr<engine::Engine>> {
        return fail(ErrorCode::Internal, "make engine", "none");
    }));
    thread.start();
    QVERIFY(thread.process() == nullptr);
}

void TestEngineProcess::overStandardStreams() {
    start({}, true);
    QVERIFY(open("model"));
    QVERIFY(run("over a pipe"));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    QVERIFY(run("after it was killed"));
}

void TestEngineProcess::whatRanIsAskedAgain_data() {
    QTest::addColumn<QString>("fault");
    QTest::addColumn<bool>("streams");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* name, const char* fault, const char* reason) {
        QTest::addRow("%s", name) << fault << false << reason;
        QTest::addRow("%s, over its standard streams", name) << fault << true << reason;
    };
    row("killed", "kill", "memory");
    row("aborted", "abort", "signal 6");
    row("stopped as a whole", "stop", "no sign of life");
    row("nonsense", "noise", "no message");
    row("left", "exit", "status 3");
}

void TestEngineProcess::whatRanIsAskedAgain() {
    QFETCH(QString, fault);
    QFETCH(bool, streams);
    QFETCH(QString, reason);
    start({}, streams);
    patience(2000, 1000, 60000);
    QVERIFY(open("model"));
    const qint64 before = m_host->process()->processId();
    faults(1);
    const Result<RunResult> result = run((fault + " once").toStdString());
    QVERIFY2(result, result ? "" : result.error().text().c_str());
    QCOMPARE(result->tokens.size(), std::size_t(2));
    QVERIFY(m_host->process()->processId() != before);
    QCOMPARE(kinds(), (QList{Kind::Lost, Kind::Back}));
    QVERIFY2(m_news[0].reason.contains(reason), qPrintable(m_news[0].reason));
}

void TestEngineProcess::whatEndsItEachTimeIsGivenUp() {
    start();
    QVERIFY(open("model"));
    faults(100);
    const Result<RunResult> result = run("kill always");
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::EngineLost);
    QVERIFY(result.error().message.find("memory") != std::string::npos);
    faults(0);
    const Result<RunResult> next = run("and on it goes");
    QVERIFY2(next, next ? "" : next.error().text().c_str());
    QCOMPARE(kinds().count(Kind::Lost), EngineProcess::mostAttempts);
}

void TestEngineProcess::anOpeningThatEndsItIsGivenUp() {
    start();
    QVERIFY(open("model"));
    faults(100);
    const Result<ModelInfo> info = open("killing model");
    QVERIFY(!info);
    QCOMPARE(info.error().code, ErrorCode::EngineLost);
    // The model of before is open again.
    const Result<RunResult> result = run("still here");
    QVERIFY2(result, result ? "" : result.error().text().c_str());
}

void TestEngineProcess::killedWhileNothingRan() {
    start();
    QVERIFY(open("model"));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    QTRY_COMPARE(kinds(), (QList{Kind::Lost, Kind::Back}));
    QVERIFY(run("afterwards"));
}

// Nothing is asked, and yet it ends each time it stands: it is not started for ever, and started again when
// somebody wants it.
void TestEngineProcess::killedAgainAndAgainAtRest() {
    start();
    EngineProcess::Patience patience;
    patience.restless = 6;
    m_host->process()->setPatience(patience);
    QVERIFY(open("model"));
    const auto strike = [this] { ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL); };
    const QMetaObject::Connection killer =
        connect(m_host.get(), &EngineHost::news, this, [&](const EngineNews& news) {
            if (news.kind == Kind::Back) strike();
        });
    strike();
    QTRY_VERIFY_WITH_TIMEOUT(kinds().contains(Kind::GaveUp), 30000);
    QCOMPARE(kinds().count(Kind::Lost), patience.restless - 1);
    const Result<RunResult> nobody = run("nobody there");
    QVERIFY(!nobody);
    QCOMPARE(nobody.error().code, ErrorCode::EngineLost);
    disconnect(killer);
    m_host->process()->revive();
    QVERIFY(run("wanted again"));
}

void TestEngineProcess::aHungJobThatShallStopEndsIt() {
    start();
    patience(10000, 1000, 60000);
    QVERIFY(open("model"));
    faults(1);
    ask("hang");
    QTest::qWait(300);
    m_host->cancel(JobTag::Run);
    QTRY_VERIFY_WITH_TIMEOUT(m_answer.has_value(), 8000);
    QVERIFY(!*m_answer);
    QCOMPARE(m_answer->error().code, ErrorCode::Cancelled);
    QTRY_COMPARE(kinds(), (QList{Kind::Lost, Kind::Back}));
    QVERIFY(run("afterwards"));
}

void TestEngineProcess::aHungJobEndsItInTheEnd() {
    start();
    patience(10000, 1000, 2000);
    QVERIFY(open("model"));
    faults(1);
    QVERIFY(run("hang once"));
    QVERIFY(m_news[0].reason.contains("moved"));
}

void TestEngineProcess::handlesDieWithTheirProcess() {
    start();
    QVERIFY(open("model"));
    const Result<RunResult> result = run("kept");
    QVERIFY(result && result->handle != 0);
    const auto slice = [&](std::uint64_t handle) {
        std::optional<Result<HostTensor>> answer;
        m_host->ask<HostTensor>(JobTag::Tile,
                                engine::SliceRequest{handle, {}, "blocks.0.attn.hook_pattern[0]"},
                                [&](Result<HostTensor> made) { answer = std::move(made); });
        if (!QTest::qWaitFor([&] { return answer.has_value(); }, 5000)) qFatal("no answer");
        return *answer;
    };
    QVERIFY(slice(result->handle));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    QTRY_COMPARE(kinds(), (QList{Kind::Lost, Kind::Back}));
    const Result<HostTensor> gone = slice(result->handle);
    QVERIFY(!gone);
    QVERIFY(gone.error().message.find("no longer") != std::string::npos);
    const Result<RunResult> again = run("kept");
    QVERIFY(again && again->handle != result->handle);
    QVERIFY(slice(again->handle));
}

void TestEngineProcess::changedWeightsAreTold() {
    start();
    QVERIFY(open("model"));
    QFile changed(m_folder.filePath("model/changed"));
    QVERIFY(changed.open(QIODevice::WriteOnly));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    QTRY_COMPARE(kinds(), (QList{Kind::Lost, Kind::ModelChanged}));
    QCOMPARE(m_news[1].model.hash, std::string("other"));
}

void TestEngineProcess::aModelThatIsGoneIsTold() {
    start();
    QVERIFY(QDir(m_folder.path()).mkdir("going"));
    QVERIFY(open("going"));
    QVERIFY(QDir(m_folder.path()).rmdir("going"));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    QTRY_COMPARE(kinds(), (QList{Kind::Lost, Kind::ModelGone}));
    QVERIFY(m_news[1].detail.contains("not there"));
    QVERIFY(open("model"));
    QVERIFY(run("another"));
}

void TestEngineProcess::cancelledMeanwhileIsCancelled() {
    start();
    QVERIFY(open("model"));
    ::kill(static_cast<pid_t>(m_host->process()->processId()), SIGKILL);
    ask("asked of nobody");
    m_host->cancel(JobTag::Run);
    QTRY_VERIFY(m_answer.has_value());
    QVERIFY(!*m_answer);
    QCOMPARE(m_answer->error().code, ErrorCode::Cancelled);
    QVERIFY(run("afterwards"));
}

void TestEngineProcess::anotherVersionIsRefused() {
    start({"--version-of", "9.9.9"});
    QTRY_COMPARE(kinds(), QList{Kind::GaveUp});
    QVERIFY(m_news[0].reason.contains("9.9.9"));
    QVERIFY(!run("nobody there"));
}

void TestEngineProcess::noProgram() {
    m_host = std::make_unique<EngineHost>(EngineProgram{m_folder.filePath("absent"), {}, false});
    connect(m_host.get(), &EngineHost::news, this, [this](const EngineNews& news) { m_news << news; });
    m_host->start();
    const Result<RunResult> result = run("nobody there");
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::EngineLost);
    QTRY_COMPARE(kinds(), QList{Kind::GaveUp});
}

void TestEngineProcess::leavesWithTheWindow() {
    start();
    QVERIFY(open("model"));
    const auto process = static_cast<pid_t>(m_host->process()->processId());
    QElapsedTimer timer;
    timer.start();
    m_host.reset();
    QVERIFY(timer.elapsed() < 1500);
    QVERIFY(::kill(process, 0) != 0);
}

QTEST_GUILESS_MAIN(TestEngineProcess)
#include "tst_engine_process.moc"
