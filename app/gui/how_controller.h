// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/present_how.h"
#include "core/types/offer.h"

#include <QObject>
#include <QRect>

#include <optional>
#include <vector>

QT_BEGIN_NAMESPACE
class QAction;
class QMenu;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::widgets {
class CellGrid;
class ContributionBars;
class HowPopover;
} // namespace cutaway::widgets

namespace cutaway::app {

class MainWindow;

/// A number on screen and where it stands, in global coordinates.
struct HowPlace {
    HowSubject subject;
    QRect where;
};

/// Finds out which number is asked about and opens its explanation: a click on the strip's numbers, Alt and a
/// click on cells and bars, `?` on what the keyboard is at, a row of every context menu; F1 says what the
/// term means. GUI thread.
class HowController : public QObject {
    Q_OBJECT
public:
    explicit HowController(MainWindow& window);

    widgets::HowPopover* popover() const { return m_popover; }
    /// `?` and F1, for the window's menu.
    void fill(QMenu* menu) const;
    /// What the keyboard is at: a number of its own where it has one, else the headline.
    HowPlace focused() const;
    void explain(const HowPlace& place);
    void explainFocused() { explain(focused()); }
    /// The term of what the keyboard is at, or of a card's kind.
    void defineFocused();
    /// Adds "How was this computed?" to a thing's menu. `from` is the view that asked; may be null.
    void addTo(QMenu* menu, const Payload& payload, const QObject* from);

Q_SIGNALS:
    /// A word about what was copied.
    void said(const QString& sentence);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    std::optional<HowPlace> placeOf(const Payload& payload, const QObject* from) const;
    std::optional<HowPlace> inView(const QWidget* view, const std::optional<Payload>& payload) const;
    std::optional<HowPlace> inBars(const widgets::ContributionBars* bars, HowKind kind,
                                   const std::optional<Payload>& payload) const;
    std::optional<HowPlace> inCells(const widgets::CellGrid* grid, HowKind kind,
                                    const std::optional<Payload>& payload) const;
    std::optional<HowPlace> inAttention(const Target& target) const;
    HowPlace ofStrip(bool probabilities) const;
    std::optional<widgets::HowText> textOf(const HowSubject& subject) const;

    MainWindow& m_window;
    widgets::HowPopover* m_popover;
    std::vector<QAction*> m_actions;
    QWidget* m_difference = nullptr; ///< of the strip
    QWidget* m_probabilities = nullptr;
    bool m_replaying = false;
};

} // namespace cutaway::app
