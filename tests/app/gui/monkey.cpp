// SPDX-License-Identifier: GPL-3.0-or-later
// A random user, by seed: mouse, keys, drags, prompts, cuts, undo, sessions, models that open and that do
// not, windows closed and opened, an engine that is killed. Nothing may crash, hang or grow.
//
// usage: monkey [--seconds 60] [--seed 1] [--log FILE] [--windows N] [--only N,N…]
// With --windows it does nothing but open and close N windows, which is how to find what one leaves behind;
// --only plays those kinds of action alone (the numbers in act()).
// The engine is the one that the window would start (CUTAWAY_ENGINE names another). Prints what it did and
// the memory of the window's process at rest, always with a fresh window of one size and the glyphs that only
// it has drawn; leaves with 1 where the window does not come to rest or where what is allocated has grown by
// more than 2 % between the second and the last quarter.
#include "app/gui/attention_view.h"
#include "app/gui/engine_process.h"
#include "app/gui/model_opener.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/resources.h"
#include "app/gui/session_files.h"
#include "tests/support/random_cut.h"
#include "tests/support/test_device.h"
#include "tests/support/test_window.h"
#include "widgets/plot/head_grid.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/notice_bar.h"
#include "widgets/views/token_strip.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDialog>
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QFontDatabase>
#include <QLineEdit>
#include <QMap>
#include <QMenu>
#include <QPointer>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <random>
#include <unistd.h>

using namespace cutaway;
using namespace cutaway::app;

#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace {

