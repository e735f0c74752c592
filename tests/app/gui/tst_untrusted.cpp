// SPDX-License-Identifier: GPL-3.0-or-later
// What comes from files is text and no more: in labels, in tips, in tables that leave the window. Errors have
// a sentence each.
#include "app/gui/error_sentence.h"
#include "app/gui/model_opener.h"
#include "app/gui/view_table.h"
#include "tests/support/test_window.h"
#include "widgets/models/token_model.h"
#include "widgets/util/text.h"
#include "widgets/views/open_card.h"
#include "widgets/views/token_strip.h"

#include <QDir>
#include <QLabel>
#include <QTest>

using namespace cutaway;
using namespace cutaway::app;
using tests::FakeEngine;

class TestUntrusted : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { tests::prepareApplication(m_home); }

    void everyErrorHasASentence() {
        QSet<QString> meanings;
        for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
            const auto code = static_cast<ErrorCode>(i);
            const QString meaning = meaningOf(code);
            QVERIFY2(!meaning.isEmpty(), errorCodeName(code).data());
            QVERIFY(!meanings.contains(meaning));
            meanings << meaning;
            const QString sentence = sentenceOf({code, "read", "x.json <b>\xE2\x80\xAE is\nbroken"});
            QVERIFY(sentence.startsWith(meaning));
            QVERIFY(!sentence.contains(QChar(0x202E)) && !sentence.contains('\n'));
        }
    }

    void labelsAreNoMarkup() {
        const QString name = QStringLiteral("<b>bold<i>");
        QVERIFY(QDir(m_home.path()).mkdir(name));
        Options options;
        options.model = m_home.filePath(name);
        options.prompt = QString::fromUtf8("<img src=x> <h1>When &amp; \xE2\x80\xAE"
                                           "abc \xE2\x80\x8B=cmd()");
        options.screenshot = QStringLiteral("none.png");
        MainWindow window(EngineHost::Factory([]() -> Result<std::unique_ptr<engine::Engine>> {
                              return std::make_unique<FakeEngine>(std::make_shared<FakeEngine::Control>());
                          }),
                          options);
        window.show();
        window.start();
        QTRY_VERIFY(window.scheduler().complete());
        window.document().addCut(*parseCut("zero:L0H1"));
        QTRY_VERIFY(window.scheduler().complete());
        window.opener().showCard(window.document().session().model());
        int labels = 0, named = 0;
        for (const QLabel* label : window.findChildren<QLabel*>()) {
            if (!label->isVisible()) continue;
            ++labels;
            named += label->text().contains("bold");
            QVERIFY2(label->textFormat() != Qt::AutoText, qPrintable(label->text()));
            QVERIFY2(label->textFormat() == Qt::PlainText || !label->text().contains("bold"),
                     qPrintable(label->text()));
        }
        QVERIFY(labels > 5 && named > 0);
        // Tokens hide nothing and turn nothing around.
        const QAbstractItemModel* chips = window.chips()->model();
        for (int row = 0; row < chips->rowCount(); ++row) {
            const QString text = chips->index(row, 0).data(Qt::DisplayRole).toString();
            for (const QChar c : text)
                QVERIFY2(c.isPrint() && c.category() != QChar::Other_Format, qPrintable(text));
        }
        for (const QString& title : {window.windowTitle(), window.accessibleName()})
            QVERIFY(!title.contains(QChar(0x202E)));
    }

    void whatCannotBeSeenIsShown_data() {
        QTest::addColumn<uint>("code");
        for (const uint code :
             {0x00ADU, 0x061CU, 0x200BU,  0x200CU,  0x200DU, 0x200EU, 0x200FU,  0x202AU, 0x202BU,
              0x202CU, 0x202DU, 0x202EU,  0x2060U,  0x2061U, 0x2066U, 0x2067U,  0x2068U, 0x2069U,
              0xFEFFU, 0x0007U, 0x001BU,  0x007FU,  0x0085U, 0x009BU, 0xE0041U, 0xFE0FU, 0x180EU,
              0x115FU, 0x3164U, 0xE0100U, 0xE01EFU, 0x180BU, 0x180FU, 0x17B4U,  0x1D159U})
            QTest::newRow(qPrintable(QString::number(code, 16))) << code;
    }
    void whatCannotBeSeenIsShown() {
        QFETCH(uint, code);
        const char32_t character = code;
        const QString raw = code < 0x10000
                                ? QString(QChar(static_cast<char16_t>(code)))
                                : QString::fromUcs4(&character, 1); // which drops a byte order mark
        const QString seen = widgets::visibleText("a" + raw + "b");
        QVERIFY2(!seen.contains(raw), qPrintable(seen));
        QVERIFY(seen.size() >= 3);
    }

    void aByteOrderMarkIsSeenToo() {
        const TokenPiece piece{7, "\xEF\xBB\xBFx", "\xEF\xBB\xBFx", false};
        QVERIFY(widgets::visibleToken(piece, false).size() > 2);
        QVERIFY(!widgets::visibleToken(piece, false).contains(QChar(0xFEFF)));
    }

    void tablesRunNoFormulas() {
        ViewTable table;
        table.columns = {"name", "value"};
        for (const char* text : {"=1+1", "+x", "-x", "@x", "\tx", "\rx", "plain", "a=b", " =x"})
            table.rows.push_back({ViewTable::Cell(QString::fromUtf8(text)), ViewTable::Cell(-2.5)});
        const QList<QByteArray> lines = csvOf(table).split('\n');
        QVERIFY(lines[1].startsWith("'=1+1,-2.5"));
        QVERIFY(lines[2].startsWith("'+x,") && lines[3].startsWith("'-x,") && lines[4].startsWith("'@x,"));
        QVERIFY(lines[5].startsWith("'\tx,") || lines[5].startsWith("\"'\tx\","));
        QVERIFY(lines[6].startsWith("\"'\rx\","));
        QVERIFY(lines[7].startsWith("plain,-2.5") && lines[8].startsWith("a=b,-2.5"));
    }

private:
    QTemporaryDir m_home;
};

QTEST_MAIN(TestUntrusted)
#include "tst_untrusted.moc"
