// SPDX-License-Identifier: GPL-3.0-or-later
// What the window copies, run by others: the command by cutaway-cli, the code by TransformerLens where
// CUTAWAY_REFERENCE_PYTHON names it. Both give the number that the window shows. Over the shipped model.
#include "app/gui/copy_controller.h"
#include "app/gui/how_controller.h"
#include "app/gui/main_window.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "core/types/cut_text.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/how_popover.h"

#include <QProcess>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <nlohmann/json.hpp>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;

class TestCopiedState : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void statesRun_data();
    void statesRun();
    void commandsOfNumbersRun();
    void cleanupTestCase() { m_window.reset(); }

private:
    void settle() {
        QTRY_VERIFY_WITH_TIMEOUT(m_window->scheduler().complete() && !m_window->sweeps().running(), 60000);
    }
    /// The last line of a program's output that is an object.
    static nlohmann::json reply(QProcess& process) {
        process.waitForFinished(300 * 1000);
        for (const QByteArray& line : process.readAllStandardOutput().split('\n'))
            if (line.startsWith('{')) return nlohmann::json::parse(line.toStdString());
        qWarning("%s", process.readAllStandardError().right(2000).constData());
        return {};
    }
    static nlohmann::json shell(const QString& line, const QString& folder = {}) {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("PATH",
                           QCoreApplication::applicationDirPath() + "/../bin:" + environment.value("PATH"));
        process.setProcessEnvironment(environment);
        if (!folder.isEmpty()) process.setWorkingDirectory(folder);
        process.start("/bin/sh", {"-c", line + " --quiet"});
        return reply(process);
    }
    /// Relative to max(1, |value|): two processes round otherwise.
    static bool close(double a, double b) { return std::abs(a - b) <= 1e-4 * std::max(1.0, std::abs(b)); }

    QTemporaryDir m_home;
    std::unique_ptr<MainWindow> m_window;
};

