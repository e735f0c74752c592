// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/history_panel.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMouseEvent>
#include <QPainter>
#include <QScreen>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace cutaway::widgets {

namespace {

constexpr int panelWidth = 460;
constexpr int rowHeight = 46;
constexpr int mostShown = 9;
constexpr int pinRoom = 34; ///< at the right of a row

enum Role { IdRole = Qt::UserRole + 1, PromptRole, NumbersRole, WordsRole, WhenRole, PinnedRole, ShownRole };

class RunDelegate : public QStyledItemDelegate {
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
        const bool pinned = index.data(PinnedRole).toBool();
        const bool over = option.state & (QStyle::State_Selected | QStyle::State_MouseOver);
        if (option.state & QStyle::State_Selected) paintBox(*painter, box, 6, p.accentGround);
        if (index.data(ShownRole).toBool())
            paintBox(*painter, QRectF(box.left() + 2, box.top() + 8, 3, box.height() - 16), 1.5, p.accent);
        const double left = box.left() + 12, right = box.right() - pinRoom;
        const double first = box.top() + 19, second = box.top() + 36;
        painter->setFont(typeFont(Theme::Type::Body));
        const QString numbers = index.data(NumbersRole).toString();
        const double wide = tabularWidth(painter->font(), numbers);
        painter->setPen(p.text);
        paintTabular(*painter, right - wide, first, numbers);
        painter->setFont(typeFont(Theme::Type::Mono));
        painter->setPen(index.data(Qt::DisplayRole).toString().isEmpty() ? p.mute : p.text);
        const QString cuts = index.data(Qt::DisplayRole).toString();
        paintLine(*painter, left, first, cuts.isEmpty() ? HistoryPanel::tr("uncut") : cuts,
                  right - wide - 16 - left);
        painter->setFont(typeFont(Theme::Type::Caption));
        painter->setPen(p.faint);
        const QString when =
            QStringLiteral("%1 · %2").arg(index.data(WordsRole).toString(), index.data(WhenRole).toString());
        const double time = QFontMetricsF(painter->font()).horizontalAdvance(when);
        painter->drawText(QPointF(right - time, second), when);
        painter->setPen(p.mute);
        paintLine(*painter, left, second, index.data(PromptRole).toString(), right - time - 16 - left);
        if (pinned || over)
            paintIcon(*painter, Icon::Pin, QRectF(box.right() - 25, box.center().y() - 8, 16, 16),
                      pinned ? p.accent : p.faint);
        painter->restore();
    }
};

} // namespace

HistoryPanel::HistoryPanel(QWidget* parent)
    : QFrame(parent, Qt::Popup), m_head(new QLabel(tr("Runs of this session"))), m_list(new QListView),
      m_model(new QStandardItemModel(this)), m_empty(new QLabel(tr("Nothing has run yet."))) {
    setProperty("role", QStringLiteral("panel"));
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Runs of this session"));
    m_head->setText(tr("Enter returns to a run · P makes it the baseline · one prompt each (n = 1)"));
    m_head->setProperty("role", QStringLiteral("caption"));
    m_empty->setProperty("role", QStringLiteral("mute"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RunDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setUniformItemSizes(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setAccessibleName(tr("Runs"));
    m_list->installEventFilter(this);
    m_list->viewport()->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(6);
    column->addWidget(m_head);
    column->addWidget(m_empty);
    column->addWidget(m_list);
    followTheme(this);
}

void HistoryPanel::setRows(const std::vector<HistoryRow>& rows) {
    const int selected = idAt(m_list->currentIndex().row());
    m_model->clear();
    for (const HistoryRow& row : rows) {
        auto* item = new QStandardItem(row.cuts);
        item->setData(row.id, IdRole);
        item->setData(row.prompt, PromptRole);
        item->setData(row.numbers, NumbersRole);
        item->setData(row.words, WordsRole);
        item->setData(row.when, WhenRole);
        item->setData(row.pinned, PinnedRole);
        item->setData(row.shown, ShownRole);
        item->setToolTip(
            tipText(QStringLiteral("%1\n%2").arg(row.cuts.isEmpty() ? tr("uncut") : row.cuts, row.prompt)));
        item->setAccessibleText(QStringLiteral("%1, %2, %3%4")
                                    .arg(row.cuts.isEmpty() ? tr("uncut") : row.cuts,
                                         row.words + QLatin1Char(' ') + row.numbers, row.prompt,
                                         row.pinned ? tr(", the baseline") : QString()));
        m_model->appendRow(item);
        if (row.id == selected) m_list->setCurrentIndex(item->index());
    }
    m_empty->setVisible(rows.empty());
    m_list->setVisible(!rows.empty());
}

int HistoryPanel::count() const {
    return m_model->rowCount();
}

int HistoryPanel::idAt(int row) const {
    return row >= 0 && row < m_model->rowCount() ? m_model->item(row)->data(IdRole).toInt() : 0;
}

void HistoryPanel::openAt(const QPoint& topRight) {
    m_list->setFixedHeight(std::clamp(count(), 1, mostShown) * rowHeight + 4);
    setFixedWidth(panelWidth);
    adjustSize();
    QPoint at(topRight.x() - panelWidth, topRight.y());
    if (const QScreen* on = parentWidget()->screen())
        at.setX(
            std::clamp(at.x(), on->availableGeometry().left(), on->availableGeometry().right() - panelWidth));
    move(at);
    show();
    m_list->setFocus();
    if (!m_list->currentIndex().isValid()) m_list->setCurrentIndex(m_model->index(0, 0));
}

bool HistoryPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_list && event->type() == QEvent::KeyPress) {
        const int id = idAt(m_list->currentIndex().row());
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
            close();
            if (id) Q_EMIT returnRequested(id);
            return true;
        case Qt::Key_P:
            if (id) Q_EMIT pinRequested(id);
            return true;
        case Qt::Key_Escape:
            close();
            return true;
        default:
            return false;
        }
    }
    if (watched == m_list->viewport() && event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const QModelIndex at = m_list->indexAt(mouse->position().toPoint());
        const int id = idAt(at.row());
        if (!id || mouse->button() != Qt::LeftButton) return false;
        if (mouse->position().x() > m_list->visualRect(at).right() - pinRoom) {
            Q_EMIT pinRequested(id);
        } else {
            close();
            Q_EMIT returnRequested(id);
        }
        return true;
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace cutaway::widgets
