// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions in the real window: saved, reopened, asked about, brought back, with disks and files that fail.
#include "app/gui/model_opener.h"
#include "app/gui/session_files.h"
#include "core/session/session_file.h"
#include "tests/support/test_window.h"
#include "widgets/views/notice_bar.h"
#include "widgets/views/prompt_bar.h"

#include <QDir>
#include <QDropEvent>
#include <QFileInfo>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cutaway;
using namespace cutaway::app;
using namespace cutaway::widgets;
using tests::FakeEngine;

class TestSessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void savedAndReopenedIsTheSame();
    void marksWhatIsNotSaved();
    void closingAsks_data();
    void closingAsks();
    void droppedFilesOpen();
    void badFilesLeaveAllAsItWas_data();
    void badFilesLeaveAllAsItWas();
    void twoWindowsOnOneSession();
    void changedByAnotherProgram();
    void missingModelIsAskedFor();
    void otherWeightsAreTold();
    void workOfADeadWindowComesBack();
    void anOrderlyCloseLeavesNothing();
    void untouchedWorkIsNotKept();
    void unwritablePlaces_data();
    void unwritablePlaces();
    void diskFull();
    void strangeNames();

private:
    std::unique_ptr<MainWindow> open(const QString& session = {});
    void settle(MainWindow& window) { QTRY_VERIFY(window.scheduler().complete()); }
    QString path(const char* name) const { return m_folder.filePath(QString::fromUtf8(name)); }
    QString notice(const MainWindow& window) const {
        const auto& notices = window.notices()->notices();
        return notices.empty() ? QString() : notices.front().text;
    }
    void edit(MainWindow& window) {
        window.document().setPrompt("When Anna and Tom went away");
        window.document().addCut(*parseCut("zero:L0H1"));
        window.document().addCut(*parseCut("mean(w=0.25):L1.mlp@last"));
        window.document().setDonor("When Tom and Anna went away");
        window.document().setChoice({{TokenId(1)}, {TokenId(4)}}, "choose answer");
        window.showTab("lens");
        settle(window);
    }
    /// Answers the next message box.
    void answerNext(QMessageBox::StandardButton button) {
        QTimer::singleShot(100, this, [this, button] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            if (!box) return;
            m_asked = box->text();
            QTest::mouseClick(box->button(button), Qt::LeftButton);
        });
    }

    QTemporaryDir m_home, m_folder;
    std::shared_ptr<FakeEngine::Control> m_control;
    QString m_asked;
};

void TestSessions::initTestCase() {
    qputenv("XDG_DATA_HOME", QFile::encodeName(m_home.filePath("data")));
    tests::prepareApplication(m_home);
    QVERIFY(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation).startsWith(m_home.path()));
    QVERIFY(QDir(m_folder.path()).mkdir("model"));
}

void TestSessions::init() {
    m_control = std::make_shared<FakeEngine::Control>();
    m_asked.clear();
    QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).removeRecursively();
}

void TestSessions::cleanup() {}

std::unique_ptr<MainWindow> TestSessions::open(const QString& session) {
    Options options;
    if (session.isEmpty()) {
        options.model = m_folder.filePath("model");
        options.prompt = QStringLiteral("When Mary and John went");
        options.answer = {TokenId(0)};
        options.wrong = {TokenId(3)};
    }
    options.session = session;
    auto window = std::make_unique<MainWindow>(
        EngineHost::Factory([control = m_control]() -> Result<std::unique_ptr<engine::Engine>> {
            return std::make_unique<FakeEngine>(control);
        }),
        options);
    window->resize(1400, 900);
    window->show();
    if (!QTest::qWaitForWindowExposed(window.get())) return nullptr;
    window->start();
    return window;
}

