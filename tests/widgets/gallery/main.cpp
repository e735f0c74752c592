// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery_pages.h"
#include "gallery_window.h"

#include "widgets/util/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTextStream>
#include <QTimer>

#include <memory>

int main(int argc, char** argv) {
    QApplication app(argc, argv);
    app.setStyle(QStringLiteral("Fusion"));
    QCommandLineParser parser;
    const QCommandLineOption dark(QStringLiteral("dark"), QStringLiteral("the dark palette"));
    const QCommandLineOption drag(QStringLiteral("drag"), QStringLiteral("a head is carried"));
    const QCommandLineOption card(QStringLiteral("card"), QStringLiteral("the card of an opened model"));
    const QCommandLineOption large(QStringLiteral("large"), QStringLiteral("12 × 12 heads, 1,024 tokens"));
    const QCommandLineOption change(QStringLiteral("change"), QStringLiteral("change mode"));
    const QCommandLineOption first(QStringLiteral("first"),
                                   QStringLiteral("the first minute: nothing is cut"));
    const QCommandLineOption out(QStringLiteral("out"), QStringLiteral("write a PNG and leave"),
                                 QStringLiteral("file"));
    const QCommandLineOption page(QStringLiteral("page"), QStringLiteral("one view alone, see --pages"),
                                  QStringLiteral("name"));
    const QCommandLineOption pages(QStringLiteral("pages"),
                                   QStringLiteral("list the views that stand alone"));
    const QCommandLineOption size(QStringLiteral("size"), QStringLiteral("of the page, 1020x640"),
                                  QStringLiteral("WxH"), QStringLiteral("1020x640"));
    parser.addOptions({dark, drag, card, large, change, first, out, page, pages, size});
    parser.addHelpOption();
    parser.process(app);

    using cutaway::widgets::Theme;
    Theme& theme = Theme::instance();
    theme.setMotion(false);
    theme.setScheme(parser.isSet(dark) ? Theme::Scheme::Dark : Theme::Scheme::Light);
    theme.apply(app);
    if (parser.isSet(pages)) {
        QTextStream(stdout) << cutaway::tests::pageNames().join(QLatin1Char('\n')) << Qt::endl;
        return 0;
    }
    if (parser.isSet(page)) {
        const std::unique_ptr<QWidget> shown(cutaway::tests::makePage(parser.value(page)));
        const QStringList sides = parser.value(size).split(QLatin1Char('x'));
        if (!shown || sides.size() != 2) return 2;
        shown->resize(sides.at(0).toInt(), sides.at(1).toInt());
        shown->show();
        if (parser.isSet(out))
            QTimer::singleShot(50, shown.get(), [&] {
                shown->grab().save(parser.value(out));
                QApplication::quit();
            });
        return QApplication::exec();
    }
    using cutaway::tests::GalleryWindow;
    GalleryWindow window(parser.isSet(large) ? GalleryWindow::Size::Large : GalleryWindow::Size::Small,
                         parser.isSet(change), parser.isSet(first));
    window.resize(1600, 1000);
    window.show();
    QTimer::singleShot(0, &window, [&] {
        if (parser.isSet(drag)) window.showDrag();
        if (parser.isSet(card)) window.showCard();
        if (parser.isSet(out))
            QTimer::singleShot(50, &window, [&] {
                window.grab().save(parser.value(out));
                QApplication::quit();
            });
    });
    return QApplication::exec();
}
