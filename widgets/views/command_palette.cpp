// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/command_palette.h"

#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QApplication>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace cutaway::widgets {

namespace {

constexpr int paletteWidth = 640;
constexpr int rowHeight = 30;
constexpr int mostShown = 12;
constexpr int margin = 8;
constexpr int shadow = 16;

enum Role { DetailRole = Qt::UserRole + 1, GroupRole, KeysRole, MonoRole };

class RowDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
        return {100, rowHeight};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Palette& p = colours();
        painter->save();
        const QRectF box = option.rect;
        const bool enabled = index.flags() & Qt::ItemIsEnabled;
        if (option.state & QStyle::State_Selected) paintBox(*painter, box, 6, p.accentGround);
        const double left = box.left() + 10;
        double right = box.right() - 10;
        const auto atRight = [&](const QString& text, Theme::Type type, const QColor& colour) {
            if (text.isEmpty()) return;
            painter->setFont(typeFont(type));
            const double width = QFontMetricsF(painter->font()).horizontalAdvance(text);
            painter->setPen(colour);
            painter->drawText(QPointF(right - width, centredBaseline(box, painter->font())), text);
            right -= width + 14;
        };
        atRight(index.data(GroupRole).toString(), Theme::Type::Caption, p.faint);
        atRight(index.data(KeysRole).toString(), Theme::Type::MonoCaption, p.mute);
        painter->setFont(typeFont(index.data(MonoRole).toBool() ? Theme::Type::Mono : Theme::Type::Body));
        painter->setPen(enabled ? p.text : p.faint);
        const double title = paintLine(*painter, left, centredBaseline(box, painter->font()),
                                       index.data().toString(), right - left);
        painter->setFont(typeFont(Theme::Type::Caption));
        painter->setPen(enabled ? p.mute : p.faint);
        const double at = left + title + 12;
        if (at < right - 20)
            paintLine(*painter, at, centredBaseline(box, painter->font()), index.data(DetailRole).toString(),
                      right - at);
        painter->restore();
    }
};

} // namespace

CommandPalette::CommandPalette(QWidget* window)
    : QFrame(window), m_edit(new QLineEdit), m_list(new QListView), m_model(new QStandardItemModel(this)) {
    setAccessibleName(tr("Find anything"));
    m_edit->setPlaceholderText(tr("Find an action, a layer, a head, a token; or write a cut"));
    m_edit->setAccessibleName(tr("Find anything"));
    m_edit->setProperty("role", QStringLiteral("prompt"));
    m_edit->installEventFilter(this);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RowDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setUniformItemSizes(true);
    m_list->setAccessibleName(tr("What was found"));
    m_list->viewport()->setAutoFillBackground(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(margin + shadow, margin + shadow, margin + shadow, margin + shadow);
    column->setSpacing(6);
    column->addWidget(m_edit);
    column->addWidget(m_list);
    connect(m_edit, &QLineEdit::textChanged, this, &CommandPalette::typedChanged);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex& at) { choose(at.row()); });
    followTheme(this);
    hide();
}

void CommandPalette::open() {
    m_focusBefore = QApplication::focusWidget();
    m_edit->clear();
    show();
    raise();
    Q_EMIT typedChanged({});
    m_edit->setFocus();
}

void CommandPalette::setItems(const std::vector<PaletteItem>& items) {
    m_model->clear();
    for (const PaletteItem& item : items) {
        auto* row = new QStandardItem(item.title);
        row->setData(item.detail, DetailRole);
        row->setData(item.group, GroupRole);
        row->setData(item.keys, KeysRole);
        row->setData(item.mono, MonoRole);
        row->setEnabled(item.enabled);
        row->setAccessibleText(item.detail.isEmpty() ? item.title
                                                     : QStringLiteral("%1, %2").arg(item.title, item.detail));
        m_model->appendRow(row);
    }
    m_list->setCurrentIndex({});
    move(1);
    place();
}

QString CommandPalette::typed() const {
    return m_edit->text();
}

int CommandPalette::current() const {
    return m_list->currentIndex().row();
}

int CommandPalette::count() const {
    return m_model->rowCount();
}

void CommandPalette::place() {
    const QWidget* window = parentWidget();
    const int width = std::min(paletteWidth, window->width() - 40) + 2 * shadow;
    const int rows = std::clamp(m_model->rowCount(), 1, mostShown);
    m_list->setFixedHeight(rows * rowHeight + 2);
    const int height = m_edit->sizeHint().height() + 6 + m_list->height() + 2 * (margin + shadow);
    setGeometry((window->width() - width) / 2, std::min(120, window->height() / 8), width,
                std::min(height, window->height() - 20));
}

void CommandPalette::move(int by) {
    const int rows = m_model->rowCount();
    for (int row = current() + by; row >= 0 && row < rows; row += by)
        if (m_model->item(row)->isEnabled()) return m_list->setCurrentIndex(m_model->index(row, 0));
}

void CommandPalette::choose(int row) {
    if (row < 0 || row >= m_model->rowCount() || !m_model->item(row)->isEnabled()) return;
    hide();
    if (m_focusBefore) m_focusBefore->setFocus();
    Q_EMIT chosen(row);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched != m_edit) return QFrame::eventFilter(watched, event);
    if (event->type() == QEvent::FocusOut && isVisible()) {
        hide();
        return false;
    }
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept(); // keys belong to this line while it is open
        return true;
    }
    if (event->type() != QEvent::KeyPress) return false;
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Escape:
        hide();
        if (m_focusBefore) m_focusBefore->setFocus();
        return true;
    case Qt::Key_Down:
    case Qt::Key_Tab:
        move(1);
        return true;
    case Qt::Key_Up:
    case Qt::Key_Backtab:
        move(-1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        choose(current());
        return true;
    default:
        return false;
    }
}

void CommandPalette::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QRectF box = QRectF(rect()).adjusted(shadow, shadow, -shadow, -shadow);
    paintShadow(painter, box, 10, shadow);
    paintBox(painter, box, 10, colours().panel, colours().line);
}

} // namespace cutaway::widgets
