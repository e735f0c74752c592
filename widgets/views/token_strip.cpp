// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/token_strip.h"

#include "widgets/delegates/token_delegate.h"
#include "widgets/models/token_model.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLinearGradient>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <utility>

namespace cutaway::widgets {

namespace {
constexpr int scrollBarHeight = 6;
constexpr int fadeWidth = 28;
} // namespace

TokenStrip::TokenStrip(QWidget* parent)
    : QListView(parent), m_model(new TokenModel(this)), m_delegate(new TokenDelegate(this)) {
    setModel(m_model);
    setItemDelegate(m_delegate);
    setFlow(QListView::LeftToRight);
    setLayoutDirection(Qt::LeftToRight); // positions count from the left whatever the script
    setWrapping(false);
    setSpacing(2);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(QAbstractItemView::NoSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setResizeMode(QListView::Fixed);
    setMouseTracking(true);
    setAccessibleName(tr("Tokens of the prompt"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    viewport()->setAutoFillBackground(false);
    // Chips stay where they are when a scroll bar comes below them.
    connect(horizontalScrollBar(), &QScrollBar::rangeChanged, this, [this](int, int most) {
        setViewportMargins(0, most > 0 ? scrollBarHeight : 0, 0, 0);
        revealEnds();
    });
    followTheme(this);
    connect(&Theme::instance(), &Theme::changed, this, &TokenStrip::doItemsLayout); // chips may be larger
}

void TokenStrip::paintEvent(QPaintEvent* event) {
    QListView::paintEvent(event);
    // Ends that go on fade out.
    QPainter painter(viewport());
    const QScrollBar* bar = horizontalScrollBar();
    const auto fade = [&](const QRect& edge, const QPointF& from, const QPointF& to) {
        QLinearGradient gradient(from, to);
        gradient.setColorAt(0, colours().page);
        gradient.setColorAt(1, faded(colours().page, 0.0));
        painter.fillRect(edge, gradient);
    };
    if (m_dropOpen) {
        const QRect chip = chipRect(m_dropPosition);
        if (m_dropPosition >= 0)
            paintBox(painter, QRectF(chip.adjusted(0, 4, 0, -4)), 6, faded(colours().accent, 0.18),
                     colours().accent, 2.0);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colours().accent, 1, Qt::DashLine));
        painter.drawRoundedRect(QRectF(viewport()->rect()).adjusted(0.5, 2.5, -0.5, -2.5), 6, 6);
    }
    const QRect all = viewport()->rect();
    if (bar->value() > bar->minimum())
        fade(QRect(0, 0, fadeWidth, all.height()), QPointF(0, 0), QPointF(fadeWidth, 0));
    if (bar->value() < bar->maximum())
        fade(QRect(all.width() - fadeWidth, 0, fadeWidth, all.height()), QPointF(all.width(), 0),
             QPointF(all.width() - fadeWidth, 0));
}

void TokenStrip::scrollContentsBy(int dx, int dy) {
    QListView::scrollContentsBy(dx, dy);
    viewport()->update(); // the fading ends do not move
    Q_EMIT scrolled();
}

void TokenStrip::setChips(std::vector<TokenChip> chips) {
    m_model->setChips(std::move(chips));
    if (m_cursor >= m_model->rowCount()) setTokenCursor(m_model->rowCount() - 1);
    doItemsLayout();
    Q_EMIT scrolled();
}

void TokenStrip::setTokenCursor(int position) {
    m_cursor = position < m_model->rowCount() ? position : m_model->rowCount() - 1;
    m_delegate->setCursor(m_cursor);
    const QModelIndex at = m_model->index(m_cursor);
    setCurrentIndex(at);
    if (at.isValid()) scrollTo(at);
    revealEnds();
    viewport()->update();
}

void TokenStrip::revealEnds() {
    // The first and the last chip show with the margin beyond them.
    QScrollBar* bar = horizontalScrollBar();
    if (m_cursor == 0) bar->setValue(bar->minimum());
    if (m_cursor > 0 && m_cursor == m_model->rowCount() - 1) bar->setValue(bar->maximum());
}

void TokenStrip::setWeights(std::vector<float> weights) {
    m_model->setWeights(std::move(weights));
}

QSize TokenStrip::sizeHint() const {
    return {400, TokenDelegate::chipHeight() + 16};
}

QSize TokenStrip::minimumSizeHint() const {
    return {120, TokenDelegate::chipHeight() + 16};
}

Payload TokenStrip::payloadAt(int position) const {
    Payload payload;
    payload.target.kind = TargetKind::Hook;
    payload.target.hook = HookKind::Embed;
    payload.position = position;
    payload.donor = m_donor;
    return payload;
}

void TokenStrip::setDonor(bool donor) {
    m_donor = donor;
    setAccessibleName(donor ? tr("Tokens of the second prompt") : tr("Tokens of the prompt"));
}

void TokenStrip::setDrop(bool open, int position) {
    if (open == m_dropOpen && position == m_dropPosition) return;
    m_dropOpen = open;
    m_dropPosition = position;
    viewport()->update();
}

int TokenStrip::chipAt(const QPoint& global) const {
    const QPoint pos = viewport()->mapFromGlobal(global);
    if (!viewport()->rect().contains(pos)) return -1;
    const QModelIndex at = indexAt(pos);
    return at.isValid() ? at.row() : -1;
}

QRect TokenStrip::chipRect(int position) const {
    return visualRect(m_model->index(position));
}

void TokenStrip::editChip(int position, const QString& text) {
    if (position < 0 || position >= m_model->rowCount()) return;
    closeEditor(false);
    scrollTo(m_model->index(position));
    m_edited = position;
    m_editor = new QLineEdit(text, viewport());
    m_editor->setFont(typeFont(Theme::Type::Mono));
    m_editor->setAccessibleName(tr("Another text for token %1").arg(position));
    const QRect chip = chipRect(position);
    const int width = std::max(chip.width() + 24, 96);
    const int left = std::clamp(chip.left() - 4, 0, std::max(viewport()->width() - width, 0));
    m_editor->setGeometry(left, (viewport()->height() - 28) / 2, width, 28);
    m_editor->selectAll();
    m_editor->show();
    m_editor->setFocus();
    m_editor->installEventFilter(this);
    connect(m_editor, &QLineEdit::returnPressed, this, [this] { closeEditor(true); });
}

void TokenStrip::closeEditor(bool commit) {
    if (!m_editor) return;
    QLineEdit* editor = std::exchange(m_editor, nullptr);
    const QString text = editor->text();
    const bool changed = editor->isModified();
    const bool focused = editor->hasFocus();
    editor->removeEventFilter(this);
    editor->hide();
    editor->deleteLater(); // it may be the sender
    if (focused) setFocus();
    if (commit && changed) Q_EMIT chipEdited(m_edited, text);
}

bool TokenStrip::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_editor) {
        if (event->type() == QEvent::FocusOut) closeEditor(false);
        if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
            closeEditor(false);
            return true;
        }
        if (event->type() == QEvent::ShortcutOverride) {
            event->accept(); // letters are letters here
            return true;
        }
    }
    return QListView::eventFilter(watched, event);
}

