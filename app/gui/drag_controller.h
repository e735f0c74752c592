// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session_view.h"
#include "core/types/offer.h"

#include <QObject>
#include <QPixmap>
#include <QPoint>
#include <QStringList>
#include <QTimer>

#include <functional>
#include <string>
#include <vector>

QT_BEGIN_NAMESPACE
class QKeyEvent;
class QTabBar;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::widgets {
class DropSheet;
class Ghost;
class Scrim;
class ShelfView;
class TokenStrip;
} // namespace cutaway::widgets

namespace cutaway::app {

/// What the controller needs to know when something is picked up.
struct DragContext {
    session::SessionView view;
    int cursor = -1;          ///< token cursor, for Shift
    QStringList tokens;       ///< visible texts
    std::vector<int> cardIds; ///< in the shelf's order
};

/// Carries a thing from a press to a drop: idle, carrying, over a row, over a row that refuses. While it
/// carries, an event filter on the application takes mouse and keys; what shows it are children of the window
/// (sheet and ghost) that let the mouse through, so the whole of it runs on any platform. The keyboard is the
/// same machine: arrows move among the rows, Enter drops, Esc cancels.
class DragController : public QObject {
    Q_OBJECT
public:
    /// `sheetArea` is the widget the sheet slides over.
    DragController(QWidget* window, QWidget* sheetArea, widgets::ShelfView* shelf, widgets::TokenStrip* lane,
                   std::function<DragContext()> context);

    /// What the sheet slides over instead while there is a lane B: lane A has to be reached then.
    void setBelowLanes(QWidget* area) { m_belowLanes = area; }
    /// Tabs that open when something is held over them for half a second.
    void setTabs(QTabBar* tabs) { m_tabs = tabs; }
    /// What steps back while something is carried.
    void setDimmed(const QList<QWidget*>& dimmed) { m_dimmed = dimmed; }
    bool carrying() const { return m_carrying; }
    /// The rows as shown now.
    const std::vector<Offer>& rows() const;
    widgets::DropSheet* sheet() const { return m_sheet; }

    void pickUp(const Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail);
    /// By Space: the first row that applies is current.
    void pickUpByKey(const Payload& payload, const QPixmap& thumbnail);
    void cancel();

    /// What the row under attention would make of it, as soon as it is known; empty: not known.
    void setPreview(const QString& words);

    /// How long a row is under attention before a preview is asked for, and a tab before it opens, ms.
    static constexpr int previewAfter = 120;
    static constexpr int tabAfter = 500;

    /// `L3H5`, or what a chip is called.
    static QString nameOf(const Payload& payload, const QStringList& tokens);

Q_SIGNALS:
    void dropped(const cutaway::Offer& offer, const cutaway::Place& place);
    /// A row that applies has been under attention for a while: what would it do?
    void previewWanted(const cutaway::Offer& offer);
    /// Nothing is to be previewed any more.
    void previewEnded();
    void tabHeld(int tab);
    /// The pointer left the window while carrying: the first row that applies goes along as text.
    void leftWindow(const QString& text);
    /// Carrying ended, by drop or Esc.
    void ended();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void begin(const Payload& payload, const QPixmap& thumbnail, bool byKey);
    void moveTo(const QPoint& globalPos, bool shift);
    void setShift(bool shift);
    void setPlace(const Place& place);
    void refreshRows();
    void setCurrent(int row);
    void moveRow(int by);
    void watchTabs(const QPoint& globalPos);
    bool leaves(const QPoint& globalPos);
    const Offer* currentOffer() const;
    bool keyPress(const QKeyEvent& event);
    void drop();
    void finish();
    Payload carried() const;

    QWidget* m_window;
    QWidget* m_sheetArea;
    widgets::ShelfView* m_shelf;
    widgets::TokenStrip* m_lane; ///< lane A
    QWidget* m_belowLanes = nullptr;
    QTabBar* m_tabs = nullptr;
    std::function<DragContext()> m_makeContext;
    widgets::DropSheet* m_sheet;
    widgets::Ghost* m_ghost;
    widgets::Scrim* m_scrim;
    QList<QWidget*> m_dimmed;
    DragContext m_context;
    Payload m_payload;
    Place m_place;
    bool m_carrying = false;
    bool m_byKey = false;
    bool m_shift = false;
    bool m_overShelf = false;
    bool m_cursorSet = false;
    QTimer m_previewTimer, m_tabTimer;
    int m_tab = -1;          ///< held over
    std::string m_previewed; ///< text of the cut that is previewed or about to be
};

} // namespace cutaway::app