void TestSessions::savedAndReopenedIsTheSame() {
    auto window = open();
    settle(*window);
    edit(*window);
    session::View view = window->document().session().view();
    view.mode = session::ViewMode::Change;
    view.sort = session::HeadSort::Induction;
    window->document().setView(view);
    const QString file = path("first.cutaway");
    QVERIFY(window->files().save(file));
    const session::Session& before = window->document().session();
    auto other = open(file);
    QTRY_COMPARE(other->document().session().model().name, std::string("model"));
    settle(*other);
    const session::Session& after = other->document().session();
    QVERIFY(after.sequence() == before.sequence());
    QVERIFY(after.shelf().cards == before.shelf().cards);
    QVERIFY(after.donor() == before.donor());
    QVERIFY(after.choice() == before.choice());
    QCOMPARE(after.view().tab, std::string("lens"));
    QVERIFY(after.view().mode == session::ViewMode::Change &&
            after.view().sort == session::HeadSort::Induction);
    QVERIFY(other->scheduler().shown()->result.main.logitDiff ==
            window->scheduler().shown()->result.main.logitDiff);
    QVERIFY(!other->history().runs().empty());
    QVERIFY(!other->document().undoStack().canUndo());
    QVERIFY(!other->isWindowModified());
}

void TestSessions::marksWhatIsNotSaved() {
    auto window = open();
    settle(*window);
    QVERIFY(!window->isWindowModified());
    QCOMPARE(window->windowTitle(), QString("model — Cutaway"));
    window->document().addCut(*parseCut("zero:L0H1"));
    QVERIFY(window->isWindowModified());
    QCOMPARE(window->windowTitle(), QString("Untitled[*] — model — Cutaway"));
    window->document().undoStack().undo();
    QVERIFY(!window->isWindowModified());
    window->document().undoStack().redo();
    QVERIFY(window->files().save(path("marks.cutaway")));
    QVERIFY(!window->isWindowModified());
    QCOMPARE(window->windowTitle(), QString("marks[*] — model — Cutaway"));
    window->document().undoStack().undo();
    QVERIFY(window->isWindowModified());
    QTest::keyClick(window.get(), Qt::Key_S, Qt::ControlModifier); // it has a name: nothing is asked
    QVERIFY(!window->isWindowModified());
    // How it is looked at is no edit.
    window->showTab("sweep");
    QVERIFY(!window->isWindowModified());
    // Another model is.
    QVERIFY(QDir(m_folder.path()).mkpath("second"));
    window->opener().open(path("second"), true);
    QTRY_COMPARE(window->document().session().model().name, std::string("second"));
    QVERIFY(window->isWindowModified());
    QVERIFY(window->files().save(window->files().path()));
}

void TestSessions::closingAsks_data() {
    QTest::addColumn<int>("button");
    QTest::addColumn<bool>("closes");
    QTest::addColumn<bool>("saves");
    QTest::newRow("save") << int(QMessageBox::Save) << true << true;
    QTest::newRow("discard") << int(QMessageBox::Discard) << true << false;
    QTest::newRow("cancel") << int(QMessageBox::Cancel) << false << false;
}

void TestSessions::closingAsks() {
    QFETCH(int, button);
    QFETCH(bool, closes);
    QFETCH(bool, saves);
    auto window = open();
    settle(*window);
    const QString file = path("closing.cutaway");
    QVERIFY(window->files().save(file));
    window->document().addCut(*parseCut("zero:L1H1"));
    answerNext(static_cast<QMessageBox::StandardButton>(button));
    QCOMPARE(window->close(), closes);
    QVERIFY(m_asked.contains("closing"));
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QCOMPARE(saved.readAll().contains("L1H1"), saves);
    if (!closes) QVERIFY(window->files().save(file));
}

void TestSessions::droppedFilesOpen() {
    auto window = open();
    settle(*window);
    edit(*window);
    QVERIFY(window->files().save(path("dropped.cutaway")));
    auto other = open();
    settle(*other);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path("dropped.cutaway"))});
    window.reset(); // else it is a copy
    QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(other.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(other.get(), &drop);
    QTRY_COMPARE(other->document().session().shelf().cards.size(), std::size_t(2));
    settle(*other);
    QVERIFY(other->windowTitle().startsWith("dropped"));
}

void TestSessions::badFilesLeaveAllAsItWas_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("says");
    QTest::newRow("no JSON") << "text"
                             << "JSON";
    QTest::newRow("to come") << "later"
                             << "newer";
    QTest::newRow("folder") << "folder"
                            << "folder";
    QTest::newRow("absent") << "absent"
                            << "No such file";
    QTest::newRow("FIFO") << "fifo"
                          << "regular";
    QTest::newRow("link to itself") << "loop"
                                    << "symbolic links";
    QTest::newRow("device") << "device"
                            << "regular";
    QTest::newRow("half") << "half"
                          << "JSON";
}

