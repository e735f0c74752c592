// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/how_controller.h"

#include "app/gui/attention_view.h"
#include "app/gui/attribution_view.h"
#include "app/gui/glossary.h"
#include "app/gui/inside_tab.h"
#include "app/gui/lens_view.h"
#include "app/gui/main_window.h"
#include "app/gui/neurons_view.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/shown_request.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/pick_up.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/difference_view.h"
#include "widgets/views/how_popover.h"
#include "widgets/views/inside_view.h"
#include "widgets/views/probability_bars.h"
#include "widgets/views/shelf_card.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QMouseEvent>

#include <algorithm>

namespace cutaway::app {

using namespace widgets;

namespace {

QRect onScreen(const QWidget* widget, const QRect& rect) {
    return {widget->mapToGlobal(rect.topLeft()), rect.size()};
}

/// The row of a list of bars that shows a bar; −1 where it is among the others.
int rowOf(const ContributionBars* bars, int index) {
    const auto at = std::find(bars->order().begin(), bars->order().end(), index);
    return at == bars->order().end() ? -1 : static_cast<int>(at - bars->order().begin());
}

} // namespace

HowController::HowController(MainWindow& window)
    : QObject(&window), m_window(window), m_popover(new HowPopover(&window)),
      m_difference(window.strip()->findChild<DifferenceView*>()),
      m_probabilities(window.strip()->findChild<ProbabilityBars*>()) {
    connect(m_popover, &HowPopover::copied, this, &HowController::said);
    const auto add = [&](const QString& text, Qt::Key key, void (HowController::*act)()) {
        auto* action = new QAction(text, this);
        action->setShortcut(QKeySequence(key));
        connect(action, &QAction::triggered, this, act);
        window.addAction(action);
        m_actions.push_back(action);
    };
    add(tr("How was this computed?"), Qt::Key_Question, &HowController::explainFocused);
    add(tr("What does this mean?"), Qt::Key_F1, &HowController::defineFocused);
    for (QWidget* number : {m_difference, m_probabilities}) {
        number->setCursor(Qt::PointingHandCursor);
        number->setToolTip(termTip(number == m_difference ? "logit_difference" : "probability") +
                           tr("<p>Press: how was this computed?</p>"));
        number->setFocusPolicy(Qt::TabFocus);
        number->installEventFilter(this);
    }
    std::vector<QWidget*> watched{window.attention()->grid()->viewport(), window.attention()->panel()->view(),
                                  window.why()};
    for (const char* name : {"inside", "lens", "attribution", "sweep", "neurons"})
        if (const PictureView* view = window.view(name)) {
            auto* area = qobject_cast<QAbstractScrollArea*>(view->keyTarget());
            watched.push_back(area ? area->viewport() : view->keyTarget());
        }
    for (QWidget* widget : watched)
        widget->installEventFilter(this);
}

void HowController::fill(QMenu* menu) const {
    for (QAction* action : m_actions)
        menu->addAction(action);
}

HowPlace HowController::ofStrip(bool probabilities) const {
    const QWidget* number = probabilities ? m_probabilities : m_difference;
    return {{probabilities ? HowKind::Probabilities : HowKind::Difference}, onScreen(number, number->rect())};
}

std::optional<HowPlace> HowController::inAttention(const Target& target) const {
    HowSubject subject{HowKind::Attention, target.layer, target.index};
    const HeadView* large = m_window.attention()->panel()->view();
    if (target.kind == TargetKind::Edge) {
        subject.row = target.query;
        subject.col = target.key;
        const QRect map = large->mapRect();
        const double tokens = std::max<double>(1, static_cast<double>(large->state().tokens.size()));
        const double w = map.width() / tokens, h = map.height() / tokens;
        const QRectF cell(map.left() + w * target.key, map.top() + h * target.query, w, h);
        return HowPlace{subject, onScreen(large, cell.toAlignedRect())};
    }
    if (target.kind != TargetKind::Head) return std::nullopt;
    const HeadGrid* grid = m_window.attention()->grid();
    return HowPlace{subject, onScreen(grid->viewport(),
                                      grid->headRect({LayerIndex(target.layer), HeadIndex(target.index)}))};
}

std::optional<HowPlace> HowController::inCells(const CellGrid* grid, HowKind kind,
                                               const std::optional<Payload>& payload) const {
    auto place = grid->selected();
    const CellGridState& state = grid->state();
    if (payload) {
        const auto cell = std::find_if(state.cells.begin(), state.cells.end(),
                                       [&](const GridCell& c) { return c.payload == payload; });
        if (cell == state.cells.end() || state.cols.empty()) return std::nullopt;
        const int at = static_cast<int>(cell - state.cells.begin());
        const int columns = static_cast<int>(state.cols.size());
        place = {at / columns, at % columns};
    }
    if (!place) return std::nullopt;
    HowSubject subject{kind};
    subject.row = place->first;
    subject.col = place->second;
    return HowPlace{subject, onScreen(grid, grid->cellRect(place->first, place->second))};
}

std::optional<HowPlace> HowController::inBars(const ContributionBars* bars, HowKind kind,
                                              const std::optional<Payload>& payload) const {
    const auto& all = bars->state().bars;
    int index = bars->selected();
    if (payload) {
        const auto bar = std::find_if(all.begin(), all.end(),
                                      [&](const ContributionBar& b) { return b.payload == payload; });
        index = bar == all.end() ? -1 : static_cast<int>(bar - all.begin());
    }
    if (index < 0 || index >= static_cast<int>(all.size())) return std::nullopt;
    const ContributionBar& bar = all[static_cast<std::size_t>(index)];
    HowSubject subject{kind};
    subject.name = bar.name.toStdString();
    if (kind == HowKind::Neuron && bar.payload) {
        subject = {kind, bar.payload->target.layer};
        subject.index = bar.payload->target.index;
    }
    const int row = rowOf(bars, index);
    return HowPlace{subject, onScreen(bars, row < 0 ? bars->rect() : bars->rowRect(row))};
}

std::optional<HowPlace> HowController::inView(const QWidget* view,
                                              const std::optional<Payload>& payload) const {
    if (view == m_window.why()) return inBars(m_window.why(), HowKind::Waterfall, payload);
    if (const auto* lens = qobject_cast<const LensView*>(view))
        return inCells(lens->grid(), HowKind::Lens, payload);
    if (const auto* sweep = qobject_cast<const SweepView*>(view))
        return inCells(sweep->grid(), HowKind::Sweep, payload);
    if (const auto* attribution = qobject_cast<const AttributionView*>(view))
        return inBars(attribution->bars(), HowKind::Attribution, payload);
    if (const auto* neurons = qobject_cast<const NeuronsView*>(view))
        return inBars(neurons->bars(), HowKind::Neuron, payload);
    if (const auto* tab = qobject_cast<const InsideTab*>(view)) {
        const InsideView* inside = tab->view();
        HowSubject subject{HowKind::Reading, inside->state().reading.layer, inside->state().reading.head};
        subject.col =
            payload && payload->target.kind == TargetKind::Edge ? payload->target.key : inside->selectedKey();
        QRect row = subject.col >= 0 ? inside->keyRect(subject.col, InsideColumn::Token)
                                     : inside->headRect(InsideColumn::Token);
        row.setWidth(std::max(row.width(), inside->width() / 3));
        return HowPlace{subject, onScreen(inside, row)};
    }
    if (payload) return inAttention(payload->target);
    return std::nullopt;
}

HowPlace HowController::focused() const {
    const QWidget* focus = QApplication::focusWidget();
    std::optional<HowPlace> found;
    if (focus == m_probabilities) return ofStrip(true);
    for (const session::Card& card : m_window.document().session().shelf().cards) {
        const QWidget* shown = m_window.shelf()->card(card.id);
        if (!shown || !focus || !(shown == focus || shown->isAncestorOf(focus))) continue;
        HowSubject subject{HowKind::Card};
        subject.index = card.id;
        return {subject, onScreen(shown, shown->rect())};
    }
    if (const TokenStrip* chips = m_window.chips(); focus == chips && chips->tokenCursor() > 0) {
        HowSubject subject{HowKind::Chip};
        subject.col = chips->tokenCursor();
        const QModelIndex at = chips->model()->index(subject.col, 0);
        return {subject, onScreen(chips->viewport(), chips->visualRect(at))};
    }
    const AttentionView* attention = m_window.attention();
    const session::View& shown = m_window.document().session().view();
    if (focus == attention->grid()) found = inAttention(headTarget(shown.layer, shown.head));
    if (focus == attention->panel()->view()) {
        Target target = headTarget(shown.layer, shown.head);
        if (const auto edge = attention->panel()->view()->selectedEdge()) {
            target.kind = TargetKind::Edge;
            target.query = edge->first;
            target.key = edge->second;
        }
        found = inAttention(target);
    }
    if (focus == m_window.why()) found = inView(m_window.why(), std::nullopt);
    if (const PictureView* view = m_window.view(shown.tab); view && view->keyTarget() == focus)
        found = inView(view, std::nullopt);
    return found.value_or(ofStrip(false));
}

std::optional<HowPlace> HowController::placeOf(const Payload& payload, const QObject* from) const {
    if (payload.donor) return std::nullopt;
    const TokenStrip* chips = m_window.chips();
    if (from == chips && payload.position && *payload.position > 0) {
        HowSubject subject{HowKind::Chip};
        subject.col = *payload.position;
        const QModelIndex at = chips->model()->index(subject.col, 0);
        return HowPlace{subject, onScreen(chips->viewport(), chips->visualRect(at))};
    }
    return inView(qobject_cast<const QWidget*>(from), payload);
}

std::optional<HowText> HowController::textOf(const HowSubject& subject) const {
    const Picture* picture = m_window.scheduler().shown();
    if (!picture) return std::nullopt;
    const session::Session& session = m_window.document().session();
    HowScene scene{session, *picture, modelWord(session.model())};
    scene.engine = m_window.enginePlace();
    scene.strip = &m_window.strip()->state();
    if (subject.kind == HowKind::Card) scene.cardEffect = m_window.effects().effect(subject.index);
    if (const auto* sweep = qobject_cast<const SweepView*>(m_window.view("sweep"))) {
        scene.sweep = &m_window.sweeps().result();
        scene.sweepRequest = sweep->request();
    }
    return presentHow(subject, scene);
}

void HowController::explain(const HowPlace& place) {
    if (const std::optional<HowText> text = textOf(place.subject))
        m_popover->open(*text, QRect(m_window.mapFromGlobal(place.where.topLeft()), place.where.size()));
    else
        Q_EMIT said(tr("this number is not here yet"));
}

void HowController::defineFocused() {
    const HowPlace place = focused();
    HowText text = term(termOf(place.subject));
    if (place.subject.kind == HowKind::Card)
        if (const session::Card* card = m_window.document().session().card(place.subject.index))
            text = term(kindTerm(card->cut.kind));
    if (!text.title.isEmpty())
        m_popover->open(text, QRect(m_window.mapFromGlobal(place.where.topLeft()), place.where.size()));
}

void HowController::addTo(QMenu* menu, const Payload& payload, const QObject* from) {
    const std::optional<HowPlace> place = placeOf(payload, from);
    if (!place) return;
    menu->addSeparator();
    QAction* how = menu->addAction(tr("How was this computed?") + QStringLiteral("\t?"));
    connect(how, &QAction::triggered, this, [this, place = *place] { explain(place); });
}

bool HowController::eventFilter(QObject* watched, QEvent* event) {
    if (m_replaying) return false;
    if (watched == m_difference || watched == m_probabilities) {
        const bool key =
            event->type() == QEvent::KeyPress && (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Return ||
                                                  static_cast<QKeyEvent*>(event)->key() == Qt::Key_Enter);
        const bool click = event->type() == QEvent::MouseButtonRelease &&
                           static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton;
        if (key || click) explain(ofStrip(watched == m_probabilities));
        return key || click;
    }
    const bool mouse =
        event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseButtonRelease;
    if (!mouse) return false;
    const auto* pressed = static_cast<QMouseEvent*>(event);
    if (pressed->button() != Qt::LeftButton || pressed->modifiers() != Qt::AltModifier) return false;
    if (event->type() == QEvent::MouseButtonRelease) return true;
    // A plain click selects what is there; then it is what the keyboard is at.
    auto* widget = static_cast<QWidget*>(watched);
    m_replaying = true;
    for (const auto type : {QEvent::MouseButtonPress, QEvent::MouseButtonRelease}) {
        const Qt::MouseButtons held = type == QEvent::MouseButtonPress ? Qt::LeftButton : Qt::NoButton;
        QMouseEvent plain(type, pressed->position(), pressed->globalPosition(), Qt::LeftButton, held,
                          Qt::NoModifier);
        QApplication::sendEvent(widget, &plain);
    }
    m_replaying = false;
    QWidget* focusable =
        widget->focusPolicy() == Qt::NoFocus && widget->parentWidget() ? widget->parentWidget() : widget;
    focusable->setFocus();
    explainFocused();
    return true;
}

} // namespace cutaway::app
