// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/prompt_bar.h"

#include "widgets/util/icons.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/model_button.h"
#include "widgets/views/step_button.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QToolButton>

namespace cutaway::widgets {

PromptBar::PromptBar(QWidget* parent)
    : QWidget(parent), m_model(new ModelButton), m_prompt(new QLineEdit),
      m_donor(button(tr("Add a second prompt, lane B"),
                     tr("A second prompt to borrow from. Ctrl+D copies this one."))),
      m_start(button(tr("To the start"), tr("Take back every step"))),
      m_back(button(tr("Step back"), tr("Take the last token back (Ctrl+←)"))),
      m_step(new StepButton(StepButton::Part::Step)),
      m_alternatives(new StepButton(StepButton::Part::Alternatives)),
      m_end(button(tr("To the end"), tr("Append tokens until the model ends"))), m_device(new QLabel),
      m_mark(new QAction(this)) {
    setFixedHeight(48);
    m_prompt->setFont(typeFont(Theme::Type::Mono));
    m_prompt->setProperty("role", QStringLiteral("prompt"));
    m_prompt->setPlaceholderText(tr("Write a prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_step->setText(tr("step"));
    m_step->setAccessibleName(tr("Step"));
    m_step->setToolTip(tr("Append the model's next token (Ctrl+→)"));
    m_alternatives->setAccessibleName(tr("Pick another token"));
    m_alternatives->setToolTip(tr("Append another token instead"));
    m_device->setTextFormat(Qt::PlainText);
    m_device->setProperty("role", QStringLiteral("box"));
    m_mark->setVisible(false);
    m_prompt->addAction(m_mark, QLineEdit::TrailingPosition);

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 0, 14, 0);
    row->setSpacing(10);
    row->addWidget(m_model);
    row->addWidget(m_prompt, 1);
    m_donor->setText(tr("+ donor B"));
    row->addWidget(m_donor);
    row->addWidget(m_start);
    row->addWidget(m_back);
    auto* step = new QHBoxLayout;
    step->setSpacing(0);
    step->addWidget(m_step);
    step->addWidget(m_alternatives);
    row->addLayout(step);
    row->addWidget(m_end);
    row->addWidget(m_device);

    connect(m_prompt, &QLineEdit::textEdited, this, &PromptBar::promptEdited);
    connect(m_prompt, &QLineEdit::returnPressed, this, [this] {
        m_prompt->setModified(false); // from here on the session says what stands in the line
        Q_EMIT promptCommitted(m_prompt->text());
    });
    connect(m_donor, &QToolButton::clicked, this, &PromptBar::donorRequested);
    connect(m_start, &QToolButton::clicked, this, &PromptBar::toStart);
    connect(m_back, &QToolButton::clicked, this, &PromptBar::stepBack);
    connect(m_step, &QToolButton::clicked, this, &PromptBar::stepForward);
    connect(m_end, &QToolButton::clicked, this, &PromptBar::toEnd);
    connect(m_alternatives, &QToolButton::clicked, this, &PromptBar::alternativesRequested);
    connect(&Theme::instance(), &Theme::changed, this, &PromptBar::restyle);
    restyle();
}

QToolButton* PromptBar::button(const QString& name, const QString& toolTip) {
    auto* made = new QToolButton;
    made->setProperty("role", QStringLiteral("button"));
    made->setFocusPolicy(Qt::TabFocus);
    made->setAccessibleName(name);
    made->setToolTip(toolTip);
    return made;
}

void PromptBar::restyle() {
    const Palette& p = colours();
    m_start->setIcon(iconFor(Icon::StepFirst, p.text));
    m_back->setIcon(iconFor(Icon::StepBack, p.text));
    m_end->setIcon(iconFor(Icon::StepLast, p.text));
    m_mark->setIcon(iconFor(Icon::Warning, p.text));
    for (QToolButton* b : {m_start, m_back, m_end})
        b->setIconSize(QSize(12, 12));
    update();
}

void PromptBar::setModel(const QString& name, const QString& size) {
    m_model->setModel(name, size);
}

void PromptBar::setModelMenu(QMenu* menu) {
    m_model->setMenu(menu);
}

void PromptBar::setPrompt(const QString& prompt) {
    if (prompt == m_prompt->text()) return;
    if (m_prompt->hasFocus() && m_prompt->isModified()) return;
    m_prompt->setText(prompt);
    m_prompt->setCursorPosition(0);
}

QString PromptBar::prompt() const {
    return m_prompt->text();
}

void PromptBar::setPromptError(const QString& sentence) {
    m_mark->setVisible(!sentence.isEmpty());
    m_mark->setToolTip(tipText(sentence));
    m_prompt->setToolTip(tipText(sentence));
    m_prompt->setAccessibleDescription(sentence);
}

void PromptBar::setCanAddDonor(bool can) {
    m_donor->setVisible(can);
}

void PromptBar::setSteps(bool canStepBack, bool canStepForward) {
    m_start->setEnabled(canStepBack);
    m_back->setEnabled(canStepBack);
    m_step->setEnabled(canStepForward);
    m_alternatives->setEnabled(canStepForward);
    m_end->setEnabled(canStepForward);
}

void PromptBar::setDevice(const QString& device) {
    m_device->setText(device);
    m_device->setVisible(!device.isEmpty());
    m_device->setAccessibleName(tr("Computed on %1").arg(device));
}

QPoint PromptBar::alternativesPos() const {
    return m_alternatives->mapToGlobal(m_alternatives->rect().bottomLeft());
}

void PromptBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), colours().panel);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

} // namespace cutaway::widgets