void TestSessions::badFilesLeaveAllAsItWas() {
    QFETCH(QString, kind);
    QFETCH(QString, says);
    const QString file = m_folder.filePath("bad-" + kind + ".cutaway");
    const QByteArray name = QFile::encodeName(file);
    const auto put = [&](const QByteArray& bytes) {
        QFile made(file);
        QVERIFY(made.open(QIODevice::WriteOnly));
        made.write(bytes);
    };
    if (kind == "text") put("hello");
    if (kind == "later") put("{\"cutaway_session\":7}");
    if (kind == "half") put("{\"cutaway_session\":1,\"cards\":[{");
    if (kind == "folder") QVERIFY(QDir().mkpath(file));
    if (kind == "fifo") QCOMPARE(::mkfifo(name.constData(), 0600), 0);
    if (kind == "loop") QCOMPARE(::symlink(name.constData(), name.constData()), 0);
    if (kind == "device") QCOMPARE(::symlink("/dev/zero", name.constData()), 0);
    auto window = open();
    settle(*window);
    window->document().addCut(*parseCut("zero:L0H1"));
    answerNext(QMessageBox::Discard);
    window->openSession(file);
    QVERIFY2(notice(*window).contains(says), qPrintable(notice(*window)));
    QCOMPARE(window->document().session().shelf().cards.size(), std::size_t(1));
    QVERIFY(window->files().path().isEmpty());
    QVERIFY(window->isWindowModified());
    QVERIFY(window->document().undoStack().canUndo());
}

void TestSessions::twoWindowsOnOneSession() {
    auto window = open();
    settle(*window);
    edit(*window);
    const QString file = path("shared.cutaway");
    QVERIFY(window->files().save(file));
    auto other = open(file);
    QTRY_COMPARE(other->document().session().shelf().cards.size(), std::size_t(2));
    QVERIFY(notice(*other).contains("another window"));
    QVERIFY(other->files().path().isEmpty());
    const Status refused = other->files().save(file);
    QVERIFY(!refused);
    QVERIFY(refused.error().message.find("another window") != std::string::npos);
    QVERIFY(other->files().save(path("shared copy.cutaway")));
    window.reset();
    QVERIFY(!SessionFiles::isOpenElsewhere(file));
}

void TestSessions::changedByAnotherProgram() {
    auto window = open();
    settle(*window);
    const QString file = path("outside.cutaway");
    QVERIFY(window->files().save(file));
    QVERIFY(!window->files().changedOnDisk());
    QFile outside(file);
    QVERIFY(outside.open(QIODevice::Append));
    outside.write("\n");
    outside.close();
    QVERIFY(window->files().changedOnDisk());
    window->document().addCut(*parseCut("zero:L0H1"));
    answerNext(QMessageBox::Cancel);
    QTest::keyClick(window.get(), Qt::Key_S, Qt::ControlModifier);
    QVERIFY(m_asked.contains("changed by something else"));
    QVERIFY(window->isWindowModified());
    // The other answer replaces what is there.
    window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window.get()));
    QTimer::singleShot(100, this, [] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        if (!box) return;
        for (QAbstractButton* button : box->buttons())
            if (button->text().contains("Replace")) button->click();
    });
    QTest::keyClick(window.get(), Qt::Key_S, Qt::ControlModifier);
    QVERIFY(!window->isWindowModified());
    QVERIFY(window->files().save(file));
}

void TestSessions::missingModelIsAskedFor() {
    QVERIFY(QDir(m_folder.path()).mkpath("moved"));
    const QString file = path("moved.cutaway");
    {
        auto window = open();
        settle(*window);
        window->opener().open(path("moved"), true);
        QTRY_COMPARE(window->document().session().model().name, std::string("moved"));
        settle(*window);
        edit(*window);
        QVERIFY(window->files().save(file));
    }
    QVERIFY(QDir(m_folder.path()).rmdir("moved"));
    auto window = open();
    settle(*window);
    window->openSession(file);
    QVERIFY2(notice(*window).contains("moved"), qPrintable(notice(*window)));
    // It stands there, can be edited and saved, and is still about its own model.
    QCOMPARE(window->document().session().shelf().cards.size(), std::size_t(2));
    window->document().addCut(*parseCut("zero:L1H0"));
    QVERIFY(window->isWindowModified());
    QVERIFY(window->files().save(file));
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    QVERIFY(saved.readAll().contains("/moved\""));
    // Another is taken for it.
    window->notices()->answer(1);
    settle(*window);
    QCOMPARE(window->document().session().shelf().cards.size(), std::size_t(3));
    QVERIFY2(notice(*window).contains("shown with"), qPrintable(notice(*window)));
}

