// SPDX-License-Identifier: GPL-3.0-or-later
// The engine is killed at random moments of a journey in the real window over the shipped model. What stands
// in the end is what stands there without. CUTAWAY_KILLS says how many (8), CUTAWAY_SEED when.
#include "app/gui/card_effects.h"
#include "app/gui/engine_process.h"
#include "app/gui/idle_figures.h"
#include "app/gui/lane_controller.h"
#include "app/gui/model_opener.h"
#include "app/gui/resources.h"
#include "app/gui/sweep_controller.h"
#include "tests/support/test_device.h"
#include "tests/support/test_window.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/status_line.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QTest>
#include <QTimer>

#include <cmath>
#include <csignal>
#include <random>
#include <utility>

using namespace cutaway;
using namespace cutaway::app;

namespace {

/// What stands in the window when all is done: words that must be equal, and numbers that must be nearly.
struct Outcome {
    QStringList words;
    std::vector<double> numbers;
};

} // namespace

class TestKillJourney : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whatStandsInTheEndIsTheSame();
    void weightsThatChangeUnderIt();
    void weightsThatAreReplaced();

private:
    void open();
    /// The window over a copy of the shipped model, its first picture complete.
    void openCopy(const QDir& folder);
    void journey(int pause);
    void settle();
    Outcome outcome() const;

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;
};

void TestKillJourney::initTestCase() {
    tests::prepareApplication(m_home);
    if (demoModelPath().isEmpty()) QSKIP("the shipped model is not here");
    if (!QFileInfo(engineProgram().program).isExecutable())
        QSKIP("built without libtorch: no engine to drive");
}

