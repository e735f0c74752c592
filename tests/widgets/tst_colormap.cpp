// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/colormap.h"
#include "widgets/util/theme.h"

#include <QTest>

using namespace cutaway::widgets;

namespace {

Levels diagonal(int n, std::uint8_t ground, std::uint8_t line) {
    Levels out{n, n,
               std::vector<std::uint8_t>(static_cast<std::size_t>(n) * static_cast<std::size_t>(n), ground)};
    for (int i = 0; i < n; ++i)
        out.pixels[static_cast<std::size_t>(i) * static_cast<std::size_t>(n) + static_cast<std::size_t>(i)] =
            line;
    return out;
}

} // namespace

class TestColormap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    /// Viridis gets lighter all the way: what is larger always looks larger, in grey too.
    void viridisRises() {
        double before = -1;
        for (const QRgb rgb : viridis()) {
            const double light = 0.2126 * qRed(rgb) + 0.7152 * qGreen(rgb) + 0.0722 * qBlue(rgb);
            QVERIFY(light > before - 0.8); // 8-bit rounding
            before = std::max(before, light);
        }
        QCOMPARE(viridis().front(), qRgb(0x44, 0x01, 0x54));
        QCOMPARE(viridis().back(), qRgb(0xFD, 0xE7, 0x25));
    }

    void nothingHappeningIsThePage() {
        for (const auto scheme : {Theme::Scheme::Light, Theme::Scheme::Dark}) {
            Theme::instance().setScheme(scheme);
            QCOMPARE(QColor(diverging()[128]), colours().page);
            QCOMPARE(QColor(diverging()[0]), colours().negative);
            QCOMPARE(QColor(diverging()[255]), colours().positive);
        }
        Theme::instance().setScheme(Theme::Scheme::Light);
    }

    /// A one-cell diagonal is seen in every row and column of the picture, at any length and size.
    void oneCellDiagonalSurvives() {
        for (const int n : {1, 2, 15, 84, 85, 333, 1024})
            for (const int side : {1, 44, 97, 168}) {
                const QImage image = heatImage(diagonal(n, 0, 255), side, side, MapKind::Absolute, true);
                for (int y = 0; y < side; ++y) {
                    bool seen = false;
                    for (int x = 0; x < side && !seen; ++x)
                        seen = image.pixel(x, y) == viridis().back();
                    QVERIFY2(
                        seen,
                        qPrintable(QStringLiteral("%1 cells on %2 pixels, row %3").arg(n).arg(side).arg(y)));
                }
            }
    }

    /// Changes of either sign survive pooling; the one further from zero wins.
    void changesSurvive() {
        const ColourTable table = diverging();
        Levels levels = diagonal(400, 128, 20);
        levels.pixels[0] = 255;
        const QImage image = heatImage(levels, 40, 40, MapKind::Change, true);
        QCOMPARE(image.pixel(0, 0), table[255]);
        for (int i = 1; i < 40; ++i)
            QCOMPARE(image.pixel(i, i), table[20]);
        QCOMPARE(image.pixel(0, 20), table[128]);
    }

    void whatNoQuerySeesIsSunk() {
        const Levels full{8, 8, std::vector<std::uint8_t>(64, 255)};
        const QImage image = heatImage(full, 8, 8, MapKind::Absolute, true);
        for (int q = 0; q < 8; ++q)
            for (int k = 0; k < 8; ++k)
                QCOMPARE(image.pixel(k, q), k > q ? colours().sunk.rgb() : viridis().back());
        const QImage open = heatImage(full, 8, 8, MapKind::Absolute, false);
        QCOMPARE(open.pixel(7, 0), viridis().back());
    }

    void levelsRoundAndClamp() {
        const float values[] = {-1.0F, 0.0F, 0.5F, 1.0F, 2.0F, std::nanf("")};
        const Levels levels = levelsOf(values, 1, 6, 0.0F, 1.0F);
        const std::vector<std::uint8_t> wanted{0, 0, 128, 255, 255, 0};
        QCOMPARE(levels.pixels, wanted);
        QCOMPARE(colourOf(viridis(), std::nanf(""), 0, 1), viridis().front());
        QCOMPARE(colourOf(viridis(), 5, 0, 1), viridis().back());
    }
};

QTEST_MAIN(TestColormap)
#include "tst_colormap.moc"