void TestSessions::otherWeightsAreTold() {
    const QString file = path("weights.cutaway");
    auto window = open();
    settle(*window);
    QVERIFY(window->files().save(file));
    window.reset();
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadWrite));
    QByteArray text = saved.readAll();
    QVERIFY(text.contains("\"hash\": \"\""));
    text.replace("\"hash\": \"\"", "\"hash\": \"00ff\"");
    saved.seek(0);
    saved.write(text);
    saved.close();
    auto other = open(file);
    QTRY_VERIFY(!notice(*other).isEmpty() || other->scheduler().complete());
    settle(*other);
    QVERIFY(other->document().session().sequence().text == "When Mary and John went");
}

void TestSessions::workOfADeadWindowComesBack() {
    // Another process that edits and is killed: this program again, told so.
    QProcess other;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("CUTAWAY_TEST_DIE", path("model"));
    other.setProcessEnvironment(environment);
    other.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    other.start(QCoreApplication::applicationFilePath(), {});
    QVERIFY(other.waitForStarted());
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT((said += other.readAllStandardOutput()).contains("kept"), 20000);
    // While it lives its work is its own.
    {
        auto window = open();
        QVERIFY(window->notices()->notices().empty());
    }
    ::kill(static_cast<pid_t>(other.processId()), SIGKILL);
    QVERIFY(other.waitForFinished());
    auto window = open();
    settle(*window);
    QVERIFY2(notice(*window).contains("not saved"), qPrintable(notice(*window)));
    QVERIFY(notice(*window).contains("When Anna and Tom"));
    window->notices()->answer(0);
    settle(*window);
    QCOMPARE(window->document().session().shelf().cards.size(), std::size_t(2));
    QCOMPARE(window->document().session().sequence().text, std::string("When Anna and Tom went away"));
    QVERIFY(window->isWindowModified()); // it is still to be saved
    QTRY_VERIFY(window->files().lostWork().empty());
    // Brought back and killed again it is not lost either: our own copy is there.
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
    QTRY_COMPARE(folder.entryList({"*.cutaway"}).size(), 1);
    QVERIFY(window->files().save(path("back.cutaway")));
    QCOMPARE(folder.entryList({"*.cutaway"}).size(), 0);
}

void TestSessions::anOrderlyCloseLeavesNothing() {
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
    auto window = open();
    settle(*window);
    edit(*window);
    QTRY_COMPARE_WITH_TIMEOUT(folder.entryList({"*.cutaway"}).size(), 1, SessionFiles::copyAfter + 3000);
    answerNext(QMessageBox::Discard);
    QVERIFY(window->close());
    window.reset();
    QCOMPARE(folder.entryList({"*"}, QDir::Files).size(), 0);
}

void TestSessions::untouchedWorkIsNotKept() {
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
    auto window = open();
    settle(*window);
    window->showTab("lens");
    QTest::qWait(SessionFiles::copyAfter + 500);
    QCOMPARE(folder.entryList({"*.cutaway"}).size(), 0);
    QVERIFY(window->close()); // and nothing is asked
}

void TestSessions::unwritablePlaces_data() {
    QTest::addColumn<QString>("place");
    QTest::newRow("no such folder") << "absent/x.cutaway";
    QTest::newRow("a folder") << "model";
    QTest::newRow("a device") << "/dev/null";
    QTest::newRow("under a file") << "file/x.cutaway";
    QTest::newRow("read-only folder") << "locked/x.cutaway";
}

