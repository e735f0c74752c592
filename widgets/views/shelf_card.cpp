// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/shelf_card.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/elided_label.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr int iconInset = 4;
constexpr int placeInset = 8; ///< what the style puts around a button's words
constexpr int edge = 10;

QToolButton* flatButton(const char* role = "flat") {
    auto* button = new QToolButton;
    button->setProperty("role", QLatin1String(role));
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

QLabel* plainLabel(const char* role) {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setProperty("role", QLatin1String(role));
    label->setMinimumWidth(0);
    return label;
}

} // namespace

ShelfCard::ShelfCard(QWidget* parent)
    : QFrame(parent), m_toggle(flatButton()), m_title(new ElidedLabel(Theme::Type::BodyStrong)),
      m_kind(flatButton("kind")), m_solo(flatButton("switch")), m_mute(flatButton("switch")),
      m_delete(flatButton()), m_place(flatButton("place")),
      m_where(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)),
      m_strength(new QSlider(Qt::Horizontal)), m_strengthText(new ElidedLabel(Theme::Type::Caption)),
      m_effect(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)),
      m_paused(plainLabel("caption")), m_fix(flatButton("button")), m_textLine(new QWidget),
      m_text(new ElidedLabel(Theme::Type::MonoCaption, ElidedLabel::Tone::Mute)), m_copy(flatButton()) {
    setFocusPolicy(Qt::StrongFocus);
    m_toggle->setCheckable(true);
    m_toggle->setFixedSize(20, 20);
    for (QToolButton* button : {m_solo, m_mute}) {
        button->setCheckable(true);
        button->setFixedSize(18, 18);
    }
    m_solo->setText(tr("S"));
    m_solo->setToolTip(tr("Solo: only this cut, and others that are solo (Shift+M)"));
    m_solo->setAccessibleName(tr("Solo"));
    m_mute->setText(tr("M"));
    m_mute->setToolTip(tr("Mute: as if it were not there (M)"));
    m_mute->setAccessibleName(tr("Mute"));
    m_effect->setTabular(true);
    m_delete->setFixedSize(20, 20);
    m_delete->setToolTip(tr("Take this cut off the shelf"));
    m_delete->setAccessibleName(tr("Delete"));
    m_kind->setPopupMode(QToolButton::InstantPopup);
    m_kind->setMenu(new QMenu(m_kind));
    m_kind->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_place->setPopupMode(QToolButton::InstantPopup);
    m_place->setMenu(new QMenu(m_place));
    m_place->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_place->setToolTip(tr("Where this cut acts"));
    m_strengthText->setTabular(true);
    m_strength->setRange(0, 100);
    m_strength->setSingleStep(1);
    m_strength->setPageStep(10);
    m_strength->setFocusPolicy(Qt::StrongFocus);
    m_copy->setFixedSize(20, 20);
    m_copy->setToolTip(tr("Copy the text form"));
    m_copy->setAccessibleName(tr("Copy text form"));
    m_paused->setWordWrap(true);

    auto* head = new QHBoxLayout;
    head->setSpacing(6);
    head->setContentsMargins(placeInset - iconInset, 0, placeInset - iconInset,
                             0); // the marks stand at the edge
    head->addWidget(m_toggle);
    head->addWidget(m_title);
    head->addSpacing(2);
    head->addWidget(m_kind);
    head->addStretch();
    head->addWidget(m_solo);
    head->addWidget(m_mute);
    head->addWidget(m_delete);
    auto* where = new QHBoxLayout;
    where->setSpacing(4);
    where->setContentsMargins(0, 0, placeInset, 0); // the words stand at the edge, not their button
    where->addWidget(m_place);
    where->addWidget(m_where, 1);
    auto* textLine = new QHBoxLayout(m_textLine);
    textLine->setContentsMargins(0, 5, 0, 0);
    textLine->addWidget(m_text, 1);
    textLine->addWidget(m_copy);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(edge - placeInset, 7, edge - placeInset, 8);
    column->setSpacing(3);
    column->addLayout(head);
    column->addLayout(where);
    const auto inset = [column](QWidget* widget) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(placeInset, 0, placeInset, 0);
        row->addWidget(widget);
        column->addLayout(row);
    };
    inset(m_strength);
    auto* figures = new QHBoxLayout;
    figures->setContentsMargins(placeInset, 0, placeInset, 0);
    figures->setSpacing(8);
    m_strengthText->setLeast(86);
    figures->addWidget(m_strengthText);
    figures->addStretch();
    figures->addWidget(m_effect);
    column->addLayout(figures);
    inset(m_paused);
    auto* fix = new QHBoxLayout;
    fix->setContentsMargins(placeInset, 0, placeInset, 0);
    fix->addWidget(m_fix);
    fix->addStretch();
    column->addLayout(fix);
    inset(m_textLine);

    connect(m_toggle, &QToolButton::clicked, this, [this](bool on) { Q_EMIT enabledChanged(on); });
    connect(m_solo, &QToolButton::clicked, this, [this](bool on) { Q_EMIT soloChanged(on); });
    connect(m_mute, &QToolButton::clicked, this, [this](bool muted) { Q_EMIT enabledChanged(!muted); });
    connect(m_delete, &QToolButton::clicked, this, &ShelfCard::deleteRequested);
    connect(m_fix, &QToolButton::clicked, this, &ShelfCard::fixRequested);
    connect(m_kind->menu(), &QMenu::aboutToShow, this, &ShelfCard::fillKinds);
    connect(m_place->menu(), &QMenu::aboutToShow, this, &ShelfCard::fillPlaces);
    connect(m_strength, &QSlider::valueChanged, this, &ShelfCard::sliderMoved);
    connect(m_strength, &QSlider::sliderReleased, this, &ShelfCard::commit);
    connect(m_copy, &QToolButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_state.text);
        Q_EMIT textCopied(m_state.text);
    });
    connect(&Theme::instance(), &Theme::changed, this, &ShelfCard::restyle);
    restyle();
}

