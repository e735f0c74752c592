// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/lanes.h"

#include "widgets/util/icons.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/lane_ties.h"
#include "widgets/views/token_strip.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace cutaway::widgets {

namespace {

constexpr int nameWidth = 14;
constexpr int rightColumn = 188; ///< what the lanes mean, and lane B's buttons

QLabel* laneName(const QString& name) {
    auto* label = new QLabel(name);
    label->setProperty("role", QStringLiteral("mute"));
    label->setFixedWidth(nameWidth);
    return label;
}

} // namespace

Lanes::Lanes(QWidget* parent)
    : QWidget(parent), m_own(new TokenStrip), m_donor(new TokenStrip), m_ties(new LaneTies(m_own, m_donor)),
      m_ownName(laneName(tr("A"))), m_donorName(laneName(tr("B"))), m_below(new QWidget),
      m_stack(new QStackedWidget), m_edit(new QLineEdit),
      m_sentence(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)),
      m_swap(button(tr("Swap the lanes"), tr("Swap the lanes: B runs, A lends (Ctrl+Shift+B)"))),
      m_write(button(tr("Edit lane B"), tr("Edit lane B (Ctrl+D)"))),
      m_close(button(tr("Close lane B"), tr("Close lane B"))) {
    m_donor->setDonor(true);
    m_edit->setFont(typeFont(Theme::Type::Mono));
    m_edit->setProperty("role", QStringLiteral("prompt"));
    m_edit->setAccessibleName(tr("Second prompt"));
    m_edit->setPlaceholderText(tr("A second prompt to borrow from"));
    m_edit->installEventFilter(this);
    m_stack->addWidget(m_donor);
    auto* writing = new QWidget;
    auto* line = new QVBoxLayout(writing);
    line->setContentsMargins(0, 4, 0, 4);
    line->addStretch();
    line->addWidget(m_edit);
    line->addStretch();
    m_stack->addWidget(writing);
    m_stack->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_sentence->setLeast(rightColumn);
    m_sentence->setFixedWidth(rightColumn); // both lanes are as wide as each other
    m_sentence->hide();

    auto* first = new QHBoxLayout;
    first->setContentsMargins(12, 0, 12, 0);
    first->setSpacing(8);
    first->addWidget(m_ownName);
    first->addWidget(m_own, 1);
    first->addWidget(m_sentence);
    auto* between = new QHBoxLayout;
    between->setContentsMargins(12 + nameWidth + 8, 0, 12 + rightColumn + 8, 0); // under the chips alone
    between->setSpacing(0);
    between->addWidget(m_ties);
    auto* second = new QHBoxLayout;
    second->setContentsMargins(12, 0, 12, 0);
    second->setSpacing(8);
    second->addWidget(m_donorName);
    second->addWidget(m_stack, 1);
    auto* buttons = new QWidget;
    buttons->setFixedWidth(rightColumn);
    auto* right = new QHBoxLayout(buttons);
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(4);
    right->addWidget(m_swap);
    right->addWidget(m_write);
    right->addWidget(m_close);
    right->addStretch();
    second->addWidget(buttons);
    auto* lower = new QVBoxLayout(m_below);
    lower->setContentsMargins(0, 0, 0, 0);
    lower->setSpacing(0);
    lower->addLayout(between);
    lower->addLayout(second);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(first);
    column->addWidget(m_below);
    m_below->hide();

    connect(m_edit, &QLineEdit::returnPressed, this, [this] {
        const QString text = m_edit->text();
        closeEditor();
        if (text != m_state.text) Q_EMIT donorCommitted(text);
    });
    connect(m_write, &QToolButton::clicked, this, &Lanes::editDonor);
    connect(m_swap, &QToolButton::clicked, this, &Lanes::swapRequested);
    connect(m_close, &QToolButton::clicked, this, &Lanes::closeRequested);
    connect(m_ties, &LaneTies::tieChosen, this, &Lanes::tieChosen);
    connect(m_ties, &LaneTies::tiesReset, this, &Lanes::tiesReset);
    for (const TokenStrip* strip : {m_own, m_donor})
        connect(strip, &TokenStrip::scrolled, m_ties, QOverload<>::of(&QWidget::update));
    // Lanes of one width scroll together, each as far as it goes.
    const auto link = [](TokenStrip* from, TokenStrip* to) {
        connect(from->horizontalScrollBar(), &QScrollBar::valueChanged, to->horizontalScrollBar(),
                [bar = to->horizontalScrollBar()](int value) { bar->setValue(value); });
    };
    link(m_own, m_donor);
    link(m_donor, m_own);
    connect(&Theme::instance(), &Theme::changed, this, &Lanes::restyle);
    restyle();
}

QToolButton* Lanes::button(const QString& name, const QString& toolTip) {
    auto* made = new QToolButton;
    made->setProperty("role", QStringLiteral("flat"));
    made->setAutoRaise(true);
    made->setFocusPolicy(Qt::TabFocus);
    made->setFixedSize(24, 24);
    made->setAccessibleName(name);
    made->setToolTip(toolTip);
    return made;
}

void Lanes::restyle() {
    const Palette& p = colours();
    m_swap->setIcon(iconFor(Icon::Swap, p.mute));
    m_write->setIcon(iconFor(Icon::Pencil, p.mute));
    m_close->setIcon(iconFor(Icon::Close, p.mute));
}

void Lanes::setDonor(const DonorLaneState& state) {
    if (state == m_state) return;
    const bool opened = state.present && !m_state.present;
    m_state = state;
    m_below->setVisible(state.present);
    m_sentence->setVisible(state.present);
    m_donor->setChips(state.chips);
    m_donor->setEnabled(!state.stale);
    if (!editing()) m_edit->setText(state.text);
    m_sentence->setText(state.sentence);
    m_sentence->setToolTip(tipText(
        tr("%1\nA is the prompt that runs. Cuts can take values from the tokens of B tied to its own.")
            .arg(state.sentence)));
    m_ties->setTies(state.ties, state.changed);
    if (!state.present || opened) closeEditor();
    updateGeometry();
}

void Lanes::editDonor() {
    m_edit->setText(m_state.text);
    m_edit->setModified(false);
    m_stack->setCurrentIndex(1);
    m_edit->setFocus();
    m_edit->selectAll();
}

bool Lanes::editing() const {
    return m_stack->currentIndex() == 1;
}

void Lanes::closeEditor() {
    if (!editing()) return;
    const bool focused = m_edit->hasFocus();
    m_stack->setCurrentIndex(0);
    if (focused) m_donor->setFocus();
}

bool Lanes::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_edit && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        m_edit->setText(m_state.text);
        closeEditor();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace cutaway::widgets