void TestSessions::unwritablePlaces() {
    QFETCH(QString, place);
    QFile file(path("file"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QDir(m_folder.path()).mkdir("locked");
    QFile::setPermissions(path("locked"), QFile::ReadOwner | QFile::ExeOwner);
    auto window = open();
    settle(*window);
    edit(*window);
    const bool root = ::geteuid() == 0; // who may write everywhere: for a moment somebody else
    if (root) QFile::setPermissions(m_folder.path(), QFile::Permissions(0x7755));
    if (root && place.startsWith("locked")) QCOMPARE(::seteuid(65534), 0);
    const Status saved = window->files().save(place.startsWith('/') ? place : m_folder.filePath(place));
    if (root) QCOMPARE(::seteuid(0), 0);
    QVERIFY(!saved);
    QCOMPARE(saved.error().code, ErrorCode::FileUnwritable);
    QVERIFY2(saved.error().message.find("Save as") != std::string::npos, saved.error().message.c_str());
    QVERIFY(window->isWindowModified());
    QVERIFY(window->files().path().isEmpty());
    QVERIFY(QFileInfo::exists("/dev/null") && !QFileInfo("/dev/null").isFile());
}

void TestSessions::diskFull() {
    auto window = open();
    settle(*window);
    edit(*window);
    const QString file = path("full.cutaway");
    QVERIFY(window->files().save(file));
    QFile before(file);
    QVERIFY(before.open(QIODevice::ReadOnly));
    const QByteArray stood = before.readAll();
    // No file of this process may grow beyond 300 bytes.
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    const rlimit small{300, old.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    window->document().addCut(*parseCut("zero:L1H1"));
    const Status saved = window->files().save(file);
    QTest::qWait(SessionFiles::copyAfter + 500); // the copy fails too, and says so
    ::setrlimit(RLIMIT_FSIZE, &old);
    QVERIFY(!saved);
    QVERIFY(window->isWindowModified());
    QVERIFY2(notice(*window).contains("could not be written"), qPrintable(notice(*window)));
    QFile after(file);
    QVERIFY(after.open(QIODevice::ReadOnly));
    QCOMPARE(after.readAll(), stood); // the old one, whole
    QCOMPARE(QDir(m_folder.path()).entryList({"full*"}).size(), 1);
    QVERIFY(window->files().save(file));
}

void TestSessions::strangeNames() {
    auto window = open();
    settle(*window);
    edit(*window);
    for (const char* name : {"a b.cutaway", "\xC3\xA9\xF0\x9F\x90\xA6.cutaway", "[*].cutaway",
                             "<b>x<b>.cutaway", "new\nline.cutaway",
                             "\xE2\x80\xAE"
                             "desrever.cutaway"}) {
        const Status saved = window->files().save(path(name));
        QVERIFY2(saved, saved ? "" : saved.error().message.c_str());
        QVERIFY(!window->windowTitle().contains(QChar(0x202E)) && !window->windowTitle().contains('\n'));
        auto other = open();
        settle(*other);
        QVERIFY(SessionFiles::isOpenElsewhere(path(name)));
    }
}

namespace {

/// The window of workOfADeadWindowComesBack() that is killed.
int editAndWait(int argc, char** argv) {
    QApplication app(argc, argv);
    QTemporaryDir home;
    tests::prepareApplication(home);
    Options options;
    options.model = qEnvironmentVariable("CUTAWAY_TEST_DIE");
    options.prompt = QStringLiteral("When Mary and John went");
    MainWindow window(EngineHost::Factory([]() -> Result<std::unique_ptr<engine::Engine>> {
                          return std::make_unique<FakeEngine>(std::make_shared<FakeEngine::Control>());
                      }),
                      options);
    window.show();
    window.start();
    QTimer::singleShot(500, &window, [&] {
        window.document().setPrompt("When Anna and Tom went away");
        window.document().addCut(*parseCut("zero:L0H1"));
        window.document().addCut(*parseCut("zero:L1H1"));
    });
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
    QTimer watch;
    QObject::connect(&watch, &QTimer::timeout, [&] {
        if (folder.entryList({"*.cutaway"}).isEmpty()) return;
        std::puts("kept");
        std::fflush(stdout);
        watch.stop();
    });
    watch.start(50);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsSet("CUTAWAY_TEST_DIE")) return editAndWait(argc, argv);
    QApplication app(argc, argv);
    TestSessions test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_sessions.moc"