void TokenStrip::moveByUser(int position) {
    if (position < 0 || position >= m_model->rowCount() || position == m_cursor) return;
    setTokenCursor(position);
    Q_EMIT cursorMoved(position);
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
    const int last = m_model->rowCount() - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        moveByUser(m_cursor - 1);
        return;
    case Qt::Key_Right:
        moveByUser(m_cursor + 1);
        return;
    case Qt::Key_Home:
        moveByUser(0);
        return;
    case Qt::Key_End:
        moveByUser(last);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_cursor >= 0) Q_EMIT chipActivated(m_cursor);
        return;
    default:
        event->ignore(); // letters are the window's keys, not a search in the list
    }
}

void TokenStrip::wheelEvent(QWheelEvent* event) {
    const QPoint pixels = event->pixelDelta();
    const QPoint angle = event->angleDelta();
    const int way = !pixels.isNull() ? (pixels.x() != 0 ? pixels.x() : pixels.y())
                                     : (angle.x() != 0 ? angle.x() : angle.y());
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - way);
    event->accept();
}

void TokenStrip::mousePressEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->position().toPoint());
    if (!at.isValid()) return;
    Payload payload = payloadAt(at.row());
    payload.hideChip = !m_donor && event->modifiers() & Qt::AltModifier;
    m_pickUp.press(*event, std::move(payload));
    m_pressed = event->button() == Qt::LeftButton ? at.row() : -1;
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        m_pressed = -1; // carried, not clicked: the cursor stays
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), thumbnailOf(*payload->position));
        return;
    }
    const QModelIndex at = indexAt(event->position().toPoint());
    const int row = at.isValid() ? at.row() : -1;
    if (row != m_hovered) {
        m_hovered = row;
        Q_EMIT chipHovered(row);
    }
    QListView::mouseMoveEvent(event);
}

void TokenStrip::mouseReleaseEvent(QMouseEvent* event) {
    m_pickUp.release();
    const int pressed = std::exchange(m_pressed, -1);
    if (event->button() == Qt::LeftButton && indexAt(event->position().toPoint()).row() == pressed)
        moveByUser(pressed);
}

void TokenStrip::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex at = byKey ? m_model->index(m_cursor) : indexAt(event->pos());
    if (!at.isValid()) return;
    Payload payload = payloadAt(at.row());
    const QPoint below = viewport()->mapToGlobal(visualRect(at).bottomLeft());
    Q_EMIT offersRequested(payload, byKey ? below : event->globalPos());
}

void TokenStrip::mouseDoubleClickEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->position().toPoint());
    if (at.isValid()) Q_EMIT chipActivated(at.row());
}

void TokenStrip::leaveEvent(QEvent* event) {
    if (m_hovered >= 0) {
        m_hovered = -1;
        Q_EMIT chipHovered(-1);
    }
    QListView::leaveEvent(event);
}

void TokenStrip::focusInEvent(QFocusEvent* event) {
    QListView::focusInEvent(event);
    setCurrentIndex(m_model->index(m_cursor));
}

QPixmap TokenStrip::thumbnailOf(int position) const {
    QStyleOptionViewItem option;
    const QModelIndex at = m_model->index(position);
    option.rect = QRect(QPoint(0, 0), m_delegate->sizeHint(option, at));
    const double scale = devicePixelRatioF();
    QPixmap pixmap(option.rect.size() * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(colours().page);
    QPainter painter(&pixmap);
    m_delegate->paint(&painter, option, at);
    return pixmap;
}

} // namespace cutaway::widgets
