// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/run_scheduler.h"

#include "core/types/cut_text.h"
#include "tests/support/fake_engine.h"

#include <QSignalSpy>
#include <QTest>

using namespace cutaway;
using namespace cutaway::app;
using tests::FakeEngine;

namespace {

Wanted wantedWith(const std::vector<std::string>& cuts, const std::string& prompt = "a b c") {
    Wanted wanted;
    wanted.request.input.value = prompt;
    wanted.request.allPositions = true;
    wanted.request.keep = true;
    wanted.parts = {{PartKind::Pattern, Shown::Cut, 0, 0}, {PartKind::Tiles, Shown::Cut}};
    for (const std::string& cut : cuts)
        wanted.request.cuts.push_back(*parseCut(cut));
    return wanted;
}

std::vector<std::string> shownCuts(const RunScheduler& scheduler) {
    std::vector<std::string> texts;
    for (const Cut& cut : scheduler.shown()->request.cuts)
        texts.push_back(printCut(cut));
    return texts;
}

} // namespace

class TestRunScheduler : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void newestWins();
    void undoComesFromTheCache();
    void staleIsSaid();
    void failureKeepsThePicture();
    void evictedPartsAreRunAgain();
    void cutsWithoutAPlaceRest();
    void theFirstPictureHasNoCuts();
    void theCursorsFiguresComeFirstWhereAllCostMuch();
    void whatIsStoppedCanBeRunAgain();
    void aWishTakenBackLosesNoPart();
    void aRunStoppedForAnotherJobIsAskedAgain();
    void aWishTakenBackFinishesThePicture();
    void aWaitThatComesToNothingGoesOn();
    void nothingIsAskedAfterAStop();

private:
    /// A wish for one part more than is there, behind a job that takes a moment.
    Wanted wantAPartThatWaits();
    void settle() { QTRY_VERIFY(m_scheduler->complete()); }

    std::shared_ptr<FakeEngine::Control> m_control;
    std::unique_ptr<EngineHost> m_host;
    std::unique_ptr<RunScheduler> m_scheduler;
};

void TestRunScheduler::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_host = std::make_unique<EngineHost>([control = m_control]() -> Result<std::unique_ptr<engine::Engine>> {
        return std::make_unique<FakeEngine>(control);
    });
    m_scheduler = std::make_unique<RunScheduler>(*m_host);
    m_host->start();
    bool open = false;
    m_host->ask<ModelInfo>(JobTag::Load, engine::OpenRequest(), [&](const Result<ModelInfo>& info) {
        m_scheduler->setModel("model");
        open = info.has_value();
    });
    QTRY_VERIFY(open);
}

Wanted TestRunScheduler::wantAPartThatWaits() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->runMilliseconds = 100;
    RunRequest before;
    before.input.value = std::string("d");
    m_host->ask<RunResult>(JobTag::Preview, before, [](const Result<RunResult>&) {});
    Wanted more = wantedWith({});
    more.parts.push_back({PartKind::Pattern, Shown::Cut, 1, 0});
    m_scheduler->want(more);
    return more;
}

void TestRunScheduler::cleanup() {
    m_host.reset();
    m_scheduler.reset();
}

// Twenty wishes in a burst: far fewer runs, none shown after a later one, and the last is what stands.
void TestRunScheduler::newestWins() {
    m_control->runMilliseconds = 20;
    int backwards = 0, last = -1;
    connect(m_scheduler.get(), &RunScheduler::pictureChanged, this, [&] {
        if (m_scheduler->shown()->request.cuts.empty()) return; // the first picture, before any cut
        const int strength = static_cast<int>(m_scheduler->shown()->request.cuts.front().strength * 100);
        if (strength < last) ++backwards;
        last = strength;
    });
    for (int i = 1; i <= 20; ++i) {
        m_scheduler->want(wantedWith({"zero(w=" + std::to_string(i / 100.0) + "):L0H1"}));
        QTest::qWait(2);
    }
    settle();
    QCOMPARE(last, 20);
    QCOMPARE(backwards, 0);
    QVERIFY2(m_control->runs < 12, qPrintable(QString::number(m_control->runs)));
    QVERIFY(m_control->runs >= 2); // the running one was finished, not starved
}

void TestRunScheduler::undoComesFromTheCache() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    settle();
    const int runs = m_control->runs;
    m_scheduler->want(wantedWith({}));
    QVERIFY(shownCuts(*m_scheduler).empty()); // at once, no event loop in between
    QVERIFY(m_scheduler->complete());
    QCOMPARE(m_control->runs.load(), runs);
}

void TestRunScheduler::staleIsSaid() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->runMilliseconds = 10 * RunScheduler::staleAfter;
    QSignalSpy spy(m_scheduler.get(), &RunScheduler::staleChanged);
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    QVERIFY(!m_scheduler->stale()); // not for a run that takes a moment
    QTRY_COMPARE(spy.size(), 1);
    QVERIFY(m_scheduler->stale() && shownCuts(*m_scheduler).empty());
    settle();
    QVERIFY(!m_scheduler->stale());
}

void TestRunScheduler::failureKeepsThePicture() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->failRun = true;
    QSignalSpy spy(m_scheduler.get(), &RunScheduler::failed);
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    QTRY_COMPARE(spy.size(), 1);
    QVERIFY(m_scheduler->shown() && m_scheduler->stale());
    m_control->failRun = false;
    m_scheduler->want(wantedWith({"zero:L0H2"}));
    settle();
    QVERIFY(!m_scheduler->stale());
}

