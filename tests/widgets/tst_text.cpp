// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/text.h"

#include <QTest>
#include <QTextDocument>

using namespace cutaway;
using namespace cutaway::widgets;

class TestText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Nothing invisible, and nothing that reorders its neighbours, leaves visibleText: every code point.
    void everyCodePointIsVisible() {
        for (char32_t c = 0; c <= 0x10FFFF; ++c) {
            if (c >= 0xD800 && c <= 0xDFFF) continue;
            const QString shown = visibleText(
                QStringLiteral("a") + QStringView(QChar::fromUcs4(c)).toString() + QStringLiteral("b"));
            QVERIFY(shown.size() >= 3);
            for (const uint point : shown.toUcs4()) {
                const auto category = QChar::category(point);
                QVERIFY2(category != QChar::Other_Control && category != QChar::Other_Format &&
                             category != QChar::Separator_Line && category != QChar::Separator_Paragraph &&
                             (category != QChar::Separator_Space || point == U' '),
                         qPrintable(QString::number(c, 16)));
            }
        }
    }

    void differentSpacesLookDifferent() {
        const QString texts[] = {
            QStringLiteral("a"),       QStringLiteral(" a"),      QStringLiteral("a "),
            QStringLiteral("  a"),     QStringLiteral("\na"),     QStringLiteral("\ta"),
            QStringLiteral("\u00A0a"), QStringLiteral("\u200Ba"), QStringLiteral("\u202Ea")};
        for (const QString& one : texts)
            for (const QString& other : texts)
                QCOMPARE(visibleText(one) == visibleText(other), one == other);
        QCOMPARE(visibleText(QStringLiteral(" Mary")), QStringLiteral("·Mary"));
        QCOMPARE(visibleText(QStringLiteral("a b")), QStringLiteral("a b"));
        QCOMPARE(visibleText(QStringLiteral("\n")), QStringLiteral("↵"));
    }

    void tokens() {
        const TokenPiece bos{0, "<|endoftext|>", "<|endoftext|>", true};
        QCOMPARE(visibleToken(bos, true), QStringLiteral("⌂"));
        QCOMPARE(visibleToken(bos, false), QStringLiteral("<|endoftext|>"));
        const TokenPiece half{1, "\xEF\xBF\xBD", "\xE2\x80", false};
        QCOMPARE(visibleToken(half, false), QStringLiteral("\\xE2\\x80"));
        // A token that really is U+FFFD is shown as such.
        const TokenPiece real{2, "\xEF\xBF\xBD", "\xEF\xBF\xBD", false};
        QCOMPARE(visibleToken(real, false), QString(QChar::ReplacementCharacter));
        QCOMPARE(wordOf(QStringLiteral(" Mary")), QStringLiteral("Mary"));
        QCOMPARE(wordOf(QStringLiteral(" ")), QStringLiteral("·"));
        QCOMPARE(wordOf(QStringLiteral("  x")), QStringLiteral("··x"));
    }

    /// Signs are true ones, zero has none, and what is written reads back to within the rounding.
    void numbersReadBack() {
        for (int i = -4000; i <= 4000; ++i) {
            const double value = i / 1000.0;
            for (const int decimals : {0, 1, 2, 3}) {
                const QString text = formatSigned(value, decimals);
                QVERIFY(!text.contains(QLatin1Char('-')));
                QString plain = text;
                plain.replace(QChar(0x2212), QLatin1Char('-'));
                const double back = plain.toDouble();
                QVERIFY(std::abs(back - value) <= 0.5001 * std::pow(10.0, -decimals));
                QCOMPARE(text.startsWith(QLatin1Char('+')), back > 0);
                QCOMPARE(text.startsWith(QChar(0x2212)), back < 0);
            }
        }
        QCOMPARE(formatSigned(-0.36), QStringLiteral("−0.36"));
        QCOMPARE(formatNumber(std::nan("")), QStringLiteral("–"));
        QCOMPARE(formatNumber(-std::numeric_limits<double>::infinity()), QStringLiteral("−∞"));
    }

    /// Whatever a file holds, a tip shows it as the text it is.
    void tipsArePlainText_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"two words", "a & b", "a &amp; b", "<b>bold</b>", "1 < 2", "&lt;",
                                 "a\nb & c", "<img src='file:///etc/passwd'>", "\"quoted\" 'text'"})
            QTest::newRow(text) << text;
        QTest::newRow("long") << QStringLiteral("a long sentence & <more> ").repeated(9).trimmed();
    }
    void tipsArePlainText() {
        QFETCH(QString, text);
        const QString tip = tipText(text);
        if (!Qt::mightBeRichText(tip)) { // shown as it is
            QCOMPARE(tip, text);
            return;
        }
        QTextDocument document;
        document.setHtml(tip);
        QCOMPARE(document.toPlainText().replace(QChar(0x2028), QLatin1Char('\n')), text);
    }

    void probabilities_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("plain") << 0.85 << QStringLiteral(".85");
        QTest::newRow("sure") << 0.9999 << QStringLiteral("1.00");
        QTest::newRow("small") << 0.0004 << QStringLiteral("<.01");
        QTest::newRow("nothing") << 0.0 << QStringLiteral(".00");
    }
    void probabilities() {
        QFETCH(double, value);
        QFETCH(QString, text);
        QCOMPARE(formatProb(value), text);
    }

    /// Enough decimals to tell the strongest value of a scale from half of it, and never fewer than two.
    void decimalsFollowTheScale() {
        QCOMPARE(decimalsFor(1.0), 2);
        QCOMPARE(decimalsFor(0.1), 2);
        QCOMPARE(decimalsFor(0.0), 2);
        for (double scale = 3.0; scale > 1e-5; scale /= 1.7)
            QVERIFY(formatNumber(scale, decimalsFor(scale)) != formatNumber(scale / 2, decimalsFor(scale)));
        QCOMPARE(decimalsFor(1e-12), 6);
    }

    void units() {
        const QChar space(0x00A0);
        QCOMPARE(formatMilliseconds(4.2), QStringLiteral("4") + space + QStringLiteral("ms"));
        QCOMPARE(formatMilliseconds(0.43), QStringLiteral("0.4") + space + QStringLiteral("ms"));
        QCOMPARE(formatMilliseconds(999.9), QStringLiteral("1.0") + space + QStringLiteral("s"));
        QCOMPARE(formatMilliseconds(125000), QStringLiteral("2%1min 05%1s").arg(space));
        QCOMPARE(formatCount(3.5e6), QStringLiteral("3.5") + space + QStringLiteral("M"));
        QCOMPARE(formatCount(124439808), QStringLiteral("124") + space + QStringLiteral("M"));
        QCOMPARE(formatCount(999999), QStringLiteral("1") + space + QStringLiteral("M"));
        QCOMPARE(formatBytes(497759232), QStringLiteral("498") + space + QStringLiteral("MB"));
        QCOMPARE(formatInteger(1024), QStringLiteral("1,024"));
        QCOMPARE(formatInteger(-1234567), QStringLiteral("−1,234,567"));
        QCOMPARE(formatInteger(7), QStringLiteral("7"));
    }
};

QTEST_MAIN(TestText)
#include "tst_text.moc"
