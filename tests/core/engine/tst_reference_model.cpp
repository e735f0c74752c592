// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/cut_text.h"
#include "tests/support/golden_cases.h"
#include "tests/support/reference_cuts.h"

#include <QtTest>

using namespace cutaway;
using namespace cutaway::tests;

/// The slow model is the yardstick of the generated engine test: first it is itself held against the arrays
/// that transformers and TransformerLens gave (tests/golden/make_fixtures.py names the versions).
class TestReferenceModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithTheFixtures_data();
    void agreesWithTheFixtures();
};

void TestReferenceModel::agreesWithTheFixtures_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& folder : goldenFolders())
        QTest::newRow(folder.filename().c_str()) << QString::fromStdString(folder.string());
}

void TestReferenceModel::agreesWithTheFixtures() {
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const ReferenceModel model = ReferenceModel::load(path);
    const auto expected = readSafetensors(path / "expected.safetensors");
    int compared = 0;
    for (const GoldenCase& golden : goldenCases(path)) {
        CutWorld world;
        world.reference = goldenReference(path);
        if (!golden.donor.empty()) world.donors["B"] = golden.donor;
        std::vector<Cut> cuts;
        for (const std::string& text : golden.cuts) {
            const auto cut = parseCut(text);
            QVERIFY2(cut.has_value(), text.c_str());
            cuts.push_back(*cut);
        }
        const Captures got = ReferenceCuts(model, world).run(golden.tokens, cuts);
        for (const auto& [name, array] : expected) {
            if (!name.starts_with(golden.name + "/")) continue;
            const auto hook = parseHookName(name.substr(golden.name.size() + 1));
            QVERIFY2(hook.has_value() && got.count(*hook) > 0, name.c_str());
            // both sides of a difference are f32 and f64 of the same formulas: 1e-5 leaves room for rounding
            const double difference = largestDifference(got.at(*hook), array);
            QVERIFY2(difference < 1e-5, (name + " differs by " + std::to_string(difference)).c_str());
            ++compared;
        }
    }
    QVERIFY(compared > 0);
}

QTEST_GUILESS_MAIN(TestReferenceModel)
#include "tst_reference_model.moc"