void TestRunScheduler::evictedPartsAreRunAgain() {
    m_scheduler->want(wantedWith({}));
    settle();
    for (const char* cut : {"zero:L0H1", "zero:L0H2", "zero:L1H2"}) {
        m_scheduler->want(wantedWith({cut}));
        settle();
    }
    Wanted other = wantedWith({});
    other.parts = {
        {PartKind::Pattern, Shown::Cut, 2, 0}}; // a head whose pattern was not fetched while its run was kept
    m_scheduler->want(other);
    settle();
    QVERIFY(m_scheduler->shown()->part<HostTensor>({PartKind::Pattern, Shown::Cut, 2, 0}));
}

void TestRunScheduler::cutsWithoutAPlaceRest() {
    m_scheduler->want(wantedWith({"zero:L0H1", "zero:L0H1@7", "zero:L9H0"}));
    settle();
    QCOMPARE(m_control->lastCuts.load(), std::size_t(1));
}

void TestRunScheduler::theFirstPictureHasNoCuts() {
    std::vector<std::size_t> seen;
    connect(m_scheduler.get(), &RunScheduler::pictureChanged, this, [&] {
        if (seen.empty() || seen.back() != m_scheduler->shown()->request.cuts.size())
            seen.push_back(m_scheduler->shown()->request.cuts.size());
    });
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    settle();
    QCOMPARE(seen, (std::vector<std::size_t>{0, 1}));
}

void TestRunScheduler::theCursorsFiguresComeFirstWhereAllCostMuch() {
    Wanted wanted = wantedWith({});
    wanted.outputs = 1 << 23; // three short words of so many outputs
    std::vector<bool> light;
    connect(m_scheduler.get(), &RunScheduler::pictureChanged, this, [&] {
        if (light.empty() || light.back() != m_scheduler->shown()->light)
            light.push_back(m_scheduler->shown()->light);
    });
    m_scheduler->want(wanted);
    settle();
    QCOMPARE(light, (std::vector<bool>{true, false}));
    QCOMPARE(m_control->runs.load(), 2);
}

void TestRunScheduler::whatIsStoppedCanBeRunAgain() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->runMilliseconds = 10000;
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    m_scheduler->stop();
    QTRY_VERIFY(!m_host->busy());
    QVERIFY(m_scheduler->stopped() && shownCuts(*m_scheduler).empty());
    m_control->runMilliseconds = 0;
    m_scheduler->runAgain();
    settle();
    QCOMPARE(shownCuts(*m_scheduler).size(), std::size_t(1));
    QVERIFY(!m_scheduler->stopped());
}

// A part that waits is stopped for another wish, which is taken back before anybody heard of the stop.
void TestRunScheduler::aWishTakenBackLosesNoPart() {
    Wanted more = wantAPartThatWaits();
    QVERIFY(!m_scheduler->complete());
    m_scheduler->want(wantedWith({"zero:L0H1"}), true);
    m_scheduler->want(more);
    settle();
    QVERIFY(shownCuts(*m_scheduler).empty());
}

// As the opening of a model does, which then comes to nothing.
void TestRunScheduler::aRunStoppedForAnotherJobIsAskedAgain() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->runMilliseconds = 50;
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    QTest::qWait(10);
    m_host->cancel(JobTag::Run);
    m_host->cancel(JobTag::Tile);
    settle();
    QCOMPARE(shownCuts(*m_scheduler).size(), std::size_t(1));
    QVERIFY(!m_scheduler->stale());
}

// A picture that waits for the figures of its other positions gets them, after a change that was undone.
void TestRunScheduler::aWishTakenBackFinishesThePicture() {
    Wanted wanted = wantedWith({});
    wanted.outputs = 1 << 23; // three short words of so many outputs
    m_control->runMilliseconds = 60;
    m_scheduler->want(wanted);
    QTRY_VERIFY(m_scheduler->shown() && m_scheduler->shown()->light);
    QTRY_COMPARE(m_control->runs.load(), 2); // the figures of all are on their way
    Wanted other = wantedWith({"zero:L0H1"});
    other.outputs = wanted.outputs;
    m_scheduler->want(other);
    m_scheduler->want(wanted);
    settle();
    QVERIFY(!m_scheduler->shown()->light && shownCuts(*m_scheduler).empty());
}

// What will be wanted turns out to be what was: the run that was stopped for it is made after all.
void TestRunScheduler::aWaitThatComesToNothingGoesOn() {
    m_scheduler->want(wantedWith({}));
    settle();
    m_control->runMilliseconds = 30;
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    m_scheduler->await(true);
    QTRY_VERIFY(!m_host->busy());
    QVERIFY(!m_scheduler->complete());
    m_scheduler->want(wantedWith({"zero:L0H1"}));
    settle();
    QCOMPARE(shownCuts(*m_scheduler).size(), std::size_t(1));
}

// Not even the next part of the picture, until another is wished for.
void TestRunScheduler::nothingIsAskedAfterAStop() {
    Wanted more = wantAPartThatWaits();
    m_scheduler->stop();
    QTRY_VERIFY(!m_host->busy());
    m_scheduler->want(more); // as the window does with every picture
    QTest::qWait(20);
    QVERIFY(!m_host->busy() && !m_scheduler->complete());
    more.parts.push_back({PartKind::Pattern, Shown::Cut, 1, 1});
    m_scheduler->want(more);
    settle();
}

QTEST_GUILESS_MAIN(TestRunScheduler)
#include "tst_run_scheduler.moc"
