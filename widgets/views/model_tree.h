// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/models/model_tree_model.h"
#include "widgets/util/pick_up.h"

#include <QTreeView>

namespace cutaway::widgets {

class ModelTreeDelegate;

/// The model's parts in the order of the forward pass. Every row but a closed-over one can be carried.
class ModelTree : public QTreeView {
    Q_OBJECT
public:
    explicit ModelTree(QWidget* parent = nullptr);

    ModelTreeModel* treeModel() const { return m_model; }
    /// Marks a part without emitting targetSelected; none clears.
    void setSelected(const std::optional<Target>& target);

    /// Lights a row as if hovered (the same part lit in every view); none clears.
    void setLit(const std::optional<Target>& target);

    QSize sizeHint() const override;

Q_SIGNALS:
    void targetSelected(const cutaway::Target& target);
    /// Enter or double click on a head, MLP, embedding or norm: open it large.
    void targetActivated(const cutaway::Target& target);
    /// The part under the pointer; emitted with false when it leaves.
    void targetHovered(const cutaway::Target& target, bool inside);
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    /// Context menu asked for (mouse or key) on a part.
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    Target targetAt(const QModelIndex& index) const;

    ModelTreeModel* m_model;
    ModelTreeDelegate* m_delegate;
    PickUp m_pickUp;
    QPersistentModelIndex m_hovered;
    bool m_quiet = false;
};

} // namespace cutaway::widgets