void ShelfCard::setState(const ShelfCardState& state) {
    m_state = state;
    m_title->setText(state.title);
    m_kind->setText(state.kind + QStringLiteral(" ▾"));
    m_kind->setAccessibleName(tr("Kind: %1").arg(state.kind));
    m_toggle->setChecked(state.enabled);
    m_kind->setToolTip(state.kindTip);
    m_toggle->setToolTip(state.enabled ? tr("Switch this cut off") : tr("Switch this cut on"));
    m_toggle->setAccessibleName(state.enabled ? tr("On") : tr("Off"));
    m_solo->setChecked(state.solo);
    m_mute->setChecked(!state.enabled);
    m_effect->setText(state.effectWord.isEmpty()
                          ? state.effect
                          : QStringLiteral("%1 · %2").arg(state.effect, state.effectWord));
    m_effect->setToolTip(tipText(state.effectTip));
    m_effect->setAccessibleDescription(state.effectTip);
    m_effect->setTone(state.effectStale ? ElidedLabel::Tone::Faint : ElidedLabel::Tone::Mute);
    m_effect->setVisible(!state.effect.isEmpty());
    m_place->setText(state.places.empty() ? state.positions : state.positions + QStringLiteral(" ▾"));
    m_place->setEnabled(!state.places.empty());
    m_place->setAccessibleName(tr("Positions: %1").arg(state.positions));
    m_where->setText(state.detail.isEmpty() ? QString() : QStringLiteral("· ") + state.detail);
    if (!m_strength->isSliderDown()) {
        const QSignalBlocker quiet(m_strength);
        m_strength->setValue(static_cast<int>(std::lround(state.strength * 100)));
    }
    m_strengthText->setText(tr("strength %1").arg(formatNumber(m_strength->value() / 100.0)));
    m_strength->setAccessibleName(tr("Strength of the cut on %1").arg(state.title));
    m_paused->setText(state.paused);
    m_paused->setVisible(!state.paused.isEmpty());
    m_fix->setText(state.fix);
    m_fix->setVisible(!state.fix.isEmpty() && !state.paused.isEmpty());
    m_strength->setEnabled(state.enabled && !state.silenced && state.paused.isEmpty());
    m_text->setText(state.text);
    m_textLine->setVisible(state.selected && !state.text.isEmpty());
    setToolTip(tipText(state.text));
    QString said = tr("Cut on %1, %2, %3, strength %4")
                       .arg(state.title, state.kind, state.positions, formatNumber(state.strength));
    if (!state.enabled) said += tr(", muted");
    if (state.solo) said += tr(", solo");
    if (state.silenced) said += tr(", silent: another card is solo");
    if (!state.effect.isEmpty() && !state.effectStale) said += QStringLiteral(", ") + state.effect;
    if (!state.paused.isEmpty()) said += tr(", paused: %1").arg(state.paused);
    setAccessibleName(said);
    restyle();
}

void ShelfCard::restyle() {
    const Palette& p = colours();
    const bool works = m_state.enabled && !m_state.silenced && m_state.paused.isEmpty();
    m_toggle->setIcon(iconFor(Icon::Cut, works ? p.cut : p.faint));
    // A calm shelf: what takes a card away shows up when the pointer is on it.
    m_delete->setIcon(iconFor(Icon::Close, underMouse() || m_delete->hasFocus() ? p.mute : p.line));
    m_copy->setIcon(iconFor(Icon::Copy, p.mute));
    m_title->setEnabled(works);
    if (m_kind->property("quiet").toBool() == works) {
        m_kind->setProperty("quiet", !works);
        style()->unpolish(m_kind); // the sheet looks at properties only then
        style()->polish(m_kind);
    }
    update();
}

void ShelfCard::focusKind() {
    m_kind->setFocus(Qt::OtherFocusReason);
}

