// SPDX-License-Identifier: GPL-3.0-or-later
// What is taken out of the window: the state in words, the view as picture, table and arrays.
#include "app/gui/attention_view.h"
#include "app/gui/copy_controller.h"
#include "app/gui/main_window.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/sweep_controller.h"
#include "core/types/analysis.h"
#include "core/types/cut_text.h"
#include "core/types/json_codec.h"
#include "core/weights/safetensors.h"
#include "tests/support/fake_engine.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/status_line.h"

#include <QAction>
#include <QClipboard>
#include <QMenu>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <limits>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

class TestCopies : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_window.reset(); }
    void keysCopyTheState();
    void theMenuHasThem();
    void theCodeIsOfThisState();
    void theDonorGoesAlong();
    void everyViewHasATable();
    void thePatternIsTheHeads();
    void tablesAreSaved();
    void arraysAreSaved();
    void picturesCarryTheirCaption();
    void whatCannotBeWrittenIsSaid();
    void csv_data();
    void csv();
    void jsonNamesTheState();

private:
    void settle() { QTRY_VERIFY(m_window->scheduler().complete()); }
    void cut(const char* text) {
        m_window->document().addCut(*parseCut(text));
        settle();
    }
    static QString list(const std::vector<TokenId>& ids) {
        return QString::fromStdString(nlohmann::json(ids).dump()) + QLatin1Char('\n');
    }
    CopyController& copies() { return m_window->copies(); }

    QTemporaryDir m_home, m_out;
    std::unique_ptr<MainWindow> m_window;
};

void TestCopies::initTestCase() {
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QCoreApplication::setOrganizationName("CutawayTest");
    Theme::instance().setMotion(false);
    Theme::instance().setScheme(Theme::Scheme::Light);
    Theme::instance().apply(*qApp);
}

