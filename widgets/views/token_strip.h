// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"
#include "widgets/util/pick_up.h"

#include <QListView>

#include <vector>

QT_BEGIN_NAMESPACE
class QLineEdit;
QT_END_NAMESPACE

namespace cutaway::widgets {

class TokenDelegate;
class TokenModel;
struct TokenChip;

/// The prompt as a row of chips with the one token cursor. Scrolls sideways (wheel, keys) when it is longer
/// than the window, at any length.
class TokenStrip : public QListView {
    Q_OBJECT
public:
    explicit TokenStrip(QWidget* parent = nullptr);

    void setChips(std::vector<TokenChip> chips);
    /// Moves the cursor without emitting cursorMoved; −1 for none.
    void setTokenCursor(int position);
    int tokenCursor() const { return m_cursor; }
    /// Lines under the chips: how much a query looks at each, 0…1; empty for none.
    void setWeights(std::vector<float> weights);
    TokenModel* tokenModel() const { return m_model; }
    /// Lane B: what is picked up here says so.
    void setDonor(bool donor);
    /// Something is carried that this lane takes: it is outlined, and the chip it is held over, −1 for none.
    void setDrop(bool open, int position = -1);
    /// The chip at a global position; −1 for none.
    int chipAt(const QPoint& global) const;
    /// Where a chip stands, in the viewport's coordinates; may lie outside it.
    QRect chipRect(int position) const;
    /// Opens a line on a chip that holds `text`; Enter commits, Esc and a click elsewhere leave it as it was.
    void editChip(int position, const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The user moved the cursor.
    void cursorMoved(int position);
    /// The chip under the pointer, −1 when it leaves.
    void chipHovered(int position);
    /// Enter or double click on a chip: another text here.
    void chipActivated(int position);
    /// The line of editChip() was committed.
    void chipEdited(int position, const QString& text);
    /// Chips moved under the viewport.
    void scrolled();
    /// A drag began on a chip. The payload is its embedding at this position; with Alt, hide it from all
    /// heads.
    void pickUpRequested(const cutaway::Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    void offersRequested(const cutaway::Payload& payload, const QPoint& globalPos);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    QPixmap thumbnailOf(int position) const;

private:
    void revealEnds();
    void moveByUser(int position);
    Payload payloadAt(int position) const;
    void closeEditor(bool commit);

    TokenModel* m_model;
    TokenDelegate* m_delegate;
    PickUp m_pickUp;
    int m_cursor = -1;
    int m_hovered = -1;
    int m_pressed = -1; ///< the chip that a press may click or carry
    bool m_donor = false;
    bool m_dropOpen = false;
    int m_dropPosition = -1;
    QLineEdit* m_editor = nullptr; ///< while a chip is edited
    int m_edited = -1;
};

} // namespace cutaway::widgets
