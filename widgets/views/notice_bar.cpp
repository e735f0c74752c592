// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/notice_bar.h"

#include "widgets/util/icons.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include <algorithm>

namespace cutaway::widgets {

NoticeBar::NoticeBar(QWidget* parent)
    : QWidget(parent), m_text(new QLabel), m_buttons(new QHBoxLayout), m_close(new QToolButton) {
    setAccessibleName(tr("Notice"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setProperty("role", QStringLiteral("note"));
    m_close->setProperty("role", QStringLiteral("flat"));
    m_close->setAutoRaise(true);
    m_close->setFixedSize(22, 22);
    m_close->setText(QStringLiteral("✕"));
    m_close->setAccessibleName(tr("Close the notice"));
    m_close->setToolTip(tr("Close the notice"));
    m_buttons->setSpacing(6);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 6, 10, 6);
    row->setSpacing(12);
    row->addWidget(m_text, 1);
    row->addLayout(m_buttons);
    row->addWidget(m_close);
    connect(m_close, &QToolButton::clicked, this, [this] {
        if (!m_notices.empty()) m_notices.pop_front();
        refresh();
    });
    followTheme(this);
    hide();
}

void NoticeBar::show(Notice notice) {
    const auto same = std::find_if(m_notices.begin(), m_notices.end(),
                                   [&](const Notice& other) { return other.id == notice.id; });
    if (same == m_notices.end())
        m_notices.push_back(std::move(notice));
    else
        *same = std::move(notice);
    refresh();
}

void NoticeBar::withdraw(const QString& id) {
    std::erase_if(m_notices, [&](const Notice& notice) { return notice.id == id; });
    refresh();
}

void NoticeBar::answer(int index) {
    if (m_notices.empty()) return;
    const Notice notice = m_notices.front();
    if (index < 0 || index >= static_cast<int>(notice.answers.size())) return;
    m_notices.pop_front();
    refresh();
    if (const auto& act = notice.answers[static_cast<std::size_t>(index)].act) act();
}

void NoticeBar::refresh() {
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater(); // it may be the one that was pressed
        delete item;
    }
    setVisible(!m_notices.empty());
    if (m_notices.empty()) return;
    const Notice& notice = m_notices.front();
    m_text->setText(notice.warning ? QStringLiteral("⚠ ") + notice.text : notice.text);
    for (std::size_t i = 0; i < notice.answers.size(); ++i) {
        auto* button = new QToolButton;
        button->setProperty("role",
                            notice.answers[i].primary ? QStringLiteral("primary") : QStringLiteral("button"));
        button->setText(notice.answers[i].text);
        button->setFocusPolicy(Qt::StrongFocus);
        connect(button, &QToolButton::clicked, this, [this, i] { answer(static_cast<int>(i)); });
        m_buttons->addWidget(button);
    }
    m_close->setVisible(notice.closable);
    QAccessibleEvent said(m_text, QAccessible::Alert);
    QAccessible::updateAccessibility(&said);
    update();
}

void NoticeBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);

    painter.fillRect(rect(), colours().panel);
    painter.fillRect(QRect(0, 0, 3, height()), colours().accent);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

} // namespace cutaway::widgets
