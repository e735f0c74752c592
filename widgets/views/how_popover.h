// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QPointer>
#include <QString>

#include <vector>

QT_BEGIN_NAMESPACE
class QGridLayout;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QScrollArea;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// One fact about a number.
struct HowRow {
    QString label; ///< "Weights"
    QString text;  ///< "as stored, f32 on cpu"
    QString tip{}; ///< what the label means, for its tooltip
    friend bool operator==(const HowRow&, const HowRow&) = default;
};

/// How a number was computed, or what a term means, in words. Plain texts; parts that are empty are left out.
struct HowText {
    QString title;   ///< "Logit difference"
    QString value;   ///< the number itself: "+3.24 → −0.36 logits"
    QString plain;   ///< what it is, in plain words
    QString formula; ///< in mono
    QString source;  ///< where the formula comes from
    std::vector<HowRow> rows;
    QString request; ///< the request as JSON
    QString command; ///< the line that computes it
    friend bool operator==(const HowText&, const HowText&) = default;
};

/// The card that says where a number comes from. A child of the window, which it never leaves; it stands
/// beside what it explains, never over it. Takes the focus and gives it back; Esc and a press elsewhere
/// close.
class HowPopover : public QFrame {
    Q_OBJECT
public:
    explicit HowPopover(QWidget* window);

    /// Opens beside `anchor`, a rectangle of the window.
    void open(const HowText& text, const QRect& anchor);
    void close();
    const HowText& text() const { return m_text; }

    /// Where a card of `size` stands inside `within` so that it leaves `anchor` free: below, above, at the
    /// right or at the left, as there is room; smaller where there is none.
    static QRect placeBeside(const QSize& size, const QRect& anchor, const QRect& within);

Q_SIGNALS:
    /// A text went to the clipboard; a word for the status line.
    void copied(const QString& what);
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void fill();
    void copy(const QString& text, const QString& what);

    HowText m_text;
    QScrollArea* m_scroll;
    QWidget* m_page;
    QLabel *m_title, *m_value, *m_plain, *m_formula, *m_source;
    QWidget *m_rowsLine, *m_requestLine, *m_requestHead;
    QGridLayout* m_rows;
    QPlainTextEdit* m_request;
    QPushButton *m_copyRequest, *m_copyCommand;
    QPointer<QWidget> m_before; ///< had the focus
};

} // namespace cutaway::widgets
