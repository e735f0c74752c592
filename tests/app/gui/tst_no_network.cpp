// SPDX-License-Identifier: GPL-3.0-or-later
// The programs run where the kernel ends whoever asks for a socket that is none of this machine's own, and do
// their work.
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// From here on this process and its children are ended by SIGSYS at socket() of any family but AF_UNIX.
bool allowLocalSocketsOnly() {
#ifdef __x86_64__
    sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    sock_fprog program{sizeof rules / sizeof *rules, rules};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
#else
    return false;
#endif
}

} // namespace

class TestNoNetwork : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theRuleBites();
    void commandLine();
    void serving();
    void window();

private:
    struct Ended {
        bool normally = false;
        int code = -1;
        QByteArray out;
    };
    Ended run(const QString& program, const QStringList& arguments, const QByteArray& input = {}) const {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("HOME", m_home.path());
        environment.insert("XDG_RUNTIME_DIR", m_home.path());
        environment.insert("QT_QPA_PLATFORM", "offscreen");
        process.setProcessEnvironment(environment);
        process.setChildProcessModifier([] {
            if (!allowLocalSocketsOnly()) ::_exit(99);
        });
        process.start(program, arguments);
        process.write(input);
        process.closeWriteChannel();
        if (!process.waitForFinished(90000)) return {};
        return {process.exitStatus() == QProcess::NormalExit, process.exitCode(),
                process.readAllStandardOutput()};
    }
    static QString bin(const char* name) {
        return QCoreApplication::applicationDirPath() + "/../bin/" + name;
    }

    QTemporaryDir m_home;
};

void TestNoNetwork::initTestCase() {
    const Ended ended = run("/bin/true", {});
    if (!ended.normally || ended.code == 99) QSKIP("seccomp filters cannot be set here");
    if (!QFileInfo(bin("cutaway-cli")).isExecutable()) QSKIP("built without libtorch: no engine to drive");
}

void TestNoNetwork::theRuleBites() {
    const Ended ended = run(QCoreApplication::applicationFilePath(), {"--open-a-socket"});
    QVERIFY(!ended.normally);
    QCOMPARE(ended.code, SIGSYS);
}

void TestNoNetwork::commandLine() {
    const Ended ended =
        run(bin("cutaway-cli"), {"run", "demo", "--prompt", "When Mary and John", "--cut", "mean:L0H6"});
    QVERIFY(ended.normally);
    QCOMPARE(ended.code, 0);
    QVERIFY(ended.out.contains("positions"));
}

void TestNoNetwork::serving() {
    const Ended ended = run(bin("cutaway-cli"), {"serve", "demo"}, "{\"prompt\":\"When Mary\"}\n{bad\n");
    QVERIFY(ended.normally);
    QCOMPARE(ended.code, 0);
    QCOMPARE(ended.out.count('\n'), 2);
}

// The window starts the engine's process and speaks to it over a socket of this machine.
void TestNoNetwork::window() {
    const QString file = m_home.filePath("window.png");
    const Ended ended = run(bin("cutaway"), {"--cut", "zero:L0H6", "--screenshot", file});
    QVERIFY(ended.normally);
    QCOMPARE(ended.code, 0);
    QVERIFY(QFileInfo(file).size() > 10000);
}

int main(int argc, char** argv) {
    if (argc == 2 && QByteArray(argv[1]) == "--open-a-socket") return ::socket(AF_INET, SOCK_STREAM, 0) < 0;
    QCoreApplication app(argc, argv);
    TestNoNetwork test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_no_network.moc"
