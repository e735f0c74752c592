// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/model_tree.h"

#include "widgets/delegates/model_tree_delegate.h"
#include "widgets/util/theme.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScopedValueRollback>

namespace cutaway::widgets {

ModelTree::ModelTree(QWidget* parent)
    : QTreeView(parent), m_model(new ModelTreeModel(this)), m_delegate(new ModelTreeDelegate(this)) {
    setModel(m_model);
    setItemDelegate(m_delegate);
    setHeaderHidden(true);
    setIndentation(0); // the delegate draws arrow and indent itself
    setUniformRowHeights(true);
    setExpandsOnDoubleClick(false);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMouseTracking(true);
    setAccessibleName(tr("Parts of the model"));
    followTheme(this);
}

QSize ModelTree::sizeHint() const {
    return {206, 400};
}

Target ModelTree::targetAt(const QModelIndex& index) const {
    return index.data(ModelTreeModel::TargetRole).value<Target>();
}

void ModelTree::setSelected(const std::optional<Target>& target) {
    const QScopedValueRollback quiet(m_quiet, true);
    const QModelIndex at = target ? m_model->indexOf(*target) : QModelIndex();
    if (!at.isValid()) {
        clearSelection();
        setCurrentIndex({});
        return;
    }
    expand(at.parent());
    setCurrentIndex(at);
    scrollTo(at);
}

void ModelTree::setLit(const std::optional<Target>& target) {
    m_delegate->setLit(target ? m_model->indexOf(*target) : QModelIndex());
    viewport()->update();
}

void ModelTree::drawBranches(QPainter*, const QRect&, const QModelIndex&) const {}

void ModelTree::mousePressEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->position().toPoint());
    if (at.isValid()) {
        const bool onArrow =
            m_model->rowCount(at) > 0 && event->position().x() < ModelTreeDelegate::gripWidth;
        if (onArrow && event->button() == Qt::LeftButton) {
            setExpanded(at, !isExpanded(at));
            return;
        }
        m_pickUp.press(*event, Payload{targetAt(at), std::nullopt, false});
    }
    QTreeView::mousePressEvent(event);
}

void ModelTree::mouseMoveEvent(QMouseEvent* event) {
    if (const std::optional<Payload> payload = m_pickUp.move(*event)) {
        Q_EMIT pickUpRequested(*payload, event->globalPosition().toPoint(), QPixmap());
        return;
    }
    if (m_pickUp.armed()) return; // no rubber selection while a drag may begin
    const QModelIndex at = indexAt(event->position().toPoint());
    const double x = event->position().x();
    const bool onGrip = at.isValid() && m_model->rowCount(at) == 0 && x < ModelTreeDelegate::nameLeft(at);
    viewport()->setCursor(onGrip ? Qt::OpenHandCursor : Qt::ArrowCursor);
    if (at != m_hovered) {
        if (m_hovered.isValid()) Q_EMIT targetHovered(targetAt(m_hovered), false);
        m_hovered = at;
        if (at.isValid()) Q_EMIT targetHovered(targetAt(at), true);
    }
    QTreeView::mouseMoveEvent(event);
}

void ModelTree::mouseReleaseEvent(QMouseEvent* event) {
    m_pickUp.release();
    QTreeView::mouseReleaseEvent(event);
}

void ModelTree::mouseDoubleClickEvent(QMouseEvent* event) {
    const QModelIndex at = indexAt(event->position().toPoint());
    if (!at.isValid()) return;
    if (m_model->rowCount(at) > 0)
        setExpanded(at, !isExpanded(at));
    else
        Q_EMIT targetActivated(targetAt(at));
}

void ModelTree::leaveEvent(QEvent* event) {
    if (m_hovered.isValid()) Q_EMIT targetHovered(targetAt(m_hovered), false);
    m_hovered = QPersistentModelIndex();
    QTreeView::leaveEvent(event);
}

void ModelTree::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (currentIndex().isValid()) Q_EMIT targetActivated(targetAt(currentIndex()));
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Home:
    case Qt::Key_End:
    case Qt::Key_PageUp:
    case Qt::Key_PageDown:
        QTreeView::keyPressEvent(event);
        return;
    default:
        event->ignore(); // letters are the window's keys, not a search in the tree
    }
}

void ModelTree::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex at = byKey ? currentIndex() : indexAt(event->pos());
    if (!at.isValid()) return;
    const QPoint where = byKey ? viewport()->mapToGlobal(visualRect(at).bottomLeft()) : event->globalPos();
    Q_EMIT offersRequested(Payload{targetAt(at), std::nullopt, false}, where);
}

void ModelTree::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QTreeView::currentChanged(current, previous);
    if (!m_quiet && current.isValid()) Q_EMIT targetSelected(targetAt(current));
}

} // namespace cutaway::widgets
