// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <deque>
#include <functional>
#include <vector>

QT_BEGIN_NAMESPACE
class QHBoxLayout;
class QLabel;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// Something the window has to say that stays until it is answered or closed.
struct Notice {
    struct Answer {
        QString text;
        std::function<void()> act; ///< the notice goes first
        bool primary = false;
    };
    QString id;   ///< a notice takes the place of the one with its id
    QString text; ///< one or two sentences, plain text
    bool warning = false;
    std::vector<Answer> answers;
    bool closable = true;
};

/// One line above everything else with what is to be answered; further notices wait behind it. Hidden while
/// there is none.
class NoticeBar : public QWidget {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);

    void show(Notice notice);
    /// Takes a notice away, shown or waiting.
    void withdraw(const QString& id);
    const std::deque<Notice>& notices() const { return m_notices; }
    /// As if the button of the shown notice had been pressed.
    void answer(int index);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void refresh();

    std::deque<Notice> m_notices;
    QLabel* m_text;
    QHBoxLayout* m_buttons;
    QToolButton* m_close;
};

} // namespace cutaway::widgets
