// SPDX-License-Identifier: GPL-3.0-or-later
// What keys and menus of the window do.
#include "app/gui/main_window.h"

#include "app/gui/attention_view.h"
#include "app/gui/copy_controller.h"
#include "app/gui/drag_controller.h"
#include "app/gui/error_sentence.h"
#include "app/gui/how_controller.h"
#include "app/gui/menus.h"
#include "app/gui/model_opener.h"
#include "app/gui/picture_view.h"
#include "app/gui/present.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "core/types/cut_text.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/lanes.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/token_strip.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QInputDialog>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>
#include <QShortcut>

#include <algorithm>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {
constexpr double strengthStep = 0.05;
constexpr int mostNewTokens = 64;
} // namespace

void MainWindow::makeActions() {
    m_bar->setModelMenu(makeMenu());
    m_bar->setModel(tr("no model"), {});
    m_bar->setSteps(false, false);
    m_bar->setDevice({});
}

QMenu* MainWindow::makeMenu() {
    auto* menu = new QMenu(this);
    menu->setMinimumWidth(260);
    const auto add = [this](QMenu* to, const QString& text, const QKeySequence& keys, auto slot) {
        QAction* action = to->addAction(text);
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, slot);
        addAction(action); // its keys work while the menu is closed
        return action;
    };
    fillSessionMenu(menu);
    menu->addSeparator();
    add(menu, tr("Open model…"), QKeySequence::Open, [this] { m_opener->choose(); });
    add(menu, tr("Open model file (GGUF)…"), {}, [this] { m_opener->chooseFile(); });
    QMenu* recent = menu->addMenu(tr("Recent models"));
    connect(menu, &QMenu::aboutToShow, recent, [this, recent] { m_opener->fillRecent(recent); });
    m_opener->fillRecent(recent);
    QMenu* examples = menu->addMenu(tr("Examples"));
    connect(menu, &QMenu::aboutToShow, examples, [this, examples] { fillExamples(examples); });
    add(menu, tr("Open prompts…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
        [this] { choosePrompts(); });
    QAction* like = add(menu, tr("Try on 64 like it"), {}, [this] { tryLike(); });
    connect(menu, &QMenu::aboutToShow, like, [this, like] { like->setEnabled(m_strip->state().canTryMore); });
    QAction* demo = add(menu, tr("Demo"), {}, [this] { m_opener->open(demoModelPath(), false); });
    demo->setEnabled(!demoModelPath().isEmpty());
    QAction* card = add(menu, tr("About this model"), QKeySequence(Qt::CTRL | Qt::Key_I),
                        [this] { m_opener->showCard(m_document.session().model()); });
    connect(menu, &QMenu::aboutToShow, card,
            [this, card] { card->setEnabled(m_document.session().model().traits.nLayers > 0); });
    menu->addSeparator();
    QAction* undo = m_document.undoStack().createUndoAction(this, tr("Undo"));
    undo->setShortcut(QKeySequence::Undo);
    QAction* redo = m_document.undoStack().createRedoAction(this, tr("Redo"));
    redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    menu->addActions({undo, redo});
    addActions({undo, redo});
    menu->addSeparator();
    m_how->fill(menu);
    m_copies->fill(menu->addMenu(tr("Copy and save")));
    menu->addSeparator();
    QMenu* view = menu->addMenu(tr("View"));
    auto* schemes = new QActionGroup(this);
    const std::pair<QString, Theme::Scheme> choices[] = {{tr("As the system"), Theme::Scheme::System},
                                                         {tr("Light"), Theme::Scheme::Light},
                                                         {tr("Dark"), Theme::Scheme::Dark}};
    for (const auto& [text, scheme] : choices) {
        QAction* action = view->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(schemes);
        action->setChecked(Theme::instance().scheme() == scheme);
        connect(action, &QAction::triggered, this, [scheme = scheme] {
            Theme::instance().setScheme(scheme);
            QSettings().setValue(QStringLiteral("scheme"), static_cast<int>(scheme));
        });
    }
    view->addSeparator();
    for (QDockWidget* dock : m_docks->findChildren<QDockWidget*>()) {
        QAction* toggle = dock->toggleViewAction();
        toggle->setText(dock->objectName() == QLatin1String("model") ? tr("Model") : tr("Shelf"));
        view->addAction(toggle);
    }
    addPresenting(view);
    menu->addSeparator();
    add(menu, tr("Quit"), QKeySequence::Quit, [this] { close(); });
    return menu;
}