void TestKillJourney::open() {
    Options options;
    options.device = QString::fromStdString(tests::testDevice());
    options.prompt = "When Mary and John went to the store, John gave a drink to";
    options.answer = {std::string(" Mary")};
    options.wrong = {std::string(" John")};
    options.screenshot = "none.png"; // nothing remembered
    m_window = std::make_unique<MainWindow>(engineProgram(), options);
    m_window->resize(1400, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
}

// What people do, some of it faster than the engine follows.
void TestKillJourney::journey(int pause) {
    Document& document = m_window->document();
    const auto then = [&](const auto& act) {
        act();
        QTest::qWait(pause);
    };
    then([&] { document.setPrompt("When Anna and Tom went to the park, Tom gave a ball to"); });
    then([&] { document.addCut(*parseCut("zero:L0H6")); });
    then([&] { m_window->showTab("lens"); });
    int card = 0;
    then([&] { card = document.addCut(*parseCut("mean(w=0.2):L2.mlp")); });
    for (int i = 3; i < 9; ++i)
        then([&] { document.setStrength(card, i / 10.0, 77); });
    then([&] { m_window->showTab("sweep"); });
    then([&] { document.setDonor("When Anna and Tom went to the park, Anna gave a ball to"); });
    then([&] { document.addCut(*parseCut("patch:blocks.1.hook_resid_post@last")); });
    then([&] { document.undoStack().undo(); });
    then([&] { document.undoStack().redo(); });
    then([&] { m_window->showTab("attribution"); });
    then([&] { document.undoStack().undo(); });
    then([&] { m_window->showTab("inside"); });
    then([&] { document.setChoice({{std::string(" Anna")}, {std::string(" Tom")}}, "choose answer"); });
    then([&] { m_window->showTab("lens"); });
}

void TestKillJourney::settle() {
    const auto done = [this] {
        return m_window->scheduler().complete() && m_window->effects().missing() == 0 &&
               m_window->laneController().difference() && m_window->figures().settled() &&
               m_window->strip()->state().cutDiff;
    };
    QVERIFY2(QTest::qWaitFor(done, 60000), qPrintable(m_window->strip()->state().error));
}

Outcome TestKillJourney::outcome() const {
    Outcome out;
    const session::Session& session = m_window->document().session();
    const Picture& picture = *m_window->scheduler().shown();
    out.words = tests::cutTexts(*m_window);
    out.words << QString::fromStdString(session.sequence().text) << m_window->strip()->state().error;
    for (const std::string& cut : picture.result.cuts)
        out.words << QString::fromStdString(cut);
    for (const RunSide* side : {&picture.result.main, &*picture.result.uncut})
        for (const PositionPredictions& at : side->positions)
            for (const Prediction& prediction : at.top) {
                out.words << QString::number(prediction.id);
                out.numbers.push_back(prediction.logit);
            }
    for (const auto& [wish, part] : picture.parts)
        if (const auto* lens = std::get_if<LensResult>(&part))
            for (const auto& row : lens->grid)
                for (const LensCell& cell : row)
                    out.numbers.push_back(cell.top.logit);
    for (const session::Card& card : session.shelf().cards)
        if (const auto effect = m_window->effects().effect(card.id)) {
            out.numbers.push_back(effect->alone);
            out.numbers.push_back(effect->withoutIt);
        }
    for (const double effect : m_window->figures().effects().heads)
        out.numbers.push_back(effect);
    out.numbers.push_back(*m_window->laneController().difference());
    return out;
}

void TestKillJourney::whatStandsInTheEndIsTheSame() {
    open();
    journey(60);
    settle();
    const Outcome undisturbed = outcome();
    QVERIFY(undisturbed.numbers.size() > 200);
    m_window.reset();

    const int wanted =
        qEnvironmentVariableIntValue("CUTAWAY_KILLS") > 0 ? qEnvironmentVariableIntValue("CUTAWAY_KILLS") : 8;
    std::mt19937 random(static_cast<unsigned>(qEnvironmentVariableIntValue("CUTAWAY_SEED")) + 1U);
    int kills = 0, journeys = 0, back = 0;
    QTimer killer;
    killer.setSingleShot(true);
    QElapsedTimer sinceKill;
    qint64 longest = 0;
    std::vector<qint64> returns;
    bool anyTime = true, waited = false;
    connect(&killer, &QTimer::timeout, this, [&] {
        EngineProcess* process = m_window ? m_window->host().process() : nullptr;
        // Three of four find it at work or at rest, one also while it starts: else a slow machine only ever
        // starts.
        if (process && !process->ready() && !anyTime) {
            waited = true;
            return killer.start(50);
        }
        // Counted from when it stands, or on a slow machine nothing would ever be done in between.
        if (std::exchange(waited, false))
            return killer.start(std::uniform_int_distribution<int>(0, 1500)(random));
        anyTime = random() % 4 == 0;
        const qint64 id = process ? process->processId() : 0;
        if (id > 0 && ::kill(static_cast<pid_t>(id), SIGKILL) == 0) {
            ++kills;
            sinceKill.start();
        }
        if (kills < wanted) killer.start(std::uniform_int_distribution<int>(0, 1500)(random));
    });
    open();
    auto* process = m_window->host().process();
    QVERIFY(process);
    connect(process, &EngineProcess::news, this, [&](const EngineNews& news) {
        QVERIFY2(news.kind == EngineNews::Kind::Lost || news.kind == EngineNews::Kind::Back,
                 qPrintable(news.reason + news.detail));
        if (news.kind != EngineNews::Kind::Back) return;
        ++back;
        returns.push_back(sinceKill.elapsed());
        longest = std::max(longest, sinceKill.elapsed());
    });
    killer.start(0);
    while (kills < wanted || journeys == 0) {
        journey(60);
        if (kills >= wanted) killer.stop();
        settle();
        ++journeys;
        const Outcome now = outcome();
        QCOMPARE(now.words, undisturbed.words);
        QCOMPARE(now.numbers.size(), undisturbed.numbers.size());
        for (std::size_t i = 0; i < now.numbers.size(); ++i)
            QVERIFY2(
                std::abs(now.numbers[i] - undisturbed.numbers[i]) <
                    1e-4 * std::max(1.0, std::abs(now.numbers[i])),
                qPrintable(QString("%1: %2 and %3").arg(i).arg(now.numbers[i]).arg(undisturbed.numbers[i])));
        QVERIFY(!m_window->strip()->state().stale);
        while (m_window->document().undoStack().canUndo())
            m_window->document().undoStack().undo();
        QTest::qWait(30);
    }
    std::sort(returns.begin(), returns.end());
    qInfo("%d kills in %d journeys; back %d times, after %lld ms (median), %lld ms (longest)", kills,
          journeys, back, static_cast<long long>(returns.empty() ? 0 : returns[returns.size() / 2]),
          static_cast<long long>(longest));
    QVERIFY(back > 0);
}

void TestKillJourney::openCopy(const QDir& folder) {
    const QDir demo(demoModelPath());
    QVERIFY(QDir().mkpath(folder.path()));
    for (const QString& name : demo.entryList(QDir::Files))
        QVERIFY(QFile::copy(demo.filePath(name), folder.filePath(name)));
    Options options;
    options.device = QString::fromStdString(tests::testDevice());
    options.model = folder.path();
    options.prompt = "When Mary and John went to the store, John gave a drink to";
    options.screenshot = "none.png"; // nothing remembered
    m_window = std::make_unique<MainWindow>(engineProgram(), options);
    m_window->show();
    m_window->start();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->scheduler().complete(), 30000);
}