void TestCopies::init() {
    Options options;
    options.model = m_home.path();
    options.prompt = "When Mary and John's $HOME";
    options.screenshot = "none.png"; // nothing remembered
    options.answer = {TokenId(0)};
    options.wrong = {TokenId(3)};
    m_window = std::make_unique<MainWindow>(
        []() -> Result<std::unique_ptr<engine::Engine>> {
            return std::make_unique<FakeEngine>(std::make_shared<FakeEngine::Control>());
        },
        options);
    m_window->resize(1400, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_window->start();
    settle();
}

void TestCopies::keysCopyTheState() {
    cut("mean(w=0.5):L1H2@1");
    QTest::keyClick(m_window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    const QString line = QApplication::clipboard()->text();
    QCOMPARE(line, copies().commandText());
    QVERIFY(line.startsWith("cutaway-cli run " + m_home.path()));
    QVERIFY(line.contains("--prompt 'When Mary and John'\\''s $HOME'"));
    QVERIFY(line.contains("--cut 'mean(w=0.5):L1H2@1'"));
    QVERIFY(line.contains("--answer '#0' --wrong '#3'"));
    QTest::keyClick(m_window.get(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(QApplication::clipboard()->text(), copies().codeText());
    QVERIFY(runRequestFromJson(nlohmann::json::parse(copies().requestText().toStdString())).has_value());
}

void TestCopies::theMenuHasThem() {
    const std::unique_ptr<QMenu> menu(m_window->offerMenu(Payload{headTarget(1, 2), std::nullopt, false}));
    QMenu* own = nullptr;
    for (QAction* action : menu->actions())
        if (action->menu()) own = action->menu();
    QVERIFY(own);
    QStringList texts;
    for (const QAction* action : own->actions())
        if (!action->isSeparator()) texts << action->text();
    QCOMPARE(texts.size(), 8);
    for (QAction* action : copies().actions())
        QVERIFY(!action || m_window->actions().contains(action)); // Ctrl+K finds them
}

void TestCopies::theCodeIsOfThisState() {
    cut("zero:L1H2@last");
    const QString code = copies().codeText();
    QVERIFY(code.contains("# zero:L1H2@last\ncut(\"blocks.1.attn.hook_z\", [4], [2], zero)\n"));
    QVERIFY(code.contains("TOKENS = " + list(m_window->scheduler().shown()->result.tokens)));
    QVERIFY(code.contains("ANSWER, WRONG = [0], [3]"));
    QVERIFY(code.contains("POSITION = -1"));
    session::View view = m_window->document().session().view();
    view.mode = session::ViewMode::Uncut;
    m_window->document().setView(view);
    QVERIFY(!copies().codeText().contains("zero:L1H2"));
}

void TestCopies::theDonorGoesAlong() {
    m_window->document().setDonor("When Anna and John's $HOME");
    QTRY_VERIFY(m_window->document().session().donorTokensKnown());
    cut("patch:L1H2");
    QVERIFY(copies().commandText().contains("--donor 'B=When Anna and John'\\''s $HOME'"));
    const QString code = copies().codeText();
    QVERIFY(code.contains("DONOR_0 = " + list(m_window->document().session().donorTokens())));
    QVERIFY(code.contains("values(DONOR_0, "));
}

void TestCopies::everyViewHasATable() {
    cut("zero:L0H1");
    for (const char* tab : {"attention", "inside", "lens", "attribution", "sweep", "neurons"}) {
        m_window->showTab(tab);
        settle();
        QTRY_VERIFY(!m_window->sweeps().running());
        const std::optional<ViewTable> table = copies().table();
        QVERIFY2(table.has_value(), tab);
        QVERIFY2(!table->rows.empty() && !table->arrays.empty() && !table->name.isEmpty(), tab);
        for (const auto& row : table->rows)
            QCOMPARE(row.size(), static_cast<std::size_t>(table->columns.size()));
        for (const auto& [name, array] : table->arrays)
            QVERIFY2(array.elements() == static_cast<std::int64_t>(array.values.size() + array.ids.size()),
                     tab);
    }
    m_window->why()->setFocus();
    QCOMPARE(copies().table()->name, QStringLiteral("waterfall"));
}

void TestCopies::thePatternIsTheHeads() {
    const HeadViewState& head = m_window->attention()->panel()->view()->state();
    const ViewTable table = *copies().table();
    QCOMPARE(table.rows.size(), head.pattern.values.size());
    QCOMPARE(*table.rows[7].back().number, double(head.pattern.values[7]));
    QCOMPARE(*table.rows[7][0].number, 1.0); // five tokens: query 1, key 2
    QCOMPARE(*table.rows[7][2].number, 2.0);
    session::View view = m_window->document().session().view();
    view.weighted = true;
    m_window->document().setView(view);
    settle();
    const ViewTable weighed = *copies().table();
    QCOMPARE(weighed.columns.last(), QStringLiteral("value_weighted"));
    QVERIFY(weighed.arrays.begin()->first.ends_with(".value_weighted"));
    view.weighted = false;
    m_window->document().setView(view);
    settle();
}

void TestCopies::tablesAreSaved() {
    m_window->showTab("lens");
    settle();
    const QString csv = m_out.filePath("lens.csv"), json = m_out.filePath("lens.json");
    QCOMPARE(copies().saveTable(csv), QString());
    QCOMPARE(copies().saveTable(json), QString());
    QFile file(csv);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().split('\n');
    const std::size_t rows = copies().table()->rows.size();
    QCOMPARE(static_cast<std::size_t>(lines.size()), rows + 2); // the head, and nothing behind the last
    QVERIFY(lines.first().startsWith("layer,position,token,top,probability"));
    QFile other(json);
    QVERIFY(other.open(QIODevice::ReadOnly));
    const auto document = nlohmann::json::parse(other.readAll().toStdString());
    QCOMPARE(document.at("rows").size(), rows);
    QCOMPARE(document.at("columns").size(), std::size_t(8));
}

void TestCopies::arraysAreSaved() {
    const QString file = m_out.filePath("pattern.safetensors");
    QCOMPARE(copies().saveArrays(file), QString());
    const auto saved = weights::TensorTable::openFile(file.toStdString());
    QVERIFY(saved.has_value());
    QCOMPARE(saved->tensors().size(), std::size_t(1));
    const auto& [name, entry] = *saved->tensors().begin();
    QVERIFY(name.find("attn.hook_pattern[") != std::string::npos);
    QVERIFY(weights::TensorTable::toHost(entry) == m_window->attention()->panel()->view()->state().pattern);
    QVERIFY(saved->metadata().at("caption").find("n = 1") != std::string::npos);
    QVERIFY(runRequestFromJson(nlohmann::json::parse(saved->metadata().at("request"))).has_value());
}

void TestCopies::picturesCarryTheirCaption() {
    cut("mean:L1H2");
    const QString file = m_out.filePath("attention.png");
    QCOMPARE(copies().savePicture(file), QString());
    const QImage image(file);
    QCOMPARE(image.size(), m_window->attention()->size() + QSize(0, 26));
    const QString caption = image.text("Description");
    for (const char* part : {"f32", "mean:L1H2", "shipped, 8 prompts", "n = 1"})
        QVERIFY2(caption.contains(part), part);
    // Words stand in it: the line is not all of one colour.
    const QImage line = image.copy(0, image.height() - 26, image.width(), 26);
    bool written = false;
    for (int x = 0; x < line.width(); ++x)
        for (int y = 0; y < line.height(); ++y)
            written = written || line.pixel(x, y) != line.pixel(0, 0);
    QVERIFY(written);
}

void TestCopies::whatCannotBeWrittenIsSaid() {
    const QString nowhere = m_out.filePath("no/such/folder/x");
    QVERIFY(copies().saveTable(nowhere + ".csv").contains("could not be written"));
    QVERIFY(copies().savePicture(nowhere + ".png").contains("could not be written"));
    QVERIFY(!copies().saveArrays(nowhere + ".safetensors").isEmpty());
}

void TestCopies::csv_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("written");
    QTest::newRow("plain") << "Mary" << QByteArray("Mary");
    QTest::newRow("comma") << "a,b" << QByteArray("\"a,b\"");
    QTest::newRow("quote") << "say \"x\"" << QByteArray("\"say \"\"x\"\"\"");
    QTest::newRow("line") << "a\nb" << QByteArray("\"a\nb\"");
    QTest::newRow("space") << " Mary" << QByteArray("\" Mary\"");
    QTest::newRow("unicode") << QStringLiteral("·日本") << QStringLiteral("·日本").toUtf8();
}

void TestCopies::csv() {
    QFETCH(QString, text);
    QFETCH(QByteArray, written);
    ViewTable table;
    table.columns = {"name", "value"};
    table.rows = {{text, 0.1},
                  {QString(), std::numeric_limits<double>::quiet_NaN()},
                  {QString("x"), ViewTable::Cell()}};
    QCOMPARE(csvOf(table), "name,value\r\n" + written + ",0.1\r\n,nan\r\nx,\r\n");
}

void TestCopies::jsonNamesTheState() {
    ViewTable table;
    table.columns = {"a", "b"};
    table.rows = {{1.5, QString("x\"y")}, {std::numeric_limits<double>::infinity(), ViewTable::Cell()}};
    const auto json = nlohmann::json::parse(jsonOf(table, "demo · f32").toStdString());
    QCOMPARE(json.at("caption").get<std::string>(), std::string("demo · f32"));
    const auto rows = nlohmann::json::array({{1.5, "x\"y"}, {nullptr, nullptr}});
    QVERIFY(json.at("rows") == rows);
}

QTEST_MAIN(TestCopies)
#include "tst_copies.moc"