void MainWindow::key(const QKeySequence& keys, std::function<void()> action) {
    connect(new QShortcut(keys, this), &QShortcut::activated, this, std::move(action));
}

void MainWindow::makeKeys() {
    for (const char* letter : {"X", "0", "P", "R", "S", "F", "H"})
        key(QKeySequence(QLatin1String(letter)), [this, letter] { directKey(letter); });
    key(QKeySequence(Qt::Key_BracketLeft), [this] { strengthKey(-strengthStep); });
    key(QKeySequence(Qt::Key_BracketRight), [this] { strengthKey(strengthStep); });
    key(QKeySequence(Qt::Key_Delete), [this] { deleteKey(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_R), [this] { runAgain(); });
    key(QKeySequence(Qt::CTRL | Qt::Key_Right), [this] { stepForward(nullptr); });
    key(QKeySequence(Qt::CTRL | Qt::Key_Left), [this] { m_document.stepBack(); });
    makeShelfKeys();
    std::vector<QWidget*> carriers{m_attention->grid(),          m_tree, m_chips, m_lanes->donor(),
                                   m_attention->panel()->view(), m_why};
    for (std::size_t i = 0; i < m_tabs.size(); ++i) {
        if (m_tabs[i].view) carriers.push_back(m_tabs[i].view->keyTarget());
        key(QKeySequence(QStringLiteral("Alt+%1").arg(i + 1)), [this, i] { showTab(m_tabs[i].name); });
    }
    for (QWidget* from : carriers)
        connect(new QShortcut(QKeySequence(Qt::Key_Space), from, nullptr, nullptr, Qt::WidgetShortcut),
                &QShortcut::activated, this, &MainWindow::pickUpFocused);
}

Payload MainWindow::focusedPayload() const {
    return payloadOf(QApplication::focusWidget());
}

Payload MainWindow::payloadOf(const QWidget* widget) const {
    const Session& session = m_document.session();
    Payload payload;
    payload.target = headTarget(session.view().layer, session.view().head);
    if (!widget) return payload;
    if (widget == m_tree && m_tree->currentIndex().isValid())
        payload.target = m_tree->currentIndex().data(ModelTreeModel::TargetRole).value<Target>();
    for (const TokenStrip* chips : {m_lanes->own(), m_lanes->donor()})
        if (widget == chips && chips->tokenCursor() >= 0) {
            payload.target = {};
            payload.target.kind = TargetKind::Hook;
            payload.target.hook = HookKind::Embed;
            payload.position = chips->tokenCursor();
            payload.donor = chips == m_lanes->donor();
        }
    if (const PictureView* view = currentView(); view && widget == view->keyTarget())
        if (const auto selected = view->selectedPayload()) return *selected;
    if (widget == m_why)
        if (const auto selected = m_why->selectedPayload()) return *selected;
    if (widget == m_attention->panel()->view())
        if (const auto edge = m_attention->panel()->view()->selectedEdge()) {
            payload.target.kind = TargetKind::Edge;
            payload.target.query = edge->first;
            payload.target.key = edge->second;
        }
    return payload;
}

int MainWindow::focusedCard() const {
    for (const Card& card : m_document.session().shelf().cards) {
        const ShelfCard* shown = m_shelf->card(card.id);
        const QWidget* focus = QApplication::focusWidget();
        if (shown && focus && (shown == focus || shown->isAncestorOf(focus))) return card.id;
    }
    return 0;
}

void MainWindow::directKey(const std::string& pressed) {
    if (m_drag->carrying()) return;
    const auto byKey = [&](const Offer& offer) { return offer.key == pressed; };
    if (const int id = focusedCard()) { // on a card a key changes its kind
        const std::vector<Offer> kinds =
            kindOffers(m_document.session().shownCut(*m_document.session().card(id)),
                       m_document.session().sessionView());
        const auto kind = std::find_if(kinds.begin(), kinds.end(), byKey);
        if (kind != kinds.end()) changeKind(id, kind->id);
        return;
    }
    Payload payload = focusedPayload();
    payload.hideChip = pressed == "H" && payload.position.has_value();
    const std::vector<Offer> rows = offers(payload, {}, m_document.session().sessionView());
    const auto row = std::find_if(rows.begin(), rows.end(), byKey);
    if (row == rows.end()) return;
    if (row->allowed)
        applyOffer(*row, {});
    else
        showError(tr("%1 cannot be done: %2.")
                      .arg(QString::fromStdString(row->label), QString::fromStdString(row->reason)));
}

void MainWindow::changeKind(int id, const std::string& kind) {
    const Card* card = m_document.session().card(id);
    if (!card) return;
    for (const Offer& offer :
         kindOffers(m_document.session().shownCut(*card), m_document.session().sessionView()))
        if (offer.id == kind) {
            if (offer.allowed)
                m_document.setCardCut(id, offer.cut,
                                      tr("change to %1").arg(QString::fromStdString(offer.label)));
            else
                showError(QString::fromStdString(offer.reason));
            return;
        }
}

void MainWindow::strengthKey(double by) {
    const int focused = focusedCard();
    const int id = focused ? focused : m_selectedCard;
    const Card* card = m_document.session().card(id);
    if (!card) return;
    const double stepped = std::round((card->cut.strength + by) * 100) / 100;
    m_document.setStrength(id, std::clamp(stepped, 0.0, 1.0), 0);
}

void MainWindow::deleteKey() {
    if (const int id = focusedCard()) {
        m_document.removeCard(id);
        m_attention->grid()->setFocus();
        return;
    }
    // Elsewhere: the newest cut on what is selected.
    const Payload payload = focusedPayload();
    const auto& cards = m_document.session().shelf().cards;
    for (auto card = cards.rbegin(); card != cards.rend(); ++card)
        if (baseTargets(card->cut) == std::vector<Target>{payload.target})
            return m_document.removeCard(card->id);
    if (m_selectedCard) m_document.removeCard(m_selectedCard);
}

void MainWindow::pickUpFocused() {
    const Payload payload = focusedPayload();
    QPixmap thumbnail;
    if (payload.target.kind == TargetKind::Head)
        thumbnail = m_attention->grid()->thumbnail(
            {LayerIndex(payload.target.layer), HeadIndex(payload.target.index)});
    m_drag->pickUpByKey(payload, thumbnail);
}

QMenu* MainWindow::offerMenu(const Payload& payload) {
    QStringList tokens;
    if (const Picture* picture = m_scheduler->shown()) tokens = visibleTokens(*picture);
    const QString where = payload.target.kind == TargetKind::Edge ? QString()
                          : payload.position                      ? tr(" (%1)").arg(*payload.position)
                                                                  : tr(" at all positions");
    QMenu* menu = makeOfferMenu(this, tr("Cut %1%2").arg(DragController::nameOf(payload, tokens), where),
                                offers(payload, {}, m_document.session().sessionView()),
                                [this](const Offer& offer) { applyOffer(offer, {}); });
    extendMenu(menu, payload, sender());
    return menu;
}

void MainWindow::applyOffer(const Offer& offer, const Place& place) {
    const int id = m_document.apply(offer, place);
    if (id == 0) return;
    m_selectedCard = id;
    if (m_document.session().view().mode == ViewMode::Uncut && !m_momentary) setMode(ViewMode::Cut);
    refreshShelf();
    m_shelf->focusCard(id); // a key now changes the kind of what was just dropped
}

void MainWindow::stepForward(const Prediction* chosen) {
    const Picture* picture = m_scheduler->shown();
    if (!picture || m_scheduler->stale()) return;
    const auto& tokens = picture->result.tokens;
    const auto* at = predictionsAt(picture->result.main, static_cast<int>(tokens.size()) - 1);
    const int context = m_document.session().model().traits.context;
    if (!at || at->top.empty() || static_cast<int>(tokens.size()) >= context) return;
    m_document.step(tokens, chosen ? chosen->id : at->top.front().id);
}

void MainWindow::stepToEnd() {
    const Picture* picture = m_scheduler->shown();
    if (!picture || m_scheduler->stale()) return;
    GenerateRequest request;
    request.run = picture->request;
    request.run.input.value = picture->result.tokens;
    request.run.keep = false;
    const int room =
        m_document.session().model().traits.context - static_cast<int>(picture->result.tokens.size());
    request.maxTokens = std::clamp(room, 0, mostNewTokens);
    if (request.maxTokens == 0) return;
    const int prompt = steps(m_document.session().sequence()) > 0
                           ? m_document.session().sequence().promptTokens
                           : static_cast<int>(picture->result.tokens.size());
    const Sequence before = m_document.session().sequence();
    m_host->ask<GenerateResult>(JobTag::Generate, request,
                                [this, prompt, before](const Result<GenerateResult>& result) {
                                    if (!(before == m_document.session().sequence()))
                                        return; // the prompt is another by now
                                    if (result)
                                        m_document.setContinuation(result->tokens, prompt);
                                    else if (result.error().code != ErrorCode::Cancelled)
                                        showError(sentenceOf(result.error()));
                                });
}

void MainWindow::chooseAnswer(bool wrong) {
    const Picture* picture = m_scheduler->shown();
    if (!picture) return;
    const Session& session = m_document.session();
    const auto* at = predictionsAt(picture->uncutSide(), session.cursor());
    if (!at) return;
    const Choice now = session.choice().answer.empty() ? m_automatic : session.choice();
    const TokenSet& marked = wrong ? now.wrong : now.answer;
    TokenId current = -1;
    if (!marked.empty() && std::holds_alternative<TokenId>(marked.front()))
        current = std::get<TokenId>(marked.front());
    QMenu* menu = makePredictionMenu(
        this, at->top, current, [this, wrong](const Prediction& chosen) { setAnswerSide(wrong, chosen.id); });
    menu->addSeparator();
    connect(menu->addAction(tr("Another token…")), &QAction::triggered, this,
            [this, wrong] { writeAnswer(wrong); });
    if (!session.choice().answer.empty())
        connect(menu->addAction(tr("Top prediction against the runner-up")), &QAction::triggered, this,
                [this] { m_document.setChoice({}, tr("choose answer")); });
    menu->popup(wrong ? m_strip->wrongMenuPos() : m_strip->answerMenuPos());
}

void MainWindow::setAnswerSide(bool wrong, TokenId chosen) {
    Choice next = m_document.session().choice().answer.empty() ? m_automatic : m_document.session().choice();
    TokenSet& side = wrong ? next.wrong : next.answer;
    TokenSet& other = wrong ? next.answer : next.wrong;
    if (other == TokenSet{chosen}) other = side; // both the same would measure nothing
    side = {chosen};
    m_document.setChoice(next, tr("choose answer"));
}

void MainWindow::writeAnswer(bool wrong) {
    bool good = false;
    const QString text =
        QInputDialog::getText(this, wrong ? tr("Rather than which token?") : tr("Which token?"),
                              tr("One token: a word, or # and a number."), QLineEdit::Normal, {}, &good);
    if (!good || text.isEmpty()) return;
    bool isId = false;
    const int id = text.mid(1).toInt(&isId);
    if (text.startsWith(QLatin1Char('#')) && isId) return setAnswerSide(wrong, id);
    // A word in a text begins with its space; whoever means the token without it finds it where only that is
    // one.
    const std::string exact = text.toStdString();
    const auto asked = [this, wrong, exact](const std::string& words, auto otherwise) {
        m_host->ask<std::vector<TokenPiece>>(
            JobTag::Hover, engine::TokenizeRequest{{words, BosMode::None}},
            [this, wrong, otherwise](const Result<std::vector<TokenPiece>>& pieces) {
                if (pieces && pieces->size() == 1)
                    setAnswerSide(wrong, pieces->front().id);
                else
                    otherwise();
            });
    };
    const auto none = [this, text] { showError(tr("“%1” is not one token of this model.").arg(text)); };
    asked(exact.front() == ' ' ? exact : " " + exact, [asked, exact, none] { asked(exact, none); });
}

void MainWindow::showExample(const Example& example) {
    m_document.undoStack().beginMacro(tr("show “%1”").arg(example.title));
    m_document.setPrompt(example.prompt);
    m_document.setChoice({example.answer, example.wrong}, tr("choose answer"));
    m_document.undoStack().endMacro();
}

void MainWindow::fillExamples(QMenu* menu) {
    menu->clear();
    menu->setToolTipsVisible(true);
    const std::vector<Example> examples =
        readExamples(QString::fromStdString(m_document.session().model().path));
    for (const Example& example : examples) {
        QAction* action =
            menu->addAction(QString(example.title).replace(QLatin1Char('&'), QStringLiteral("&&")));
        action->setToolTip(tipText(example.note));
        connect(action, &QAction::triggered, this, [this, example] { showExample(example); });
    }
    menu->setEnabled(!examples.empty());
}

void MainWindow::changePlace(int id, const QString& place) {
    const Card* card = m_document.session().card(id);
    if (!card) return;
    QString text = place;
    if (place == QLatin1String("?")) {
        bool good = false;
        text = QInputDialog::getText(
            this, tr("Where does this cut act?"),
            tr("Positions: 4, 4-7, last, -2, gen, all; several with commas."), QLineEdit::Normal,
            QString::fromStdString(printPositions(m_document.session().shownCut(*card).positions)), &good);
        if (!good) return;
    }
    const Result<Cut> parsed = parseCut("zero:L0@" + text.trimmed().toStdString());
    if (!parsed) return showError(tr("“%1” names no positions.").arg(text));
    Cut cut = m_document.session().shownCut(*card);
    cut.positions = parsed->positions;
    m_document.setCardCut(id, std::move(cut), tr("change positions"));
}

void MainWindow::setMode(ViewMode mode) {
    View view = m_document.session().view();
    view.mode = mode;
    m_document.setView(view);
    if (const Picture* picture = m_scheduler->shown())
        m_chips->setChips(presentChips(m_document.session(), *picture));
}

void MainWindow::setCursor(int position) {
    View view = m_document.session().view();
    // −1 follows the text's end, or the mask of a masked-token model; what is chosen there stays.
    const bool follows = m_document.session().model().maskToken < 0;
    view.cursor = follows && position == m_document.session().length() - 1 ? -1 : position;
    m_document.setView(view);
    m_chips->setTokenCursor(m_document.session().cursor());
    m_attention->setTokenCursor(m_document.session().cursor());
}

void MainWindow::selectHead(int layer, int head) {
    m_headChosen = true;
    View view = m_document.session().view();
    view.layer = layer;
    view.head = head;
    m_document.setView(view);
    m_attention->grid()->setSelected(HeadId{LayerIndex(layer), HeadIndex(head)});
    m_tree->setSelected(headTarget(layer, head));
}

} // namespace cutaway::app
