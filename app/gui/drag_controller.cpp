// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/drag_controller.h"

#include "core/session/offers.h"
#include "core/types/cut_text.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/ghost.h"
#include "widgets/views/scrim.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QTabBar>

#include <algorithm>

namespace cutaway::app {

using widgets::DropSheet;
using widgets::Ghost;
using widgets::ShelfView;

DragController::DragController(QWidget* window, QWidget* sheetArea, ShelfView* shelf,
                               widgets::TokenStrip* lane, std::function<DragContext()> context)
    : QObject(window), m_window(window), m_sheetArea(sheetArea), m_shelf(shelf), m_lane(lane),
      m_makeContext(std::move(context)), m_sheet(new DropSheet(window)), m_ghost(new Ghost(window)),
      m_scrim(new widgets::Scrim(window)) {
    m_previewTimer.setSingleShot(true);
    m_previewTimer.setInterval(previewAfter);
    connect(&m_previewTimer, &QTimer::timeout, this, [this] {
        if (const Offer* offer = currentOffer(); offer && offer->allowed) Q_EMIT previewWanted(*offer);
    });
    m_tabTimer.setSingleShot(true);
    m_tabTimer.setInterval(tabAfter);
    connect(&m_tabTimer, &QTimer::timeout, this, [this] {
        if (m_tab >= 0) Q_EMIT tabHeld(m_tab);
    });
}

const Offer* DragController::currentOffer() const {
    const int row = m_sheet->current();
    return row >= 0 && row < static_cast<int>(rows().size()) ? &rows()[static_cast<std::size_t>(row)]
                                                             : nullptr;
}

void DragController::setPreview(const QString& words) {
    m_sheet->setPreview(words);
}

const std::vector<Offer>& DragController::rows() const {
    return m_sheet->offers();
}

QString DragController::nameOf(const Payload& payload, const QStringList& tokens) {
    const Target& t = payload.target;
    if (t.kind == TargetKind::Hook && t.hook == HookKind::Embed) {
        if (payload.donor && payload.position) return tr("B's token %1").arg(*payload.position);
        if (payload.position && *payload.position < tokens.size()) return tokens.at(*payload.position);
        return tr("embedding");
    }
    return QString::fromStdString(printTarget(t));
}

void DragController::pickUp(const Payload& payload, const QPoint& globalPos, const QPixmap& thumbnail) {
    if (m_carrying) return;
    begin(payload, thumbnail, false);
    moveTo(globalPos, QGuiApplication::keyboardModifiers() & Qt::ShiftModifier);
    m_ghost->show();
}

void DragController::pickUpByKey(const Payload& payload, const QPixmap& thumbnail) {
    if (m_carrying) return;
    begin(payload, thumbnail, true);
    setCurrent(-1);
    moveRow(1);
    m_ghost->show();
}

void DragController::begin(const Payload& payload, const QPixmap& thumbnail, bool byKey) {
    m_context = m_makeContext();
    m_payload = payload;
    m_place = {};
    m_byKey = byKey;
    m_shift = false;
    m_overShelf = false;
    m_carrying = true;
    m_ghost->setThing(thumbnail, {});
    refreshRows();
    m_scrim->cover(m_dimmed);
    const QWidget* area = m_context.view.donor && m_belowLanes ? m_belowLanes : m_sheetArea;
    m_sheet->slideIn(QRect(area->mapTo(m_window, QPoint(0, 0)), area->size()));
    m_shelf->setDrop(ShelfView::Drop::Open);
    m_lane->setDrop(m_context.view.donor);
    m_ghost->raise();
    QApplication::setOverrideCursor(Qt::ClosedHandCursor);
    m_cursorSet = true;
    qApp->installEventFilter(this);
}

Payload DragController::carried() const {
    Payload payload = m_payload;
    const bool hasPlace = payload.target.kind != TargetKind::Edge && !payload.hideChip && !payload.donor;
    if (m_shift && hasPlace) {
        if (payload.position)
            payload.position.reset();
        else if (m_context.cursor >= 0)
            payload.position = m_context.cursor;
    }
    return payload;
}

void DragController::refreshRows() {
    const Payload payload = carried();
    const QString name = nameOf(m_payload, m_context.tokens);
    const auto at = [&](int position) {
        const QString token = position < m_context.tokens.size() ? m_context.tokens.at(position) : QString();
        return tr("at %1 (%2)").arg(token).arg(position);
    };
    const bool edge = payload.target.kind == TargetKind::Edge;
    const QString where = edge               ? QString()
                          : payload.position ? at(*payload.position)
                                             : tr("at all positions");
    QString hint = tr("Esc: never mind");
    if (!edge && !payload.hideChip && !payload.donor) {
        if (m_shift)
            hint = tr("Let go of Shift: %1 · Esc: never mind")
                       .arg(m_payload.position ? at(*m_payload.position) : tr("at all positions"));
        else if (m_payload.position)
            hint = tr("Shift: at all positions · Esc: never mind");
        else if (m_context.cursor >= 0)
            hint = tr("Shift: only %1 · Esc: never mind").arg(at(m_context.cursor));
    }
    const bool chip = m_payload.position && payload.target.kind == TargetKind::Hook;
    const QString token = QStringLiteral("`%1` (%2)").arg(name).arg(m_payload.position.value_or(0));
    m_sheet->setHead(payload.hideChip           ? tr("Hide %1 from every head").arg(token)
                     : chip && payload.position ? tr("Cut the embedding of %1").arg(token)
                     : chip                     ? tr("Cut the embedding at all positions")
                                                : tr("Cut `%1` %2").arg(name, where),
                     hint);
    if (m_place.kind == Place::Kind::Lane && m_place.position >= 0 && !edge && !payload.donor)
        hint = tr("Into lane A %1 · Esc: never mind").arg(at(m_place.position));
    // Over lane A the same rows stand, so that nothing moves: one of them is what the lane takes.
    const bool overLane = m_place.kind == Place::Kind::Lane;
    std::vector<Offer> offers = session::offers(payload, overLane ? Place{} : m_place, m_context.view);
    if (overLane)
        for (Offer& offer : offers)
            if (offer.id == "patch") offer = session::offers(payload, m_place, m_context.view).front();
    m_sheet->setOffers(std::move(offers));
    m_ghost->setLabel(edge                       ? name
                      : chip && payload.position ? QStringLiteral("%1 (%2)").arg(name).arg(*payload.position)
                      : chip                     ? tr("embedding · all")
                      : payload.position         ? tr("%1 · %2").arg(name, at(*payload.position))
                                                 : tr("%1 · all").arg(name));
}

void DragController::setPlace(const Place& place) {
    if (place == m_place) return;
    m_place = place;
    refreshRows();
}

void DragController::setShift(bool shift) {
    if (shift == m_shift) return;
    m_shift = shift;
    refreshRows();
}

void DragController::setCurrent(int row) {
    const auto& offers = rows();
    const Offer* offer =
        row >= 0 && row < static_cast<int>(offers.size()) ? &offers[static_cast<std::size_t>(row)] : nullptr;
    const bool forbidden = offer && !offer->allowed;
    m_sheet->setCurrent(offer ? row : -1);
    m_ghost->setForbidden(forbidden);
    QApplication::changeOverrideCursor(forbidden ? Qt::ForbiddenCursor : Qt::ClosedHandCursor);
    const std::string about = offer && offer->allowed ? printCut(offer->cut) + offer->id : std::string();
    if (about != m_previewed) {
        m_previewed = about;
        m_sheet->setPreview({});
        m_previewTimer.stop();
        Q_EMIT previewEnded();
        if (!about.empty()) m_previewTimer.start();
    }
    m_lane->setDrop(m_context.view.donor, m_place.kind == Place::Kind::Lane ? m_place.position : -1);
    const bool onCard = m_place.kind == Place::Kind::Card && offer && offer->id == "group";
    m_shelf->setDropCard(onCard && offer->allowed ? m_context.cardIds[static_cast<std::size_t>(m_place.card)]
                                                  : -1);
    if (!m_overShelf || (onCard && offer->allowed))
        m_shelf->setDrop(ShelfView::Drop::Open);
    else if (offer && offer->allowed)
        m_shelf->setDrop(ShelfView::Drop::Over, QString::fromStdString(offer->label));
    else
        m_shelf->setDrop(ShelfView::Drop::Forbidden,
                         offer ? QString::fromStdString(offer->reason) : QString());
    if (m_byKey && offer)
        m_ghost->follow(
            m_sheet->restingRect().topLeft() +
            QPoint(-m_ghost->width() - 24, m_sheet->offerRect(row).center().y() - m_ghost->height() / 2));
}

void DragController::moveTo(const QPoint& globalPos, bool shift) {
    setShift(shift);
    m_overShelf = m_shelf->rect().contains(m_shelf->mapFromGlobal(globalPos));
    Place place;
    if (m_overShelf) {
        const auto card =
            std::find(m_context.cardIds.begin(), m_context.cardIds.end(), m_shelf->cardAt(globalPos));
        if (card != m_context.cardIds.end())
            place = {Place::Kind::Card, static_cast<int>(card - m_context.cardIds.begin())};
    }
    bool overLane = m_context.view.donor && !m_overShelf &&
                    m_lane->rect().contains(m_lane->mapFromGlobal(globalPos)) &&
                    !m_sheet->geometry().contains(m_window->mapFromGlobal(globalPos));
    const int chip = overLane ? m_lane->chipAt(globalPos) : -1;
    // A chip that has not left its own place is not held over anything.
    if (!m_payload.donor && m_payload.target.kind == TargetKind::Hook && m_payload.position == chip)
        overLane = false;
    if (overLane) place = {Place::Kind::Lane, -1, chip};
    setPlace(place);
    watchTabs(globalPos);
    int row = -1;
    if (overLane) {
        const auto lane =
            std::find_if(rows().begin(), rows().end(), [](const Offer& o) { return o.id == "patch"; });
        row = static_cast<int>(lane - rows().begin());
    } else if (m_overShelf) { // the first row that applies; where none does, the first says why
        const auto first =
            std::find_if(rows().begin(), rows().end(), [](const Offer& offer) { return offer.allowed; });
        row = first == rows().end() ? 0 : static_cast<int>(first - rows().begin());
    } else {
        row = m_sheet->offerAt(globalPos);
    }
    setCurrent(row);
    if (m_byKey) return;
    QPoint at = m_window->mapFromGlobal(globalPos);
    // Beside the sheet, so that the words it is held over can be read.
    if (m_overShelf || row >= 0)
        at.setX(std::min(at.x(), m_sheet->restingRect().left() - m_ghost->width() - 24));
    m_ghost->follow(at);
}

void DragController::watchTabs(const QPoint& globalPos) {
    const int tab = m_tabs && m_tabs->isVisible() ? m_tabs->tabAt(m_tabs->mapFromGlobal(globalPos)) : -1;
    if (tab == m_tab) return;
    m_tab = tab;
    m_tabTimer.stop();
    if (tab >= 0) m_tabTimer.start();
}

bool DragController::leaves(const QPoint& globalPos) {
    // Beyond the window it is a text that others can take. Platforms without a pointer of their own have no
    // other place to go to.
    if (m_byKey || m_window->frameGeometry().contains(globalPos) ||
        QGuiApplication::platformName() == QLatin1String("offscreen"))
        return false;
    const auto first =
        std::find_if(rows().begin(), rows().end(), [](const Offer& offer) { return offer.allowed; });
    if (first == rows().end()) return false;
    const QString text = QString::fromStdString(printCut(first->cut));
    cancel();
    Q_EMIT leftWindow(text);
    return true;
}

void DragController::moveRow(int by) {
    const int count = static_cast<int>(rows().size());
    if (count == 0) return;
    setCurrent(std::clamp(m_sheet->current() + by, 0, count - 1));
}

void DragController::drop() {
    const int row = m_sheet->current();
    if (row < 0 || row >= static_cast<int>(rows().size()) || !rows()[static_cast<std::size_t>(row)].allowed) {
        cancel();
        return;
    }
    const Offer offer = rows()[static_cast<std::size_t>(row)];
    const Place place = m_place;
    finish();
    Q_EMIT dropped(offer, place);
    Q_EMIT ended();
}

void DragController::cancel() {
    if (!m_carrying) return;
    finish();
    Q_EMIT ended();
}

void DragController::finish() {
    qApp->removeEventFilter(this);
    m_carrying = false;
    m_ghost->hide();
    m_scrim->lift();
    m_sheet->slideOut();
    m_sheet->setCurrent(-1);
    m_sheet->setPreview({});
    m_previewTimer.stop();
    m_tabTimer.stop();
    m_tab = -1;
    m_previewed.clear();
    m_lane->setDrop(false);
    Q_EMIT previewEnded();
    m_shelf->setDrop(ShelfView::Drop::None);
    m_shelf->setDropCard(-1);
    if (m_cursorSet) QApplication::restoreOverrideCursor();
    m_cursorSet = false;
}

bool DragController::keyPress(const QKeyEvent& event) {
    switch (event.key()) {
    case Qt::Key_Escape:
        cancel();
        return true;
    case Qt::Key_Shift:
        setShift(true);
        return true;
    case Qt::Key_Up:
    case Qt::Key_Backtab:
        moveRow(-1);
        return true;
    case Qt::Key_Down:
    case Qt::Key_Tab:
        moveRow(1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (!event.isAutoRepeat() && m_sheet->current() >= 0) drop();
        return true;
    default:
        break;
    }
    const std::string key = event.text().toUpper().toStdString();
    for (std::size_t i = 0; i < rows().size() && !key.empty(); ++i)
        if (rows()[i].key == key) {
            setCurrent(static_cast<int>(i));
            if (rows()[i].allowed) drop();
            return true;
        }
    return true; // nothing else hears a key while something is carried
}

bool DragController::eventFilter(QObject* watched, QEvent* event) {
    // Events reach the window (QWindow) first and its widgets after; each is taken once, at the widget.
    if (!watched->isWidgetType()) return false;
    switch (event->type()) {
    case QEvent::MouseMove: {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (m_byKey || leaves(mouse->globalPosition().toPoint())) return true;
        moveTo(mouse->globalPosition().toPoint(), mouse->modifiers() & Qt::ShiftModifier);
        return true;
    }
    case QEvent::MouseButtonRelease: {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        if (mouse->button() != Qt::LeftButton || m_byKey) return true;
        moveTo(mouse->globalPosition().toPoint(), mouse->modifiers() & Qt::ShiftModifier);
        drop();
        return true;
    }
    case QEvent::MouseButtonPress:
        cancel(); // another button, or a click while carrying by key
        return true;
    case QEvent::MouseButtonDblClick:
    case QEvent::Wheel:
    case QEvent::ToolTip:
    case QEvent::ContextMenu:
        return true;
    case QEvent::ShortcutOverride:
        event->accept();
        return true;
    case QEvent::KeyPress:
        return keyPress(*static_cast<QKeyEvent*>(event));
    case QEvent::KeyRelease:
        if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Shift) setShift(false);
        return true;
    default:
        return false;
    }
}

} // namespace cutaway::app
