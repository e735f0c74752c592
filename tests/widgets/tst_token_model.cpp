// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/token_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <random>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

std::vector<TokenChip> chips(const QStringList& texts) {
    std::vector<TokenChip> out;
    for (const QString& text : texts) {
        TokenChip chip;
        chip.text = text;
        out.push_back(chip);
    }
    return out;
}

} // namespace

class TestTokenModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Any list can follow any other; the model's rules hold and it then shows exactly the new list.
    void anyListFollowsAnyOther() {
        TokenModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::mt19937 random(1);
        for (int round = 0; round < 300; ++round) {
            QStringList texts;
            const int count = static_cast<int>(random() % 12);
            for (int i = 0; i < count; ++i)
                texts << QString::number(random() % 3);
            model.setChips(chips(texts));
            QCOMPARE(model.rowCount(), count);
            for (int i = 0; i < count; ++i)
                QCOMPARE(model.index(i).data().toString(), texts.at(i));
        }
    }

    /// Views are told of the rows that changed and of no others.
    void onlyChangedRowsAreTold() {
        TokenModel model;
        model.setChips(chips({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        model.setChips(chips({QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
        QCOMPARE(changed.count(), 0);
        model.setChips(
            chips({QStringLiteral("a"), QStringLiteral("B"), QStringLiteral("c"), QStringLiteral("d")}));
        QCOMPARE(changed.count(), 1);
        QCOMPARE(changed.at(0).at(0).toModelIndex().row(), 1);
        QCOMPARE(changed.at(0).at(1).toModelIndex().row(), 1);
        QCOMPARE(inserted.count(), 1);
        QCOMPARE(inserted.at(0).at(1).toInt(), 3);
    }

    void rolesSpeak() {
        TokenModel model;
        TokenChip chip;
        chip.text = QStringLiteral("·Mary");
        chip.prob = 0.85;
        chip.expected = QStringLiteral("<b>·John</b> .10");
        model.setChips({chip});
        const QModelIndex at = model.index(0);
        QCOMPARE(at.data(TokenModel::ProbabilityRole).toDouble(), 0.85);
        const QString said = at.data(Qt::AccessibleTextRole).toString();
        QVERIFY(said.contains(QStringLiteral("·Mary")) && said.contains(QStringLiteral(".85")));
        // Markup in a token stays text.
        QVERIFY(!at.data(Qt::ToolTipRole).toString().contains(QStringLiteral("<b>")));
        QVERIFY(!at.data(TokenModel::WeightRole).isValid());
        model.setWeights({0.5F});
        QCOMPARE(at.data(TokenModel::WeightRole).toFloat(), 0.5F);
    }

    void chipsFromPieces() {
        const std::vector<TokenChip> made =
            chipsOf({{0, "<s>", "<s>", true}, {5, " Mary", " Mary", false}, {0, "<s>", "<s>", true}});
        QCOMPARE(made.at(0).text, QStringLiteral("⌂"));
        QCOMPARE(made.at(1).text, QStringLiteral("·Mary"));
        QCOMPARE(made.at(2).text, QStringLiteral("<s>"));
    }
};

QTEST_GUILESS_MAIN(TestTokenModel)
#include "tst_token_model.moc"