// The file of the weights is cut short while it is mapped, and the engine has to be started again: a
// sentence, and the work stands; with the file whole again all goes on.
void TestKillJourney::weightsThatChangeUnderIt() {
    const QDir demo(demoModelPath()), folder(m_home.filePath("model"));
    openCopy(folder);
    QList<EngineNews::Kind> news;
    connect(m_window->host().process(), &EngineProcess::news, this,
            [&](const EngineNews& told) { news << told.kind; });
    const QString weights = folder.filePath("model.safetensors");
    QFile::setPermissions(weights, QFile::ReadOwner | QFile::WriteOwner);
    QVERIFY(QFile::resize(weights, QFileInfo(weights).size() / 2));
    m_window->document().addCut(*parseCut("zero:L1H3"));
    m_window->showTab("attribution");
    // Whatever is still read of it ends the engine at most; nobody waits for ever.
    QTRY_VERIFY_WITH_TIMEOUT(m_window->scheduler().complete() || !m_window->strip()->state().error.isEmpty(),
                             60000);
    ::kill(static_cast<pid_t>(m_window->host().process()->processId()), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(news.contains(EngineNews::Kind::ModelGone), 30000);
    QVERIFY2(m_window->strip()->state().error.contains("does not open any more"),
             qPrintable(m_window->strip()->state().error));
    QCOMPARE(m_window->document().session().shelf().cards.size(), std::size_t(1));
    QVERIFY(QFile::remove(weights) && QFile::copy(demo.filePath("model.safetensors"), weights));
    m_window->opener().open(folder.path(), true);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->scheduler().complete() && m_window->strip()->state().error.isEmpty(),
                             60000);
    QCOMPARE(m_window->document().session().shelf().cards.size(), std::size_t(1));
}

// Another file takes the place of the weights, as a download does it: what is open stays what it was, and
// says so; an engine that opens it anew tells that they are others.
void TestKillJourney::weightsThatAreReplaced() {
    const QDir folder(m_home.filePath("replaced"));
    openCopy(folder);
    const auto difference = [this] { return m_window->strip()->state().cutDiff; };
    const auto settled = [this] {
        return m_window->scheduler().complete() && m_window->strip()->state().cutDiff &&
               !m_window->host().busy();
    };
    m_window->document().setChoice({{std::string(" Mary")}, {std::string(" John")}}, "choose answer");
    m_window->document().addCut(*parseCut("zero:L1H3"));
    QTRY_VERIFY_WITH_TIMEOUT(settled(), 60000);
    const double before = *difference();
    const QString weights = folder.filePath("model.safetensors"), other = folder.filePath("download");
    QVERIFY(QFile::copy(weights, other));
    QFile file(other);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    QVERIFY(file.open(QFile::ReadWrite));
    QVERIFY(file.seek(file.size() / 2)); // somewhere in a block's weights
    QVERIFY(file.write(QByteArray(65536, '\0')) == 65536);
    file.close();
    QCOMPARE(std::rename(qPrintable(other), qPrintable(weights)), 0);
    m_window->document().undoStack().undo();
    m_window->document().addCut(*parseCut("zero:L1H4"));
    QTRY_VERIFY_WITH_TIMEOUT(settled(), 60000);
    m_window->document().undoStack().undo();
    m_window->document().addCut(*parseCut("zero:L1H3"));
    QTRY_VERIFY_WITH_TIMEOUT(settled() && std::abs(*difference() - before) < 1e-4, 60000);

    QList<EngineNews::Kind> news;
    connect(m_window->host().process(), &EngineProcess::news, this,
            [&](const EngineNews& told) { news << told.kind; });
    ::kill(static_cast<pid_t>(m_window->host().process()->processId()), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT(news.contains(EngineNews::Kind::ModelChanged), 30000);
    QTRY_VERIFY_WITH_TIMEOUT(settled(), 60000);
    QVERIFY(m_window->strip()->state().error.isEmpty());
    QCOMPARE(tests::cutTexts(*m_window), QStringList("zero:L1H3"));
    QVERIFY(std::abs(*difference() - before) > 1e-6);
}

QTEST_MAIN(TestKillJourney)
#include "tst_kill_journey.moc"
