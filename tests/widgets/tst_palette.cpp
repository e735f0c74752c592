// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/icons.h"
#include "widgets/util/theme.h"

#include <QDirIterator>
#include <QFile>
#include <QPainter>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>

using namespace cutaway::widgets;

namespace {

/// Hex colours, Qt's named ones, constructors from numbers or names, CSS functions.
constexpr const char* kLiteral =
    "#[0-9A-Fa-f]{6}\\b|#[0-9A-Fa-f]{3}[\"; ]"
    "|Qt::(white|black|red|green|blue|gray|yellow|cyan|magenta|(dark|light)[A-Z]\\w+)\\b"
    "|QColor\\((0x|\\d|\"|QStringLiteral|QLatin1String)|\\bq?[rR]gba?\\(\\s*(0x|\\d)";

/// Contrast of two opaque colours. **Source:** WCAG 2.1, relative luminance.
double contrast(const QColor& a, const QColor& b) {
    const auto luminance = [](const QColor& c) {
        const auto part = [](double v) {
            return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * part(c.redF()) + 0.7152 * part(c.greenF()) + 0.0722 * part(c.blueF());
    };
    const double x = luminance(a) + 0.05;
    const double y = luminance(b) + 0.05;
    return std::max(x, y) / std::min(x, y);
}

} // namespace

class TestPalette : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Colours are named in one file only.
    void noColourLiteralElsewhere() {
        const QRegularExpression literal(QString::fromLatin1(kLiteral));
        QVERIFY(literal.match(QStringLiteral("QColor(12, 3, 4)")).hasMatch());
        QVERIFY(literal.match(QStringLiteral("color: #AABBCC;")).hasMatch());
        int files = 0;
        QStringList found;
        for (const char* room : {"/widgets", "/app/gui"}) {
            QDirIterator walk(QStringLiteral(CUTAWAY_SOURCE_DIR) + QLatin1String(room),
                              {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files,
                              QDirIterator::Subdirectories);
            while (walk.hasNext()) {
                const QString path = walk.next();
                if (path.endsWith(QLatin1String("util/palette.cpp"))) continue;
                QFile file(path);
                QVERIFY(file.open(QIODevice::ReadOnly));
                ++files;
                int line = 0;
                for (const QString& text : QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'))) {
                    ++line;
                    if (literal.match(text).hasMatch())
                        found << QStringLiteral("%1:%2: %3").arg(path).arg(line).arg(text);
                }
            }
        }
        QVERIFY(files > 40);
        QVERIFY2(found.isEmpty(), qPrintable(found.join(QLatin1Char('\n'))));
    }

    void styleSheetIsFilledIn() {
        const QString sheet = Theme::instance().styleSheet();
        QVERIFY2(!sheet.contains(QLatin1Char('@')), qPrintable(sheet));
        QVERIFY(sheet.contains(colours().accent.name()));
        QWidget widget;
        widget.setStyleSheet(sheet); // a sheet that does not parse warns
        widget.ensurePolished();
    }

    void schemeChangesOnce() {
        Theme& theme = Theme::instance();
        theme.setScheme(Theme::Scheme::Light);
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setScheme(Theme::Scheme::Dark);
        QVERIFY(colours().dark);
        QCOMPARE(changed.count(), 1);
        theme.setScheme(Theme::Scheme::Dark);
        QCOMPARE(changed.count(), 1);
        theme.setScheme(Theme::Scheme::Light);
        QVERIFY(!colours().dark);
        QCOMPARE(changed.count(), 2);
    }

    /// Text can be read on every ground it stands on, light and dark.
    void contrasts() {
        for (const Palette& p : {Palette::light(), Palette::darkened()}) {
            for (const QColor& ground : {p.page, p.panel, p.sunk, p.accentGround}) {
                QVERIFY(contrast(p.text, ground) >= 7.0);
                QVERIFY(contrast(p.mute, ground) >= 4.0);
            }
            QVERIFY(contrast(p.cut, p.cutGround) >= 4.5);
            QVERIFY(contrast(p.onAccent, p.accent) >= 4.5);
            QVERIFY(contrast(p.accent, p.accentGround) >= 4.5);
            // Chips: text on the deepest shade.
            QVERIFY(contrast(p.text, mixed(p.page, p.accent, 0.34)) >= 4.5);
        }
    }

    /// Each icon is there and draws something, in the colour asked for.
    void everyIconDraws() {
        for (int i = 0; i <= static_cast<int>(Icon::Check); ++i) {
            QImage image(16, 16, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::transparent);
            QPainter painter(&image);
            paintIcon(painter, static_cast<Icon>(i), QRectF(0, 0, 16, 16), colours().cut);
            painter.end();
            int inked = 0;
            for (int y = 0; y < 16; ++y)
                for (int x = 0; x < 16; ++x)
                    if (qAlpha(image.pixel(x, y)) > 200) {
                        ++inked;
                        QVERIFY(std::abs(image.pixelColor(x, y).red() - colours().cut.red()) <= 3);
                    }
            QVERIFY2(inked >= 4, qPrintable(QString::number(i)));
        }
    }
};

QTEST_MAIN(TestPalette)
#include "tst_palette.moc"