/// Memory of this process in kB, with what the allocator holds back returned first.
long residentKilobytes() {
    ::malloc_trim(0);
    long pages = 0, resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

#if defined(__SANITIZE_ADDRESS__)
/// What the program itself holds; a sanitizer's own books (threads, stacks, quarantine) grow for ever.
long allocatedKilobytes() {
    return static_cast<long>(__sanitizer_get_current_allocated_bytes() / 1024);
}
#else
long allocatedKilobytes() {
    const struct mallinfo2 info = ::mallinfo2();
    return static_cast<long>((info.uordblks + info.hblkhd) / 1024);
}
#endif

/// Empties Qt's cache of fonts and their glyphs, as adding a font does. It is full only when each character
/// has been drawn in each font at each quarter of a pixel, which takes a random user longer than an hour.
void forgetGlyphs() {
    for (const QString& folder : QStandardPaths::standardLocations(QStandardPaths::FontsLocation))
        for (QDirIterator files(folder, {"*.ttf", "*.otf"}, QDir::Files, QDirIterator::Subdirectories);
             files.hasNext();)
            if (const int added = QFontDatabase::addApplicationFont(files.next()); added >= 0) {
                QFontDatabase::removeApplicationFont(added);
                return;
            }
}

class Monkey : public QObject {
public:
    Monkey(unsigned seed, int seconds, const QString& log, std::vector<int> only)
        : m_random(seed), m_seconds(seconds), m_log(log), m_only(std::move(only)) {
        if (!m_log.fileName().isEmpty() && !m_log.open(QIODevice::WriteOnly)) std::perror("monkey: log");
        // What a file dialog lists stays known: its types, their icons and words.
        QDir::setCurrent(m_folder.path());
        // Whatever asks waits for a moment and is turned down, or taken by chance.
        // Not from within the timer's slot: what is answered may ask again, and a timer does not nest.
        connect(&m_answers, &QTimer::timeout, this,
                [this] { QTimer::singleShot(0, this, [this] { answer(); }); });
        m_answers.start(80);
    }

    void answer() {
        if (auto* popup = QApplication::activePopupWidget()) {
            if (auto* menu = qobject_cast<QMenu*>(popup); menu && chance(0.3)) {
                const QList<QAction*> actions = menu->actions();
                if (!actions.isEmpty())
                    menu->setActiveAction(actions[below(static_cast<int>(actions.size()))]);
                if (chance(0.5)) QTest::keyClick(menu, Qt::Key_Return);
            }
            if (QWidget* still = QApplication::activePopupWidget()) still->close();
        }
        if (auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget())) {
            if (dialog->inherits("QMessageBox") && chance(0.5))
                QTest::keyClick(dialog, chance(0.5) ? Qt::Key_Return : Qt::Key_Tab);
            else
                dialog->reject();
        }
    }

    int play() {
        QElapsedTimer clock, sinceRest;
        clock.start();
        openWindow();
        sinceRest.start();
        while (clock.elapsed() < qint64(m_seconds) * 1000) {
            act();
            QTest::qWait(below(4) == 0 ? below(60) : 0);
            if (sinceRest.elapsed() < qint64(m_seconds) * 1000 / 24) continue;
            if (!comeToRest()) return 1;
            m_window.reset();
            forgetGlyphs();
            openWindow(measured); // all of the old one is gone
            if (!comeToRest()) return 1;
            m_rests.push_back(residentKilobytes());
            m_allocated.push_back(allocatedKilobytes());
            sinceRest.restart();
        }
        if (!comeToRest()) return 1;
        m_window.reset();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QTest::qWait(200);
        // What a window leaves behind is never asked for again.
        QMap<QString, int> left;
        for (const QWidget* widget : QApplication::allWidgets())
            ++left[QString::fromLatin1(widget->metaObject()->className())];
        for (auto at = left.cbegin(); at != left.cend(); ++at)
            std::printf("monkey: left behind: %d %s\n", at.value(), qPrintable(at.key()));
        return tell();
    }

    /// `count` windows, opened, brought to rest and closed.
    int openAndClose(int count) {
        for (int i = 0; i < count; ++i) {
            openWindow(measured);
            if (!comeToRest()) return 1;
            m_window.reset();
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            m_rests.push_back(residentKilobytes());
            m_allocated.push_back(allocatedKilobytes());
        }
        return tell();
    }

private:
    static constexpr QSize measured{1200, 800};

    int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(m_random); }
    bool chance(double p) { return std::bernoulli_distribution(p)(m_random); }
    template <class T> const T& oneOf(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }
    void note(const QString& what) {
        ++m_actions;
        if (!m_log.isOpen()) return;
        m_log.write((QString::number(m_actions) + ' ' + what + '\n').toUtf8());
        m_log.flush();
    }

    /// In a size of its own for each window, but the same wherever memory is measured.
    void openWindow(QSize size) {
        note("window");
        m_window.reset();
        Options options;
        options.prompt = "When Mary and John went to the store, John gave a drink to";
        options.answer = {std::string(" Mary")};
        options.wrong = {std::string(" John")};
        options.device = QString::fromStdString(tests::testDevice());
        options.screenshot = chance(0.5) ? "none.png" : ""; // with and without questions on close
        m_window = std::make_unique<MainWindow>(engineProgram(), options);
        m_window->resize(size);
        m_window->show();
        m_window->start();
        ++m_windows;
    }
    void openWindow() { openWindow({900 + below(900), 600 + below(500)}); }

    /// All that was asked is answered, or has a sentence.
    bool comeToRest() {
        m_answers.stop();
        if (QWidget* popup = QApplication::activePopupWidget()) popup->close();
        if (m_window->drag().carrying()) QTest::keyClick(m_window.get(), Qt::Key_Escape);
        m_window->document().setPrompt("When Mary and John went to the store, John gave a drink to");
        m_window->host().process()->revive();
        if (m_window->document().session().model().path != demoModelPath().toStdString())
            m_window->opener().open(demoModelPath(), true);
        if (m_window->scheduler().stopped()) m_window->scheduler().runAgain();
        const bool rested = QTest::qWaitFor(
            [this] {
                if (m_window->document().session().model().path != demoModelPath().toStdString())
                    return false;
                // A cut that this prompt cannot have is such a sentence, and waits for somebody to mend it.
                const bool told = !m_window->strip()->state().error.isEmpty() && !m_window->host().busy();
                return told || (m_window->scheduler().complete() && !m_window->scheduler().stale());
            },
            90'000);
        m_answers.start();
        if (!rested)
            std::fprintf(
                stderr,
                "monkey: the window did not come to rest after %d actions: model %s, opening %d, busy %d, "
                "complete %d, stale %d, stopped %d, tab %s, error '%s', notices %zu\n",
                m_actions, m_window->document().session().model().path.c_str(), m_window->opener().opening(),
                m_window->host().busy(), m_window->scheduler().complete(), m_window->scheduler().stale(),
                m_window->scheduler().stopped(), m_window->document().session().view().tab.c_str(),
                qPrintable(m_window->strip()->state().error), m_window->notices()->notices().size());
        return rested;
    }

    QWidget* anyWidget() {
        QList<QWidget*> seen;
        for (QWidget* widget : m_window->findChildren<QWidget*>())
            if (widget->isVisible() && widget->width() > 2 && widget->height() > 2) seen << widget;
        return seen.isEmpty() ? m_window.get() : seen[below(static_cast<int>(seen.size()))];
    }
    QPoint within(const QWidget* widget) { return {below(widget->width()), below(widget->height())}; }

    void act() {
        if (!m_window->isVisible()) return openWindow();
        switch (m_only.empty() ? below(24) : oneOf(m_only)) {
        case 0:
        case 1:
        case 2:
            return click();
        case 3:
        case 4:
        case 5:
            return key();
        case 6:
        case 7:
            return carry();
        case 8:
            return type();
        case 9:
        case 10:
            return cut();
        case 11:
            return undo();
        case 12:
            return card();
        case 13:
            return tab();
        case 14:
            return session();
        case 15:
            return wheel();
        case 16:
            return lanes();
        case 17:
            if (chance(0.3)) return model();
            return step();
        case 18:
            if (chance(0.25)) return kill();
            return cursor();
        case 19:
            return look();
        case 20:
            return set();
        case 21:
            if (chance(0.1)) return openWindow();
            return notice();
        case 22:
            return hover();
        default:
            return cursor();
        }
    }

    void click() {
        QPointer<QWidget> widget = anyWidget(); // what is pressed may go
        const QPoint at = within(widget);
        note(QString("click %1 %2,%3").arg(widget->metaObject()->className()).arg(at.x()).arg(at.y()));
        const Qt::MouseButton button = chance(0.85) ? Qt::LeftButton : Qt::RightButton;
        const auto with = chance(0.1) ? Qt::ShiftModifier : Qt::NoModifier;
        const bool twice = chance(0.1);
        // Step by step: QTest's own click goes on where pressing has taken the widget away.
        QTest::mousePress(widget, button, with, at);
        if (widget) QTest::mouseRelease(widget, button, with, at);
        if (widget && twice) {
            QMouseEvent second(QEvent::MouseButtonDblClick, at, widget->mapToGlobal(at), button, button,
                               with);
            QApplication::sendEvent(widget, &second);
            if (widget) QTest::mouseRelease(widget, button, with, at);
        }
        if (widget && button == Qt::RightButton && chance(0.7)) {
            QContextMenuEvent menu(QContextMenuEvent::Mouse, at, widget->mapToGlobal(at));
            QApplication::sendEvent(widget, &menu);
        }
    }
    void key() {
        static const std::vector<int> keys{Qt::Key_X,
                                           Qt::Key_0,
                                           Qt::Key_P,
                                           Qt::Key_R,
                                           Qt::Key_S,
                                           Qt::Key_F,
                                           Qt::Key_H,
                                           Qt::Key_M,
                                           Qt::Key_Left,
                                           Qt::Key_Up,
                                           Qt::Key_Down,
                                           Qt::Key_Right,
                                           Qt::Key_Space,
                                           Qt::Key_Return,
                                           Qt::Key_Delete,
                                           Qt::Key_Escape,
                                           Qt::Key_Tab,
                                           Qt::Key_BracketLeft,
                                           Qt::Key_BracketRight,
                                           Qt::Key_Question,
                                           Qt::Key_F1,
                                           Qt::Key_F5,
                                           Qt::Key_Backslash,
                                           Qt::Key_K,
                                           Qt::Key_D,
                                           Qt::Key_Z,
                                           Qt::Key_Y,
                                           Qt::Key_C,
                                           Qt::Key_N,
                                           Qt::Key_1,
                                           Qt::Key_2,
                                           Qt::Key_3,
                                           Qt::Key_4,
                                           Qt::Key_5,
                                           Qt::Key_6};
        const auto pressed = static_cast<Qt::Key>(oneOf(keys));
        Qt::KeyboardModifiers with;
        if (chance(0.25)) with |= Qt::ControlModifier;
        if (chance(0.15)) with |= Qt::ShiftModifier;
        if (chance(0.15)) with |= Qt::AltModifier;
        QWidget* to = QApplication::focusWidget() ? QApplication::focusWidget() : m_window.get();
        note(QString("key %1 %2 at %3").arg(int(pressed)).arg(int(with)).arg(to->metaObject()->className()));
        QTest::keyClick(to, pressed, with);
    }
    void carry() {
        QPointer<QWidget> from = chance(0.5) ? m_window->attention()->grid()->viewport() : anyWidget();
        if (!from->isVisible()) return;
        const QPoint start = within(from);
        note(QString("carry from %1 %2,%3")
                 .arg(from->metaObject()->className())
                 .arg(start.x())
                 .arg(start.y()));
        const auto move = [&](const QPoint& to) {
            if (from) tests::drag(from, to); // the answers of the engine may take it away meanwhile
        };
        const auto anywhere = [&] {
            const QPoint to = m_window->mapToGlobal(within(m_window.get()));
            return from ? from->mapFromGlobal(to) : to;
        };
        QTest::mousePress(from, Qt::LeftButton, {}, start);
        move(start + QPoint(QApplication::startDragDistance() + 3, 2));
        for (int i = below(5); i >= 0; --i) {
            move(anywhere());
            QTest::qWait(below(40));
        }
        if (chance(0.2)) QTest::keyClick(m_window.get(), Qt::Key_Escape);
        if (from) QTest::mouseRelease(from, Qt::LeftButton, {}, anywhere());
    }
    void type() {
        static const std::vector<QString> prompts{
            "When Mary and John went to the store, John gave a drink to",
            "3+5=",
            "Anna",
            "",
            " ",
            "A B C A B C A B",
            QString("the cat ").repeated(12),
            QString::fromUtf8("naïve \xF0\x9F\x90\xA6 \xE2\x80\xAE"
                              "abc"),
            QString::fromUtf8("a\0b", 3),
            "1, 2, 3"};
        const QString& prompt = oneOf(prompts);
        note("prompt " + prompt.left(20));
        m_window->document().setPrompt(prompt, chance(0.3) ? 5000 : 0);
    }
    void cut() {
        static const std::vector<const char*> cuts{"zero:L0H6",
                                                   "mean:L1H2",
                                                   "mean(w=0.5):L2.mlp",
                                                   "zero:L3",
                                                   "resample(seed=3):L0H1",
                                                   "scale(0.5):L1H7@last",
                                                   "patch:blocks.1.hook_resid_post@last",
                                                   "freeze:blocks.1.attn.hook_pattern[3]",
                                                   "zero:L1H2[5<-2]",
                                                   "noise(0.1,seed=1):blocks.0.hook_resid_post",
                                                   "zero:L2N5",
                                                   "zero:L9H9",
                                                   "zero:L0H1@40",
                                                   "set(3):L0H0"};
        const char* text = oneOf(cuts);
        note(QString("cut ") + text);
        if (const auto made = parseCut(text)) m_window->document().addCut(*made);
    }
    void undo() {
        note("undo");
        QUndoStack& stack = m_window->document().undoStack();
        for (int i = below(4); i >= 0; --i)
            chance(0.6) ? stack.undo() : stack.redo();
    }
    void card() {
        const auto& cards = m_window->document().session().shelf().cards;
        if (cards.empty()) return;
        const int id = oneOf(cards).id;
        note(QString("card %1").arg(id));
        Document& document = m_window->document();
        switch (below(7)) {
        case 0:
            return document.removeCard(id);
        case 1:
            return document.setEnabled(id, chance(0.5));
        case 2:
            return document.setSolo(id, chance(0.5));
        case 3:
            document.duplicate(id);
            return;
        case 4:
            return document.split(id);
        case 5:
            return document.move(id, chance(0.5) ? 1 : -1);
        default:
            for (int i = below(8); i >= 0; --i) {
                document.setStrength(id, below(101) / 100.0, 9000);
                QTest::qWait(below(10));
            }
        }
    }
    void tab() {
        static const std::vector<const char*> tabs{"attention",   "inside", "lens",
                                                   "attribution", "sweep",  "neurons"};
        const char* name = oneOf(tabs);
        note(QString("tab ") + name);
        m_window->showTab(name);
    }
    void session() {
        const QString file = m_folder.filePath(QString("s%1.cutaway").arg(below(4)));
        const int what = below(4);
        note(QString("session %1").arg(what));
        if (what == 0)
            (void)m_window->files().save(file);
        else if (what == 1 && QFile::exists(file))
            m_window->openSession(file);
        else if (what == 2)
            m_window->openSession(m_folder.filePath("absent.cutaway"));
        else if (QFile bad(m_folder.filePath("bad.cutaway")); bad.open(QIODevice::WriteOnly)) {
            bad.write(
                "{\"cutaway_session\":1,\"cards\":[{\"cut\":\"melt:L0\"}],\"prompt\":{\"text\":\"x\"}}");
            bad.close();
            m_window->openSession(bad.fileName());
        }
    }
    void wheel() {
        QWidget* widget = anyWidget();
        const QPoint at = within(widget);
        note(QString("wheel %1").arg(widget->metaObject()->className()));
        QWheelEvent event(at, widget->mapToGlobal(at), {}, QPoint(0, chance(0.5) ? 120 : -120), Qt::NoButton,
                          chance(0.2) ? Qt::ControlModifier : Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(widget, &event);
    }
    void lanes() {
        Document& document = m_window->document();
        const int what = below(5);
        note(QString("lanes %1").arg(what));
        if (what == 0) document.copyToDonor();
        if (what == 1) document.setDonor("When Mary and John went to the store, Mary gave a drink to");
        if (what == 2) document.swapLanes();
        if (what == 3) document.removeDonor();
        if (what == 4) document.tie(below(6), below(8) - 1);
    }
    void step() {
        note("step");
        QTest::keyClick(m_window.get(), chance(0.7) ? Qt::Key_Right : Qt::Key_Left, Qt::ControlModifier);
    }
    void model() {
        const int what = below(3);
        note(QString("model %1").arg(what));
        m_window->opener().open(what == 0   ? demoModelPath()
                                : what == 1 ? m_folder.path()
                                            : QString("/absent"),
                                chance(0.5));
    }
    void kill() {
        const auto id = static_cast<pid_t>(m_window->host().process()->processId());
        note(QString("kill %1").arg(id));
        if (id > 0 && ::kill(id, SIGKILL) == 0) ++m_kills;
    }
    void cursor() {
        note("cursor");
        const int length = m_window->document().session().length();
        session::View view = m_window->document().session().view();
        view.cursor = length > 0 ? below(length) : -1;
        m_window->document().setView(view);
    }
    void look() {
        note("look");
        session::View view = m_window->document().session().view();
        view.mode = static_cast<session::ViewMode>(below(3));
        view.sort = static_cast<session::HeadSort>(below(6));
        view.weighted = chance(0.5);
        view.folding = static_cast<session::Folding>(below(3));
        m_window->document().setView(view);
        if (chance(0.1)) m_window->resize(700 + below(1200), 500 + below(600));
        if (chance(0.05))
            widgets::Theme::instance().setScheme(chance(0.5) ? widgets::Theme::Scheme::Dark
                                                             : widgets::Theme::Scheme::Light);
    }
    void set() {
        if (chance(0.5)) return m_window->document().closeSet();
        note("set");
        const QString file = m_folder.filePath("prompts.jsonl");
        if (QFile made(file); made.open(QIODevice::WriteOnly))
            for (int i = 2 + below(5); i > 0; --i)
                made.write(
                    "{\"prompt\":\"When Mary and John went to the store, John gave a drink to\"}\n{bad\n");
        m_window->sets().openFile(file);
    }
    void notice() {
        const auto& notices = m_window->notices()->notices();
        if (notices.empty() || notices.front().answers.empty()) return;
        note("notice");
        m_window->notices()->answer(below(static_cast<int>(notices.front().answers.size())));
    }
    void hover() {
        QPointer<QWidget> widget = anyWidget();
        note(QString("hover %1").arg(widget->metaObject()->className()));
        for (int i = 0; i < 4 && widget; ++i)
            QTest::mouseMove(widget, within(widget));
    }

    int tell() const {
        std::printf("monkey: %d actions, %d windows, %d kills of the engine\nmonkey: kB at rest:", m_actions,
                    m_windows, m_kills);
        for (const long rest : m_rests)
            std::printf(" %ld", rest);
        std::printf("\nmonkey: kB of it allocated:");
        for (const long allocated : m_allocated)
            std::printf(" %ld", allocated);
        std::printf("\n");
        if (m_allocated.size() < 8) return 0;
        // The first rests warm caches up (fonts, glyphs, styles).
        const auto median = [](std::vector<long> part) {
            std::nth_element(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2),
                             part.end());
            return static_cast<double>(part[part.size() / 2]);
        };
        const auto quarter = static_cast<std::ptrdiff_t>(m_allocated.size() / 4);
        const double before = median({m_allocated.begin() + quarter, m_allocated.begin() + 2 * quarter});
        const double after = median({m_allocated.end() - quarter, m_allocated.end()});
        std::printf("monkey: memory drift %+.2f %%\n", (after / before - 1.0) * 100.0);
        return after <= before * 1.02 ? 0 : 1;
    }

    std::mt19937 m_random;
    int m_seconds;
    QFile m_log;
    std::vector<int> m_only;
    QTemporaryDir m_folder;
    QTimer m_answers;
    std::unique_ptr<MainWindow> m_window;
    int m_actions = 0, m_windows = 0, m_kills = 0;
    std::vector<long> m_rests, m_allocated;
};

} // namespace

int main(int argc, char** argv) {
    QTemporaryDir home;
    qputenv("XDG_DATA_HOME", QFile::encodeName(home.path()));
    qputenv("XDG_CONFIG_HOME", QFile::encodeName(home.path()));
    QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    QApplication app(argc, argv);
    QApplication::setStyle(QStringLiteral("Fusion"));
    QApplication::setQuitOnLastWindowClosed(false);
    tests::prepareApplication(home);
    QCommandLineParser parser;
    parser.addOptions({{"seconds", "", "N", "60"},
                       {"seed", "", "N", "1"},
                       {"log", "", "FILE"},
                       {"windows", "", "N"},
                       {"only", "", "N,N"}});
    parser.process(app);
    if (demoModelPath().isEmpty() || !QFile::exists(engineProgram().program)) {
        std::puts("monkey: there is no model or no engine to play with");
        return 0;
    }
    std::vector<int> only;
    for (const QString& kind : parser.value("only").split(',', Qt::SkipEmptyParts))
        only.push_back(kind.toInt());
    Monkey monkey(parser.value("seed").toUInt(), parser.value("seconds").toInt(), parser.value("log"), only);
    return parser.isSet("windows") ? monkey.openAndClose(parser.value("windows").toInt()) : monkey.play();
}
