// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/how_popover.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace cutaway::widgets {

namespace {

constexpr int kShadow = 12;
constexpr int kWidth = 440;
constexpr int kMargin = 18;
constexpr int kApart = 4; ///< between the card and what it explains

QLabel* label(const char* role) {
    auto* made = new QLabel;
    made->setTextFormat(Qt::PlainText); // tokens and names come from files
    made->setProperty("role", QLatin1String(role));
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return made;
}

QWidget* line() {
    auto* made = new QWidget;
    made->setProperty("role", QStringLiteral("line"));
    made->setAttribute(Qt::WA_StyledBackground);
    made->setFixedHeight(1);
    return made;
}

void say(QLabel* label, const QString& text) {
    label->setText(text);
    label->setVisible(!text.isEmpty());
}

} // namespace

HowPopover::HowPopover(QWidget* window)
    : QFrame(window), m_scroll(new QScrollArea), m_page(new QWidget), m_title(label("strong")),
      m_value(label("value")), m_plain(label("mute")), m_formula(label("formula")), m_source(label("faint")),
      m_rowsLine(line()), m_requestLine(line()), m_requestHead(new QWidget), m_rows(new QGridLayout),
      m_request(new QPlainTextEdit), m_copyRequest(new QPushButton(tr("Copy request"))),
      m_copyCommand(new QPushButton(tr("Copy command"))) {
    setFocusPolicy(Qt::StrongFocus);
    hide();
    auto* close = new QToolButton;
    close->setProperty("role", QStringLiteral("flat"));
    close->setFixedSize(24, 24);
    close->setAccessibleName(tr("Close"));
    close->setToolTip(tr("Close (Esc)"));
    close->setFocusPolicy(Qt::NoFocus); // Esc is its key
    const auto dress = [close] { close->setIcon(iconFor(Icon::Close, colours().mute)); };
    dress();
    connect(&Theme::instance(), &Theme::changed, close, dress);
    auto* top = new QHBoxLayout;
    top->addWidget(m_title, 1);
    top->addWidget(close, 0, Qt::AlignTop);

    m_rows->setHorizontalSpacing(16);
    m_rows->setVerticalSpacing(4);
    m_rows->setColumnStretch(1, 1);
    m_request->setReadOnly(true);
    m_request->setTabChangesFocus(true);
    m_request->setFrameShape(QFrame::NoFrame);
    m_request->setFixedHeight(76);
    m_request->setWordWrapMode(QTextOption::WrapAnywhere);
    m_request->setAccessibleName(tr("Request"));
    auto* head = new QHBoxLayout(m_requestHead);
    head->setContentsMargins(0, 0, 0, 0);
    QLabel* word = label("head");
    word->setText(tr("REQUEST"));
    head->addWidget(word, 1);
    head->addWidget(m_copyRequest);
    head->addWidget(m_copyCommand);

    auto* column = new QVBoxLayout(m_page);
    column->setContentsMargins(kMargin, 12, kMargin - 6, 14);
    column->setSpacing(8);
    column->addLayout(top);
    for (QWidget* part : std::array<QWidget*, 5>{m_value, m_plain, m_formula, m_source, m_rowsLine})
        column->addWidget(part);
    column->addLayout(m_rows);
    for (QWidget* part : std::array<QWidget*, 3>{m_requestLine, m_requestHead, m_request})
        column->addWidget(part);
    m_page->setProperty("role", QStringLiteral("panel"));
    m_page->setAttribute(Qt::WA_StyledBackground);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_page);
    auto* around = new QVBoxLayout(this);
    around->setContentsMargins(kShadow + 2, kShadow + 2, kShadow + 2, kShadow + 2);
    around->addWidget(m_scroll);

    connect(close, &QToolButton::clicked, this, &HowPopover::close);
    connect(m_copyRequest, &QPushButton::clicked, this,
            [this] { copy(m_text.request, tr("request copied")); });
    connect(m_copyCommand, &QPushButton::clicked, this,
            [this] { copy(m_text.command, tr("command copied")); });
    followTheme(this);
}

void HowPopover::fill() {
    m_formula->setFont(typeFont(Theme::Type::MonoCaption));
    m_request->setFont(typeFont(Theme::Type::MonoCaption));
    say(m_title, m_text.title);
    say(m_value, m_text.value);
    say(m_plain, m_text.plain);
    say(m_formula, m_text.formula);
    say(m_source, m_text.source);
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    int row = 0;
    for (const auto& [name, text, tip] : m_text.rows) {
        QLabel* left = label("caption");
        left->setText(name);
        left->setToolTip(tip);
        if (!tip.isEmpty()) left->setCursor(Qt::WhatsThisCursor);
        QLabel* right = label("small");
        right->setText(text);
        m_rows->addWidget(left, row, 0, Qt::AlignTop);
        m_rows->addWidget(right, row++, 1);
        left->show();
        right->show();
    }
    m_rowsLine->setVisible(!m_text.rows.empty());
    const bool asked = !m_text.request.isEmpty();
    m_requestLine->setVisible(asked);
    m_requestHead->setVisible(asked);
    m_request->setVisible(asked);
    m_request->setPlainText(m_text.request);
    m_copyCommand->setVisible(!m_text.command.isEmpty());
    m_copyCommand->setToolTip(tipText(m_text.command));
    setAccessibleName(m_text.title);
    QStringList said{m_text.value, m_text.plain, m_text.formula};
    for (const auto& [name, text, tip] : m_text.rows)
        said << name + QStringLiteral(": ") + text;
    said.removeAll(QString());
    setAccessibleDescription(said.join(QStringLiteral(". ")));
}

