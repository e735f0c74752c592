// SPDX-License-Identifier: GPL-3.0-or-later
// The window over the real engine on models of other kinds: a GGUF file dropped on it, a mixture whose expert
// is cut.
#include "app/gui/engine_process.h"
#include "app/gui/model_opener.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/shown_request.h"
#include "core/types/cut_text.h"
#include "tests/support/fake_ssh.h"
#include "tests/support/test_window.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/status_line.h"

#include <QDropEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>

#include <cmath>
#include <csignal>

using namespace cutaway;
using namespace cutaway::app;

class TestModelJourney : public QObject {
    Q_OBJECT

    static QString golden(const char* path) {
        return QStringLiteral(CUTAWAY_SOURCE_DIR "/tests/golden/") + QLatin1String(path);
    }
    void open(const QString& model, const QString& engine = {}, bool opens = true) {
        Options options;
        options.model = model;
        options.engine = engine;
        options.prompt = "2, 3, 4, 5";
        options.screenshot = "none.png"; // nothing remembered
        m_window = std::make_unique<MainWindow>(engineProgram(engine), options);
        m_window->resize(1400, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->start();
        if (opens) settle(model);
    }
    void settle(const QString& model) {
        QTRY_VERIFY_WITH_TIMEOUT(m_window->document().session().model().path == model.toStdString() &&
                                     m_window->scheduler().complete() && !m_window->scheduler().stale(),
                                 60'000);
    }
    double leading() const {
        return m_window->scheduler().shown()->result.main.positions.back().top.front().prob;
    }

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;

private Q_SLOTS:
    void initTestCase() {
        tests::prepareApplication(m_home);
        if (!QFileInfo(engineProgram().program).isExecutable())
            QSKIP("built without libtorch: no engine to drive");
    }
    void cleanup() { m_window.reset(); }

    void aDroppedGgufOpens() {
        open(golden("families/llama_0"));
        if (QTest::currentTestFailed()) return;
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(golden("gguf_models/llama_q4.gguf"))});
        QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(m_window.get(), &drop);
        settle(golden("gguf_models/llama_q4.gguf"));
        if (QTest::currentTestFailed()) return;
        QCOMPARE(m_window->document().session().model().quantization, std::string("Q4_0"));
        // It says so where its numbers are trusted.
        QTRY_VERIFY(m_window->status()->accessibleName().contains("quantised Q4_0") ||
                    m_window->status()->accessibleDescription().contains("quantised Q4_0"));
    }

    void anExpertIsCutOut() {
        open(golden("families/mixtral_1"));
        if (QTest::currentTestFailed()) return;
        m_window->showTab("neurons");
        settle(golden("families/mixtral_1"));
        auto* bars = m_window->findChild<widgets::ContributionBars*>();
        QVERIFY(bars);
        const auto shown = [&]() -> const widgets::ContributionBarsState* {
            for (auto* each : m_window->findChildren<widgets::ContributionBars*>())
                if (each->isVisible() && !each->state().bars.empty() &&
                    each->state().bars.front().name.startsWith("L0E"))
                    return &each->state();
            return nullptr;
        };
        QTRY_VERIFY(shown());
        // The router's rating of each expert sums to one, and a bar is the expert itself.
        double sum = 0.0;
        for (const widgets::ContributionBar& bar : shown()->bars)
            sum += bar.value;
        QVERIFY(std::abs(sum - 1.0) < 1e-3);
        const auto& payload = shown()->bars.front().payload;
        QVERIFY(payload.has_value());
        QCOMPARE(payload->target.kind, TargetKind::Expert);
        const double before = leading();
        Cut cut;
        cut.kind = CutKind::Zero;
        cut.targets = {payload->target};
        m_window->document().addCut(cut);
        QTRY_VERIFY(m_window->scheduler().shown()->hasCuts());
        settle(golden("families/mixtral_1"));
        QVERIFY(std::abs(leading() - before) > 1e-4); // another expert stands in
    }

    /// The engine by way of ssh: the same numbers, what is copied says where, and it comes back.
    void theEngineIsElsewhere() {
        const QString model = golden("families/llama_0");
        open(model);
        if (QTest::currentTestFailed()) return;
        const double here = leading();
        QVERIFY(tests::installFakeSsh(m_home.path(), QFileInfo(engineProgram().program).path()));
        open(model, "ssh:here");
        if (QTest::currentTestFailed()) return;
        QVERIFY(std::abs(leading() - here) < 1e-6);
        QCOMPARE(m_window->opener().host(), QString("here"));
        const auto copied = shownCommand(m_window->document().session(), *m_window->scheduler().shown(),
                                         model.toStdString(), m_window->enginePlace());
        const auto line = session::commandLine(copied);
        QVERIFY(line.has_value());
        QVERIFY2(line->find("--engine ssh:here") != std::string::npos, line->c_str());
        QList<EngineNews::Kind> news;
        connect(&m_window->host(), &EngineHost::news, this,
                [&](const EngineNews& told) { news << told.kind; });
        ::kill(static_cast<pid_t>(m_window->host().process()->processId()), SIGKILL);
        QTRY_COMPARE_WITH_TIMEOUT(news, (QList{EngineNews::Kind::Lost, EngineNews::Kind::Back}), 30000);
        m_window->document().addCut(*parseCut("zero:L0H0"));
        const auto cut = [this] {
            const Picture* shown = m_window->scheduler().shown();
            return shown && shown->hasCuts();
        };
        QTRY_VERIFY_WITH_TIMEOUT(cut(), 30000);
        settle(model);
    }

    /// A login that prints something before the engine speaks: a sentence, no wait without an end.
    void theLoginTalks() {
        QTemporaryDir other;
        QFile program(other.filePath("cutaway-engine"));
        QVERIFY(program.open(QIODevice::WriteOnly));
        program.write("#!/bin/sh\nprintf '*** welcome\\n'\nexec '" +
                      QFile::encodeName(engineProgram().program) + "' \"$@\"\n");
        program.close();
        QVERIFY(program.setPermissions(QFile::ReadOwner | QFile::ExeOwner));
        QTemporaryDir place;
        const QByteArray path = qgetenv("PATH");
        QVERIFY(tests::installFakeSsh(place.path(), other.path()));
        open(golden("families/llama_0"), "ssh:here", false);
        QTRY_VERIFY_WITH_TIMEOUT(!m_window->strip()->state().error.isEmpty(), 30000);
        QTRY_VERIFY2_WITH_TIMEOUT(m_window->strip()->state().error.contains("no message"),
                                  qPrintable(m_window->strip()->state().error), 5000);
        qputenv("PATH", path);
    }

    /// No way to the machine: ssh's own words, at once, and a way to try again.
    void theMachineIsNotThere() {
        QVERIFY(tests::installFakeSsh(m_home.path(), QFileInfo(engineProgram().program).path()));
        open(golden("families/llama_0"), "ssh:nowhere", false);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->strip()->state().error.contains("hostname nowhere"), 10000);
        QVERIFY(m_window->strip()->state().error.contains("Ctrl+R"));
        QVERIFY(!m_window->strip()->state().error.contains("A warning of some lines"));
        QFile there(m_home.filePath("nowhere"));
        QVERIFY(there.open(QIODevice::WriteOnly));
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        settle(golden("families/llama_0"));
        if (QTest::currentTestFailed()) return;
        QVERIFY2(m_window->strip()->state().error.isEmpty(), qPrintable(m_window->strip()->state().error));
        QVERIFY(there.remove());
    }
};

QTEST_MAIN(TestModelJourney)
#include "tst_model_journey.moc"