void ShelfCard::fillKinds() {
    QMenu* menu = m_kind->menu();
    menu->clear();
    menu->setToolTipsVisible(true);
    for (const KindChoice& choice : m_state.kinds) {
        QAction* action = menu->addAction(choice.reason.isEmpty()
                                              ? choice.label
                                              : QStringLiteral("%1 — %2").arg(choice.label, choice.reason));
        action->setEnabled(choice.reason.isEmpty());
        action->setCheckable(true);
        action->setChecked(choice.label == m_state.kind);
        connect(action, &QAction::triggered, this, [this, id = choice.id] { Q_EMIT kindChosen(id); });
    }
}

void ShelfCard::fillPlaces() {
    QMenu* menu = m_place->menu();
    menu->clear();
    for (const KindChoice& choice : m_state.places) {
        QAction* action =
            menu->addAction(QString(choice.label).replace(QLatin1Char('&'), QStringLiteral("&&")));
        action->setEnabled(choice.reason.isEmpty());
        action->setCheckable(true);
        action->setChecked(choice.label == m_state.positions);
        connect(action, &QAction::triggered, this, [this, id = choice.id] { Q_EMIT placeChosen(id); });
    }
    menu->addSeparator();
    connect(menu->addAction(tr("Other positions…")), &QAction::triggered, this,
            [this] { Q_EMIT placeChosen(QStringLiteral("?")); });
}

void ShelfCard::setDropTarget(bool target) {
    if (target == m_dropTarget) return;
    m_dropTarget = target;
    update();
}

void ShelfCard::sliderMoved(int value) {
    m_strengthText->setText(tr("strength %1").arg(formatNumber(value / 100.0)));
    m_changing = true;
    Q_EMIT strengthChanging(value / 100.0);
    // Keys and the wheel have no release: each step is whole in itself.
    if (!m_strength->isSliderDown()) commit();
}

void ShelfCard::commit() {
    if (!m_changing) return;
    m_changing = false;
    Q_EMIT strengthCommitted(m_strength->value() / 100.0);
}

void ShelfCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const bool lit = m_state.selected || hasFocus();
    paintBox(painter, QRectF(rect()), 8, m_dropTarget ? p.accentGround : p.page,
             lit || m_dropTarget ? p.accent : p.line, hasFocus() || m_dropTarget ? 2.0 : 1.0);
    if (m_textLine->isVisible()) {
        painter.setPen(QPen(p.line, 1));
        const int y = m_textLine->y() + 2;
        painter.drawLine(10, y, width() - 10, y);
    }
}

void ShelfCard::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) Q_EMIT selected();
}

void ShelfCard::keyPressEvent(QKeyEvent* event) {
    const auto step = [this](int by) { m_strength->setValue(m_strength->value() + by); };
    switch (event->key()) {
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        Q_EMIT deleteRequested();
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        Q_EMIT selected();
        break;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (!(event->modifiers() & Qt::AltModifier)) return QFrame::keyPressEvent(event);
        Q_EMIT moveRequested(event->key() == Qt::Key_Up ? -1 : 1);
        break;
    case Qt::Key_BracketLeft:
        step(-5);
        break;
    case Qt::Key_BracketRight:
        step(5);
        break;
    default:
        QFrame::keyPressEvent(event);
    }
}

void ShelfCard::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [&](const QString& text, const char* keys, bool can, auto what) {
        QAction* action = menu->addAction(text + QLatin1Char('\t') + QString::fromUtf8(keys));
        action->setEnabled(can);
        connect(action, &QAction::triggered, this, what);
        return action;
    };
    QAction* solo = add(tr("Solo"), "Shift+M", true, [this](bool on) { Q_EMIT soloChanged(on); });
    QAction* mute = add(tr("Mute"), "M", true, [this](bool on) { Q_EMIT enabledChanged(!on); });
    for (QAction* action : {solo, mute})
        action->setCheckable(true);
    solo->setChecked(m_state.solo);
    mute->setChecked(!m_state.enabled);
    menu->addSeparator();
    add(tr("Duplicate"), "Ctrl+Shift+D", true, [this] { Q_EMIT duplicateRequested(); });
    add(tr("Split into single cuts"), "", m_state.canSplit, [this] { Q_EMIT splitRequested(); });
    add(tr("Earlier on its target"), "Alt+↑", m_state.canMove, [this] { Q_EMIT moveRequested(-1); });
    add(tr("Later on its target"), "Alt+↓", m_state.canMove, [this] { Q_EMIT moveRequested(1); });
    add(tr("Copy as text"), "", true, [this] { m_copy->click(); });
    menu->addSeparator();
    add(tr("Delete"), "Del", true, [this] { Q_EMIT deleteRequested(); });
    menu->popup(event->globalPos());
}

void ShelfCard::focusInEvent(QFocusEvent* event) {
    update();
    QFrame::focusInEvent(event);
}

void ShelfCard::focusOutEvent(QFocusEvent* event) {
    update();
    QFrame::focusOutEvent(event);
}

void ShelfCard::enterEvent(QEnterEvent* event) {
    restyle();
    QFrame::enterEvent(event);
}

void ShelfCard::leaveEvent(QEvent* event) {
    restyle();
    QFrame::leaveEvent(event);
}

} // namespace cutaway::widgets
