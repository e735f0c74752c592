// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/cut_text.h"

#include "tests/support/random_cut.h"

#include <QtTest>

using namespace cutaway;

/// The text form of a cut: parse and print are inverse, canonical text is short, errors point at the column.
class TestCutText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void parseAfterPrintIsIdentity() {
        tests::RandomCut random(20260101);
        for (int i = 0; i < 20000; ++i) {
            const Cut cut = random.grammatical();
            const std::string text = printCut(cut);
            const Result<Cut> again = parseCut(text);
            QVERIFY2(again.has_value(), again ? "" : again.error().text().c_str());
            QVERIFY2(*again == cut, (text + " read back as " + printCut(*again)).c_str());
        }
    }

    void canonicalText_data() {
        QTest::addColumn<QString>("written");
        QTest::addColumn<QString>("canonical");
        const auto row = [](const char* written, const char* canonical) {
            QTest::newRow(written) << written << canonical;
        };
        row("zero:L5H3", "zero:L5H3");
        row("zero : L5H3 @ 3 - 5 , last", "zero:L5H3@3-5,last");
        row("zero():L5H3@-1", "zero:L5H3@last");
        row("zero:blocks.5.attn.hook_z[3]", "zero:L5H3");
        row("zero:blocks.*.attn.hook_z[*]", "zero:L*H*");
        row("mean:blocks.5.hook_attn_out", "mean:L5.attn");
        row("mean:blocks.5.hook_mlp_out@all", "mean:L5.mlp");
        row("set(2):blocks.5.mlp.hook_post[12]", "set(2):L5N12");
        row("freeze:blocks.5.ln1.hook_scale", "freeze:L5.norm1");
        row("freeze:ln_final.hook_scale", "freeze:norm_final");
        row("resample(seed=0):L1H1", "resample:L1H1");
        row("resample(seed=7,w=0.50):L1H1", "resample(seed=7,w=0.5):L1H1");
        row("scale(w=0.25,2.0):L1", "scale(2,w=0.25):L1");
        row("noise(0.10,seed=3):hook_embed", "noise(0.1,seed=3):hook_embed");
        row("patch(donor=B):L1H1", "patch:L1H1");
        row("patch(map=\"2>2,3-5>4-6\",donor=\"x y\"):L1H1", "patch(donor=\"x y\",map=\"2>2,3-5>4-6\"):L1H1");
        row("mean(w=1,by=position,bos=1):L1H1", "mean(bos=1,by=position):L1H1");
        row("zero:{L1H1}", "zero:L1H1");
        row("zero:{L1H1,{L2H2,L3.mlp}}@gen", "zero:{L1H1,L2H2,L3.mlp}@gen");
        row("zero(renorm=0):L5H3[7<-*]", "zero(renorm=0):L5H3[7<-*]");
        row("steer(\"v.safetensors#k\",-2):blocks.4.hook_resid_post",
            "steer(\"v.safetensors#k\",-2):blocks.4.hook_resid_post");
        row("scale(0):res6/1234", "scale(0):res6/1234");
    }
    void canonicalText() {
        QFETCH(QString, written);
        QFETCH(QString, canonical);
        const Result<Cut> cut = parseCut(written.toStdString());
        QVERIFY2(cut.has_value(), cut ? "" : cut.error().text().c_str());
        QCOMPARE(QString::fromStdString(printCut(*cut)), canonical);
    }

    void errorsPointAtTheColumn_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("column");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* text, int column, const char* says) {
            QTest::newRow(text) << text << column << says;
        };
        row("", 1, "kind");
        row("zeros:L1", 1, "nearest is 'zero'");
        row("zero", 5, "':'");
        row("zero:", 6, "target");
        row("zero:L1Q3", 8, "H3 (head)");
        row("zero:L1H", 9, "number or *");
        row("zero:L1H3x", 9, "number or *");
        row("zero:L1H3@", 11, "positions");
        row("zero:L1H3@5-3", 11, "ends before");
        row("zero:L1H3@3;", 12, "expected ','");
        row("zero:{L1,L2", 12, "'}'");
        row("zero(1):L1", 6, "named");
        row("scale:L1", 6, "needs A");
        row("scale(x):L1", 7, "number");
        row("scale(nan):L1", 7, "number");
        row("zero(w=2):L1", 8, "0 to 1");
        row("zero(w=0.5,w=0.5):L1", 12, "twice");
        row("zero(v=2):L1", 6, "no argument 'v'");
        row("mean(by=head):L1", 9, "position");
        row("patch(map=\"1-2>3\"):L1", 11, "lengths");
        row("steer(\"abc\",1):L1", 7, "#");
        row("zero:blocks.1.attn.hook_patern[1]", 6, "hook_pattern");
        row("zero:L1H1[3-2]", 12, "<-");
        row("zero:L99999999999999H1", 7, "layer");
    }
    void errorsPointAtTheColumn() {
        QFETCH(QString, text);
        QFETCH(int, column);
        QFETCH(QString, says);
        const Result<Cut> cut = parseCut(text.toStdString());
        QVERIFY(!cut.has_value());
        QCOMPARE(cut.error().code, ErrorCode::BadCut);
        QVERIFY2(QString::fromStdString(cut.error().message).contains(says), cut.error().message.c_str());
        QCOMPARE(QString::fromStdString(cut.error().context.at("column")), QString::number(column));
    }

    void anyBytesAreAnswered() {
        std::mt19937 random(7);
        const std::string alphabet = "zeroscalempatchL0H3.*[]{}@<-,(\")=:#w5 \\";
        for (int i = 0; i < 50000; ++i) {
            std::string text = i % 2 ? "scale(0.5,w=0.2):L1H2[3<-2]@" : "";
            for (int n = int(random() % 24); n > 0; --n)
                text += alphabet[random() % alphabet.size()];
            const Result<Cut> cut = parseCut(text);
            if (cut)
                QCOMPARE(printCut(*parseCut(printCut(*cut))), printCut(*cut));
            else
                QVERIFY(!cut.error().message.empty());
        }
        QVERIFY(!parseCut(std::string(1000000, '{')).has_value());
        QVERIFY(!parseCut("zero:" + std::string(60000, '{')).has_value());
    }

    void positionsResolve() {
        const auto places = [](const char* text, int length, int prompt) {
            return resolvePositions(parseCut(std::string("zero:L0H0@") + text)->positions, length, prompt);
        };
        QCOMPARE(*places("last,0,2-3", 6, 6), (std::vector<int>{0, 2, 3, 5}));
        QCOMPARE(*places("gen", 6, 4), (std::vector<int>{4, 5}));
        QCOMPARE(*places("all", 3, 3), (std::vector<int>{0, 1, 2}));
        QCOMPARE(*places("-6", 6, 6), (std::vector<int>{0}));
        for (const char* outside : {"6", "-7", "4-6"}) {
            const auto refused = places(outside, 6, 6);
            QVERIFY(!refused.has_value());
            QCOMPARE(refused.error().code, ErrorCode::OutOfRange);
        }
    }
};

QTEST_GUILESS_MAIN(TestCutText)
#include "tst_cut_text.moc"
