// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/source_rules.h"

#include <QtTest>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace cutaway::tests;
namespace fs = std::filesystem;

namespace {

const fs::path root = CUTAWAY_SOURCE_DIR;

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The repository's own files of these folders, as paths from the root; nothing built, nothing fetched.
std::vector<fs::path> filesUnder(std::initializer_list<const char*> folders) {
    std::vector<fs::path> files;
    for (const char* folder : folders) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), root));
        }
    }
    return files;
}

bool isCode(const fs::path& file) {
    return file.extension() == ".h" || file.extension() == ".cpp";
}

bool isSource(const fs::path& file) {
    return isCode(file) || file.extension() == ".cmake" || file.filename() == "CMakeLists.txt" ||
           file.extension() == ".py" || file.extension() == ".sh" ||
           (file.extension().empty() && (*file.begin() == "packaging" || *file.begin() == ".ci"));
}

} // namespace

/// The house's rules that a scan can hold: who may see whom, where Qt and libtorch may be, the licence line.
class ArchitectureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLongestRoomWins() {
        QCOMPARE(roomOf("core/engine/torch/linear.h"), std::string_view("core/engine/torch"));
        QCOMPARE(roomOf("core/engine/engine.h"), std::string_view("core/engine"));
        QCOMPARE(roomOf("core/enginery/x.h"), std::string_view());
        QCOMPARE(roomOf("vector"), std::string_view());
    }

    void aFaultIsFound_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("include");
        QTest::addColumn<int>("faults");
        const auto row = [](const char* path, const char* include, int faults) {
            QTest::addRow("%s in %s", include, path)
                << QString::fromLatin1(path) << QString::fromLatin1(include) << faults;
        };
        row("core/base/a.h", "\"core/types/cut.h\"", 1);
        row("core/types/a.h", "\"core/base/error.h\"", 0);
        row("core/types/a.h", "\"core/model/stages.h\"", 1);
        row("core/model/a.h", "\"core/engine/engine.h\"", 1);
        row("core/engine/a.h", "\"core/engine/torch/linear.h\"", 1);
        row("core/engine/torch/a.h", "\"core/engine/engine.h\"", 0);
        row("core/engine/torch/a.h", "<ATen/ATen.h>", 0);
        row("core/engine/torch/a.h", "<torch/torch.h>", 1);
        row("core/engine/a.h", "<c10/core/Device.h>", 1);
        row("core/session/a.h", "<QString>", 1);
        row("core/session/a.h", "<QtCore/QString>", 1);
        row("app/cli/a.cpp", "<QCoreApplication>", 1);
        row("app/cli/a.cpp", "\"widgets/util/theme.h\"", 1);
        row("app/gui/a.cpp", "\"widgets/util/theme.h\"", 0);
        row("app/gui/a.cpp", "<ATen/ATen.h>", 1);
        row("widgets/views/a.h", "\"core/engine/engine.h\"", 1);
        row("widgets/views/a.h", "\"core/session/offers.h\"", 1);
        row("widgets/views/a.h", "<QWidget>", 0);
        row("widgets/views/a.cpp", "\"a.moc\"", 0);
        row("core/types/a.cpp", "\"cut.h\"", 1);
        row("core/newroom/a.cpp", "<vector>", 1);
        row("tests/core/types/a.cpp", "<QtTest>", 0);
        row("tests/core/engine/a.cpp", "<QtTest>\n#include <ATen/ATen.h>", 1);
    }

    void aFaultIsFound() {
        QFETCH(QString, path);
        QFETCH(QString, include);
        QFETCH(int, faults);
        const std::string text = "// a comment\n#pragma once\n\n#include " + include.toStdString() + "\n";
        QCOMPARE(static_cast<int>(includeFaults(path.toStdString(), text).size()), faults);
    }

    void aMissingLicenceIsFound() {
        QVERIFY(namesItsLicence("// SPDX-License-Identifier: GPL-3.0-or-later\n#pragma once\n"));
        QVERIFY(namesItsLicence("#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n"));
        QVERIFY(!namesItsLicence("#pragma once\n// SPDX-License-Identifier: GPL-3.0-or-later\n"));
        QVERIFY(!namesItsLicence(""));
    }

    void everyIncludeFollowsTheArrows() {
        std::size_t scanned = 0;
        QStringList faults;
        for (const fs::path& file : filesUnder({"core", "widgets", "app", "tests"})) {
            if (!isCode(file)) continue;
            ++scanned;
            for (const std::string& fault : includeFaults(file.generic_string(), contents(root / file))) {
                faults << QString::fromStdString(fault);
            }
        }
        QVERIFY(scanned > 50);
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
    }

    void latin1LiteralsAreAscii() {
        QCOMPARE(
            latin1Faults("a", "x.replace(QLatin1String(\"e-\"), QLatin1String(\"e\xE2\x88\x92\"))").size(),
            std::size_t(1));
        QCOMPARE(latin1Faults("a", "QLatin1Char('a') + QStringLiteral(\"\xE2\x88\x92\")").size(),
                 std::size_t(0));
        QStringList faults;
        for (const fs::path& file : filesUnder({"widgets", "app"}))
            if (isCode(file))
                for (const std::string& fault : latin1Faults(file.generic_string(), contents(root / file)))
                    faults << QString::fromStdString(fault);
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));
    }

    void everySourceNamesItsLicence() {
        QStringList without;
        for (const fs::path& file :
             filesUnder({"core", "widgets", "app", "tests", "cmake", "packaging", ".ci", "resources"})) {
            if (isSource(file) && !namesItsLicence(contents(root / file))) {
                without << QString::fromStdString(file.generic_string());
            }
        }
        QVERIFY2(without.isEmpty(), qPrintable(without.join(QLatin1Char('\n'))));
    }
};

QTEST_GUILESS_MAIN(ArchitectureTest)
#include "tst_architecture.moc"
