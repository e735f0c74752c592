// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/models/model_tree_model.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace cutaway;
using namespace cutaway::widgets;

namespace {

ModelTraits traitsOf(int layers, int heads, int mlp, bool finalNorm) {
    ModelTraits traits;
    traits.nLayers = layers;
    traits.nHeads = heads;
    traits.dMlp = mlp;
    traits.finalNorm = finalNorm;
    return traits;
}

/// The tree as indented text, cut rows marked.
QString printed(const QAbstractItemModel& model, const QModelIndex& parent = {}, int depth = 0) {
    QString out;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex at = model.index(row, 0, parent);
        out += QString(depth * 2, QLatin1Char(' ')) + at.data().toString();
        if (at.data(ModelTreeModel::CutRole).toBool()) out += QStringLiteral(" x");
        out += QLatin1Char('\n') + printed(model, at, depth + 1);
    }
    return out;
}

Target head(int layer, int index) {
    Target target;
    target.layer = layer;
    target.index = index;
    return target;
}

} // namespace

class TestModelTreeModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheRulesForEveryShape() {
        ModelTreeModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        for (const int layers : {1, 3, 0, 12})
            for (const int heads : {1, 8})
                for (const int mlp : {0, 64}) {
                    model.setTraits(traitsOf(layers, heads, mlp, mlp > 0));
                    model.setCuts({head(0, 0)});
                    model.setEffects({{0.5}}, {-1.0});
                    QCOMPARE(model.rowCount(), layers == 0 ? 0 : layers + 1 + (mlp > 0 ? 1 : 0));
                }
    }

    /// A mixture's layers hold their experts behind the MLP; layers with a plain one do not.
    void holdsExperts() {
        ModelTreeModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        ModelTraits traits = traitsOf(2, 1, 64, false);
        traits.nExperts = 3;
        traits.nExpertsUsed = 2;
        traits.denseLayers = {0};
        model.setTraits(traits);
        Target expert = head(1, 2);
        expert.kind = TargetKind::Expert;
        model.setCuts({expert});
        QCOMPARE(printed(model),
                 QStringLiteral("Embedding\nLayer 0\n  H0\n  mlp\nLayer 1\n  H0\n  mlp\n  E0\n"
                                "  E1\n  E2 x\n"));
        const QModelIndex at = model.indexOf(expert);
        QVERIFY(at.isValid());
        QVERIFY(at.data(ModelTreeModel::TargetRole).value<Target>() == expert);
        expert.layer = 0;
        QVERIFY(!model.indexOf(expert).isValid());
    }

    void reads() {
        ModelTreeModel model;
        model.setTraits(traitsOf(2, 2, 64, true));
        model.setCuts({head(1, 0)});
        QCOMPARE(printed(model), QStringLiteral("Embedding\nLayer 0\n  H0\n  H1\n  mlp\n"
                                                "Layer 1\n  H0 x\n  H1\n  mlp\nFinal norm\n"));
        // A cut on a block is a cut on all it holds; `*` stands for every layer or head.
        Target block;
        block.kind = TargetKind::Block;
        block.layer = 0;
        model.setCuts({block, head(anyIndex, 1)});
        QCOMPARE(printed(model), QStringLiteral("Embedding\nLayer 0 x\n  H0 x\n  H1 x\n  mlp x\n"
                                                "Layer 1\n  H0\n  H1 x\n  mlp\nFinal norm\n"));
    }

    /// The row of a row's target is that row.
    void targetsFindTheirRows() {
        ModelTreeModel model;
        model.setTraits(traitsOf(3, 4, 64, true));
        int rows = 0;
        const std::function<void(const QModelIndex&)> walk = [&](const QModelIndex& parent) {
            for (int row = 0; row < model.rowCount(parent); ++row) {
                const QModelIndex at = model.index(row, 0, parent);
                QCOMPARE(model.indexOf(at.data(ModelTreeModel::TargetRole).value<Target>()), at);
                ++rows;
                walk(at);
            }
        };
        walk({});
        QCOMPARE(rows, 1 + 3 + 3 * 5 + 1);
        for (const Target& none : {head(3, 0), head(0, 4), head(anyIndex, 0), head(0, anyIndex)})
            QVERIFY(!model.indexOf(none).isValid());
    }

    void effectsScaleTogether() {
        ModelTreeModel model;
        model.setTraits(traitsOf(1, 2, 64, true));
        QVERIFY(!model.indexOf(head(0, 0)).data(ModelTreeModel::EffectRole).isValid());
        model.setEffects({{0.5, std::nullopt}}, {-2.0});
        const QModelIndex first = model.indexOf(head(0, 0));
        QCOMPARE(first.data(ModelTreeModel::EffectRole).toDouble(), 0.5);
        QCOMPARE(first.data(ModelTreeModel::EffectScaleRole).toDouble(), 2.0);
        QVERIFY(!model.indexOf(head(0, 1)).data(ModelTreeModel::EffectRole).isValid());
        QVERIFY(first.data(Qt::AccessibleTextRole).toString().contains(QStringLiteral("+0.50")));
    }
};

QTEST_GUILESS_MAIN(TestModelTreeModel)
#include "tst_model_tree_model.moc"