void TestCopiedState::initTestCase() {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QCoreApplication::setOrganizationName("CutawayTest");
    Theme::instance().setScheme(Theme::Scheme::Light);
    Theme::instance().apply(*qApp);
    if (demoModelPath().isEmpty()) QSKIP("the shipped model is not here");
    if (!QFileInfo::exists(QCoreApplication::applicationDirPath() + "/../bin/cutaway-cli"))
        QSKIP("cutaway-cli is not built");
    if (!QFileInfo(engineProgram().program).isExecutable())
        QSKIP("built without libtorch: no engine to drive");
    Options options;
    options.prompt = "When Mary and John went to the store, John gave a drink to";
    options.screenshot = "none.png"; // nothing remembered
    m_window = std::make_unique<MainWindow>(engineProgram(), options);
    m_window->resize(1400, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
    settle();
}

void TestCopiedState::statesRun_data() {
    QTest::addColumn<QStringList>("cuts");
    QTest::addColumn<QString>("donor");
    QTest::addColumn<int>("cursor");
    QTest::newRow("uncut") << QStringList{} << QString() << -1;
    QTest::newRow("a mean") << QStringList{"mean:L3H1"} << QString() << -1;
    QTest::newRow("patched") << QStringList{"patch:L2H5", "zero(w=0.7):L0H2@3-5"}
                             << QStringLiteral("When Anna and John went to the store, John gave a drink to")
                             << -1;
    QTest::newRow("unequal lanes") << QStringList{"patch:blocks.1.hook_resid_post"}
                                   << QStringLiteral("When Anna and John went home, John gave a drink to")
                                   << -1;
    QTest::newRow("earlier") << QStringList{"resample(seed=2):L1.mlp", "zero:L2H3[7<-2]"} << QString() << 7;
}

void TestCopiedState::statesRun() {
    QFETCH(QStringList, cuts);
    QFETCH(QString, donor);
    QFETCH(int, cursor);
    Document& document = m_window->document();
    if (donor.isEmpty())
        document.removeDonor();
    else
        document.setDonor(donor);
    if (!donor.isEmpty()) QTRY_VERIFY(document.session().donorTokensKnown());
    session::View view = document.session().view();
    view.cursor = cursor;
    document.setView(view);
    settle();
    for (const QString& cut : cuts)
        document.addCut(*parseCut(cut.toStdString()));
    settle();
    const AnswerStripState& strip = m_window->strip()->state();
    QVERIFY(strip.uncutDiff && strip.cutDiff.has_value() == !cuts.isEmpty());

    const QString line = m_window->copies().commandText();
    const nlohmann::json said = shell(line);
    QVERIFY2(said.is_object(), qPrintable(line));
    QVERIFY(close(said.at("logit_diff"), strip.cutDiff.value_or(*strip.uncutDiff)));
    QCOMPARE(said.contains("uncut"), !cuts.isEmpty());
    if (!cuts.isEmpty()) QVERIFY(close(said.at("uncut").at("logit_diff"), *strip.uncutDiff));

    const QString python = qEnvironmentVariable("CUTAWAY_REFERENCE_PYTHON");
    if (!python.isEmpty()) {
        QProcess process;
        process.start(python, {"-c", m_window->copies().codeText()});
        const nlohmann::json theirs = reply(process);
        QVERIFY(theirs.is_object());
        QVERIFY(close(theirs.at("uncut").at("logit_diff"), *strip.uncutDiff));
        if (strip.cutDiff) QVERIFY(close(theirs.at("cut").at("logit_diff"), *strip.cutDiff));
        if (strip.cutDiff) QVERIFY(close(theirs.at("cut").at("answer_prob"), *strip.answerProbCut));
    } else {
        qInfo("CUTAWAY_REFERENCE_PYTHON is not set: the code was not run");
    }
    while (!document.session().shelf().cards.empty())
        document.removeCard(document.session().shelf().cards.front().id);
    settle();
}

/// The command on a number's card gives that number again.
void TestCopiedState::commandsOfNumbersRun() {
    Document& document = m_window->document();
    document.addCut(*parseCut("zero:L3H1"));
    m_window->showTab("sweep");
    settle();
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->sweeps().result().rows.empty() && !m_window->sweeps().running(),
                             60000);
    HowController& how = m_window->how();
    const auto command = [&](const HowSubject& subject) {
        how.explain({subject, QRect(0, 0, 4, 4)});
        return how.popover()->text().command;
    };
    HowSubject cell{HowKind::Sweep};
    cell.row = 2;
    cell.col = 1;
    const nlohmann::json one = shell(command(cell));
    QVERIFY(one.is_object());
    QVERIFY(close(one.at("logit_diff"), m_window->sweeps().result().grid[2][1]));

    m_window->showTab("lens");
    settle();
    HowSubject lens{HowKind::Lens};
    lens.row = 3;
    lens.col = 5;
    const nlohmann::json rows = shell(command(lens));
    QVERIFY(rows.is_object());
    QVERIFY(how.popover()->text().value.contains(
        QString::fromStdString(rows.at("grid").at(3).at(5).at("top").at("text").get<std::string>())
            .trimmed()));

    HowSubject part{HowKind::Waterfall};
    part.name = "L3H1";
    const nlohmann::json why = shell(command(part));
    QVERIFY(why.is_object());
    const AnswerStripState& strip = m_window->strip()->state();
    QVERIFY(close(why.at("total"), *strip.cutDiff - *strip.uncutDiff));

    m_window->showTab("attention");
    settle();
    const session::View view = document.session().view();
    HowSubject edge{HowKind::Attention, view.layer, view.head};
    edge.row = 4;
    edge.col = 2;
    const QString saves = command(edge);
    QVERIFY(saves.contains("--save pattern.safetensors"));
    QVERIFY(shell(saves, m_home.path()).is_object());
    QVERIFY(QFileInfo::exists(m_home.filePath("pattern.safetensors")));
}

QTEST_MAIN(TestCopiedState)
#include "tst_copied_state.moc"