QRect HowPopover::placeBeside(const QSize& size, const QRect& anchor, const QRect& within) {
    // Room on each side, best first: below, above, right, left.
    const QRect sides[] = {
        {within.left(), anchor.bottom() + 1, within.width(), within.bottom() - anchor.bottom()},
        {within.left(), within.top(), within.width(), anchor.top() - within.top()},
        {anchor.right() + 1, within.top(), within.right() - anchor.right(), within.height()},
        {within.left(), within.top(), anchor.left() - within.left(), within.height()}};
    const QRect* chosen = nullptr;
    for (const QRect& side : sides)
        if (side.width() >= size.width() && side.height() >= size.height()) {
            chosen = &side;
            break;
        }
    if (!chosen) { // the side that keeps most of it, the width first
        const auto kept = [&](const QRect& side) {
            return std::min(side.width(), size.width()) * std::min(side.height(), size.height());
        };
        chosen = std::max_element(std::begin(sides), std::end(sides),
                                  [&](const QRect& a, const QRect& b) { return kept(a) < kept(b); });
    }
    const bool upright = chosen == &sides[0] || chosen == &sides[1]; // it hangs below or stands above
    const QSize fits(std::min(size.width(), chosen->width()), std::min(size.height(), chosen->height()));
    int x = anchor.left(), y = anchor.top();
    if (chosen == &sides[0]) y = chosen->top();
    if (chosen == &sides[1]) y = chosen->bottom() - fits.height() + 1;
    if (chosen == &sides[2]) x = chosen->left();
    if (chosen == &sides[3]) x = chosen->right() - fits.width() + 1;
    if (upright)
        x = std::clamp(x, chosen->left(), chosen->right() - fits.width() + 1);
    else
        y = std::clamp(y, chosen->top(), chosen->bottom() - fits.height() + 1);
    return {QPoint(x, y), fits};
}

void HowPopover::open(const HowText& text, const QRect& anchor) {
    if (!isVisible()) m_before = QApplication::focusWidget();
    m_text = text;
    fill();
    // Labels that wrap say how high they are once the width is known.
    const int inner = kWidth - 4;
    m_page->setMinimumWidth(0);
    m_page->layout()->activate();
    const int height = m_page->layout()->hasHeightForWidth() ? m_page->layout()->totalHeightForWidth(inner)
                                                             : m_page->layout()->totalSizeHint().height();
    // The shadow may lie over what is explained, the card not.
    const QRect place = placeBeside({kWidth, height + 4}, anchor.adjusted(-kApart, -kApart, kApart, kApart),
                                    parentWidget()->rect().adjusted(kApart, kApart, -kApart, -kApart));
    setGeometry(place.adjusted(-kShadow, -kShadow, kShadow, kShadow));
    raise();
    show();
    setFocus();
    qApp->removeEventFilter(this);
    qApp->installEventFilter(this);
}

void HowPopover::close() {
    if (!isVisible()) return;
    qApp->removeEventFilter(this);
    const bool inside = QApplication::focusWidget() == this || isAncestorOf(QApplication::focusWidget());
    hide();
    if (m_before && (inside || !QApplication::focusWidget())) m_before->setFocus();
    Q_EMIT closed();
}

void HowPopover::copy(const QString& text, const QString& what) {
    QApplication::clipboard()->setText(text);
    Q_EMIT copied(what);
}

bool HowPopover::eventFilter(QObject* watched, QEvent* event) {
    auto* widget = qobject_cast<QWidget*>(watched);
    const bool inside = widget && (widget == this || isAncestorOf(widget));
    if (event->type() == QEvent::ShortcutOverride &&
        inside) { // keys of the window cut and step: not from here
        const auto* pressed = static_cast<QKeyEvent*>(event);
        if (!(pressed->modifiers() & (Qt::ControlModifier | Qt::AltModifier))) {
            event->accept();
            return true;
        }
    }
    // A press elsewhere in the window closes, and does what it does there.
    if (event->type() == QEvent::MouseButtonPress && widget && widget->window() == window() && !inside)
        close();
    return QFrame::eventFilter(watched, event);
}

void HowPopover::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape)
        close();
    else if (event->matches(QKeySequence::Copy))
        copy(m_text.request.isEmpty() ? m_text.plain : m_text.request, tr("request copied"));
}

void HowPopover::mousePressEvent(QMouseEvent* event) {
    event->accept(); // or it would be a press on the window
}

void HowPopover::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QRectF box = QRectF(rect()).adjusted(kShadow, kShadow, -kShadow, -kShadow);
    paintShadow(painter, box, 8, kShadow);
    paintBox(painter, box, 8, colours().panel, colours().line);
}

} // namespace cutaway::widgets
