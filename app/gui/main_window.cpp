// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/main_window.h"

#include "app/gui/attention_tools.h"
#include "app/gui/attention_view.h"
#include "app/gui/attribution_view.h"
#include "app/gui/card_effects.h"
#include "app/gui/drag_controller.h"
#include "app/gui/idle_figures.h"
#include "app/gui/inside_tab.h"
#include "app/gui/lane_controller.h"
#include "app/gui/lens_view.h"
#include "app/gui/menus.h"
#include "app/gui/model_opener.h"
#include "app/gui/neurons_view.h"
#include "app/gui/present.h"
#include "app/gui/present_analysis.h"
#include "app/gui/present_history.h"
#include "app/gui/prompt_set_controller.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/session_files.h"
#include "app/gui/set_band.h"
#include "app/gui/sweep_controller.h"
#include "app/gui/sweep_view.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/lanes.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/notice_bar.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/section_head.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/status_line.h"
#include "widgets/views/token_strip.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMainWindow>
#include <QMenu>
#include <QRegularExpression>
#include <QScreen>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include <algorithm>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {

constexpr int typingPause = 250; ///< ms after the last key before a prompt runs

QWidget* plainWidget(const char* role) {
    auto* made = new QWidget;
    made->setProperty("role", QLatin1String(role));
    made->setAttribute(Qt::WA_StyledBackground);
    return made;
}

/// Ids as one writes them for a model without tokenizer: `1, 2, 3`.
std::optional<std::vector<TokenId>> idsOf(const QString& text) {
    std::vector<TokenId> ids;
    const QStringList words = text.split(QRegularExpression(QStringLiteral("[\\s,#]+")), Qt::SkipEmptyParts);
    for (const QString& word : words) {
        bool good = false;
        ids.push_back(word.toInt(&good));
        if (!good || ids.back() < 0) return std::nullopt;
    }
    if (ids.empty()) return std::nullopt;
    return ids;
}

/// The machine of `ssh:HOST`.
QString hostOf(const QString& place) {
    return place.mid(place.indexOf(QLatin1Char(':')) + 1);
}

} // namespace

MainWindow::MainWindow(EngineHost::Source engine, const Options& options)
    : m_options(options), m_host(std::make_unique<EngineHost>(std::move(engine))),
      m_scheduler(new RunScheduler(*m_host, this)), m_sweeps(new SweepController(*m_host, this)),
      m_figures(new IdleFigures(*m_host, this)),
      m_opener(new ModelOpener(*m_host, hostOf(options.engine), options.device, this)) {
    setAcceptDrops(true);
    setWindowTitle(tr("Cutaway"));
    m_typing.setSingleShot(true);
    m_typing.setInterval(typingPause);
    layOut();
    connectParts();
    connectShelf();
    connectViews();
    connectFigures();
    connectLanes();
    connectDrag();
    connectPalette();
    connectHow();
    connectSets();
    connectSessions();
    makeActions();
    makeKeys();
    qApp->installEventFilter(this);

    const QSettings settings;
    resize(1600, 1000);
    if (options.screenshot.isEmpty()) {
        restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
        m_docks->restoreState(settings.value(QStringLiteral("docks")).toByteArray());
        m_attention->restoreSplitter(settings.value(QStringLiteral("splitter")).toByteArray());
    }
    if (!options.size.isEmpty()) resize(options.size);
    if (const QScreen* on = screen(); on && options.screenshot.isEmpty()) // never larger than the screen
        resize(size().boundedTo(on->availableSize()));
    if (options.prompt)
        m_document.setPrompt(*options.prompt);
    else if (options.model.isEmpty() || options.model == QLatin1String("demo"))
        if (const std::vector<Example> examples = readExamples(demoModelPath()); !examples.empty())
            showExample(examples.front());
    for (const Cut& cut : options.cuts)
        m_document.addCut(cut);
    if (options.donor) m_document.setDonor(*options.donor);
    if (!options.answer.empty()) m_document.setChoice({options.answer, options.wrong}, tr("choose answer"));
    if (!options.view.isEmpty()) showTab(options.view.toStdString());
    m_document.undoStack().clear(); // what the program starts with is no edit
    m_chips->setFocus();
    refreshStrip();
    refreshStatus();
}

MainWindow::~MainWindow() {
    qApp->removeEventFilter(this);
    m_host.reset(); // joins: nothing replies to the parts below any more
    delete m_files; // takes leave of the document, which goes before the window's children do
}

void MainWindow::layOut() {
    m_bar = new PromptBar;
    m_strip = new AnswerStrip;
    m_status = new StatusLine;
    m_docks = new QMainWindow;
    m_docks->setWindowFlags(Qt::Widget);
    m_docks->setAttribute(Qt::WA_StyledBackground);

    m_page = plainWidget("page");
    m_lanes = new Lanes;
    m_chips = m_lanes->own();
    m_laneController = new LaneController(*m_host, m_document, this);
    m_effects = new CardEffects(*m_host, m_document, this);
    m_sets = new PromptSetController(*m_host, m_document, this);
    m_band = new SetBand;
    m_band->hide();
    m_attention = new AttentionView;
    auto* line = plainWidget("line");
    line->setFixedHeight(1);
    m_tabBar = new QTabBar;
    m_tabBar->setDrawBase(false);
    m_tabBar->setExpanding(false);
    m_tabBar->setFocusPolicy(Qt::NoFocus);
    m_stack = new QStackedWidget;
    const auto addTab = [this](const char* name, const QString& label, QWidget* content, PictureView* view) {
        m_tabs.push_back({name, view});
        m_tabBar->addTab(label);
        m_stack->addWidget(content);
    };
    auto* lens = new LensView;
    auto* attribution = new AttributionView;
    addTab("attention", tr("Attention"), m_attention, nullptr);
    auto* inside = new InsideTab;
    auto* sweep = new SweepView(*m_sweeps);
    auto* neurons = new NeuronsView;
    addTab("inside", tr("Inside"), inside, inside);
    addTab("lens", tr("Lens"), lens, lens);
    addTab("attribution", tr("Attribution"), attribution, attribution);
    addTab("sweep", tr("Sweep"), sweep, sweep);
    addTab("neurons", tr("Neurons"), neurons, neurons);
    auto* tabRow = new QHBoxLayout;
    tabRow->setContentsMargins(14, 4, 12, 0);
    tabRow->addWidget(m_tabBar);
    tabRow->addStretch();
    tabRow->addWidget(m_attention->tools());
    auto* below = plainWidget("line");
    below->setFixedHeight(1);
    auto* column = new QVBoxLayout(m_page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_lanes);
    column->addWidget(line);
    auto* tabs = new QWidget; // steps back while something is carried; the lanes do not
    auto* underLanes = new QVBoxLayout(tabs);
    underLanes->setContentsMargins(0, 0, 0, 0);
    underLanes->setSpacing(0);
    underLanes->addLayout(tabRow);
    underLanes->addWidget(below);
    underLanes->addSpacing(8);
    underLanes->addWidget(m_stack, 1);
    column->addWidget(tabs, 1);
    m_docks->setCentralWidget(m_page);

    m_tree = new ModelTree;
    m_shelf = new ShelfView;
    QDockWidget* model = dock(QStringLiteral("model"), new SectionHead(tr("Model"), tr("Effect")),
                              makeTreePanel(), Qt::LeftDockWidgetArea);
    m_why = new ContributionBars;
    m_whyArea = new QScrollArea;
    m_whyArea->setFrameShape(QFrame::NoFrame);
    m_whyArea->setWidgetResizable(true);
    m_whyArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_whyArea->setProperty("role", QStringLiteral("panel"));
    m_why->setProperty("role", QStringLiteral("panel"));
    m_whyArea->setWidget(m_why);
    m_whyArea->hide(); // nothing is cut
    auto* shelfAndWhy = plainWidget("panel");
    auto* shelfColumn = new QVBoxLayout(shelfAndWhy);
    shelfColumn->setContentsMargins(0, 0, 0, 0);
    shelfColumn->setSpacing(0);
    shelfColumn->addWidget(m_shelf, 1);
    m_whyLine = plainWidget("line");
    m_whyLine->setFixedHeight(1);
    m_whyLine->hide();
    shelfColumn->addWidget(m_whyLine);
    shelfColumn->addWidget(m_whyArea);
    dock(QStringLiteral("shelf"), makeShelfHead(), shelfAndWhy, Qt::RightDockWidgetArea);

    m_notices = new NoticeBar;
    auto* window = new QVBoxLayout(this);
    window->setContentsMargins(0, 0, 0, 0);
    window->setSpacing(0);
    window->addWidget(m_notices);
    window->addWidget(m_bar);
    window->addWidget(m_strip);
    window->addWidget(m_band);
    window->addWidget(m_docks, 1);
    window->addWidget(m_status);

    m_drag = new DragController(this, m_page, m_shelf, m_chips, [this] {
        DragContext context;
        context.view = m_document.session().sessionView();
        if (const Picture* picture = m_scheduler->shown()) {
            context.tokens = visibleTokens(*picture);
            context.cursor = m_document.session().cursor();
        }
        for (const Card& card : m_document.session().shelf().cards)
            context.cardIds.push_back(card.id);
        return context;
    });
    m_drag->setDimmed({tabs, model});
    m_drag->setBelowLanes(tabs);
    m_drag->setTabs(m_tabBar);
}

QDockWidget* MainWindow::dock(const QString& name, SectionHead* head, QWidget* content,
                              Qt::DockWidgetArea area) {
    auto* made = new QDockWidget(head->accessibleName().isEmpty() ? name : head->accessibleName(), m_docks);
    made->setObjectName(name);
    made->setTitleBarWidget(head);
    auto* ground = plainWidget("panel");
    auto* column = new QVBoxLayout(ground);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(content);
    made->setWidget(ground);
    m_docks->addDockWidget(area, made);
    m_docks->resizeDocks({made}, {area == Qt::LeftDockWidgetArea ? 206 : 372}, Qt::Horizontal);
    return made;
}

void MainWindow::connectParts() {
    connect(&m_document, &Document::changed, this, &MainWindow::changed);
    connect(m_scheduler, &RunScheduler::pictureChanged, this, &MainWindow::pictureChanged);
    connect(m_scheduler, &RunScheduler::staleChanged, this, &MainWindow::pictureChanged);
    connect(m_scheduler, &RunScheduler::progressChanged, this, &MainWindow::refreshStatus);
    connect(m_scheduler, &RunScheduler::failed, this, [this](const QString& sentence) {
        showError(sentence);
        Q_EMIT failed(sentence);
    });
    connect(m_host.get(), &EngineHost::busyChanged, this, [this] {
        refreshStatus();
        if (!m_scheduler->shown()) refreshStrip();
    });
    connect(m_host.get(), &EngineHost::news, this, &MainWindow::engineNews);
    connect(m_opener, &ModelOpener::opened, this, &MainWindow::modelOpened);
    connect(m_opener, &ModelOpener::failed, this, [this](const QString& sentence) {
        if (m_document.session().model().traits.nLayers == 0) {
            showError(sentence);
            m_attention->grid()->setMessage(
                tr("No model is open. Ctrl+O opens one, or drop its folder here."));
        }
        if (m_pending) modelIsMissing(tr("does not open"));
        // The model before stays, and what it was asked is asked again: opening had stopped its run.
        requestRun(false);
        Q_EMIT failed(sentence);
    });
    connect(m_opener, &ModelOpener::stateChanged, this, &MainWindow::refreshStatus);

    connect(m_bar, &PromptBar::promptEdited, this, [this](const QString&) { m_typing.start(); });
    connect(&m_typing, &QTimer::timeout, this, [this] { promptEdited(m_bar->prompt(), false); });
    connect(m_bar, &PromptBar::promptCommitted, this, [this](const QString& text) {
        m_typing.stop();
        promptEdited(text, true);
    });
    connect(m_bar, &PromptBar::stepForward, this, [this] { stepForward(nullptr); });
    connect(m_bar, &PromptBar::stepBack, &m_document, &Document::stepBack);
    connect(m_bar, &PromptBar::toStart, &m_document, &Document::toStart);
    connect(m_bar, &PromptBar::toEnd, this, &MainWindow::stepToEnd);
    connect(m_bar, &PromptBar::alternativesRequested, this, [this] {
        const Picture* picture = m_scheduler->shown();
        const auto* at = picture ? predictionsAt(picture->result.main, picture->length() - 1) : nullptr;
        if (!at) return;
        makePredictionMenu(this, at->top, at->top.empty() ? -1 : at->top.front().id,
                           [this](const Prediction& chosen) { stepForward(&chosen); })
            ->popup(m_bar->alternativesPos());
    });

    connect(m_strip, &AnswerStrip::modeChosen, this, [this](RunMode mode) {
        setMode(mode == RunMode::Uncut ? ViewMode::Uncut
                : mode == RunMode::Cut ? ViewMode::Cut
                                       : ViewMode::Change);
    });
    connect(m_strip, &AnswerStrip::answerChoiceRequested, this, [this] { chooseAnswer(false); });
    connect(m_strip, &AnswerStrip::wrongChoiceRequested, this, [this] { chooseAnswer(true); });
    connect(m_strip, &AnswerStrip::swapRequested, this, [this] {
        const Choice& now = m_document.session().choice();
        const Choice& from = now.answer.empty() ? m_automatic : now;
        if (!from.wrong.empty()) m_document.setChoice({from.wrong, from.answer}, tr("swap answer and wrong"));
    });

    connect(m_chips, &TokenStrip::cursorMoved, this, &MainWindow::setCursor);
    connect(m_attention, &AttentionView::rowChosen, this, &MainWindow::setCursor);
    connect(m_attention, &AttentionView::rowShown, m_chips,
            [this](const std::vector<float>& weights) { m_chips->setWeights(weights); });
    connect(m_attention, &AttentionView::headChosen, this, &MainWindow::selectHead);
    connect(m_tree, &ModelTree::targetSelected, this, [this](const Target& target) {
        if (target.kind == TargetKind::Head) selectHead(target.layer, target.index);
    });
    connect(m_tree, &ModelTree::targetHovered, this, [this](const Target& target, bool inside) {
        light(inside ? std::optional(target) : std::nullopt);
    });
    connect(m_attention, &AttentionView::headHovered, this, [this](std::optional<HeadId> head) {
        light(head ? std::optional(headTarget(head->layer.value, head->head.value)) : std::nullopt);
    });
    const auto lightBar = [this](const ContributionBars* bars) {
        return [this, bars](int index) {
            const bool inside = index >= 0 && index < static_cast<int>(bars->state().bars.size());
            const auto* payload = inside && bars->state().bars[static_cast<std::size_t>(index)].payload
                                      ? &*bars->state().bars[static_cast<std::size_t>(index)].payload
                                      : nullptr;
            light(payload ? std::optional(payload->target) : std::nullopt);
        };
    };
    const ContributionBars* attribution = static_cast<AttributionView*>(view("attribution"))->bars();
    connect(m_why, &ContributionBars::barHovered, this, lightBar(m_why));
    connect(attribution, &ContributionBars::barHovered, this, lightBar(attribution));
    connect(m_tree, &ModelTree::targetActivated, this, [this](const Target& target) {
        goTo(target);
        if (target.kind == TargetKind::Head) showTab("attention");
        if (target.kind == TargetKind::Mlp) showTab("neurons");
    });
    const auto menu = [this](const Payload& payload, const QPoint& where) {
        offerMenu(payload)->popup(where);
    };
    connect(m_tree, &ModelTree::offersRequested, this, menu);
    connect(m_attention, &AttentionView::offersRequested, this, menu);
    connect(m_tree, &ModelTree::pickUpRequested, m_drag, &DragController::pickUp);
    connect(m_attention, &AttentionView::pickUpRequested, m_drag, &DragController::pickUp);
    connect(m_chips, &TokenStrip::pickUpRequested, m_drag, &DragController::pickUp);
    connect(m_chips, &TokenStrip::offersRequested, this,
            [this](const Payload& payload, const QPoint& at) { offerMenu(payload)->popup(at); });
    connect(m_status, &StatusLine::stopRequested, this, [this] {
        if (m_opener->opening()) m_opener->stop();
        m_scheduler->stop();
        m_sweeps->stop();
        m_figures->stop();
        m_host->cancel(JobTag::Generate);
        m_sets->stop();
    });
}

void MainWindow::start() {
    if (m_started) return;
    m_started = true;
    m_host->start();
    if (m_options.screenshot.isEmpty()) offerLostWork();
    if (!m_options.session.isEmpty()) return openSession(QFileInfo(m_options.session).absoluteFilePath());
    const bool demo = m_options.model.isEmpty() || m_options.model == QLatin1String("demo");
    const QString path = demo                         ? demoModelPath()
                         : m_opener->host().isEmpty() ? QFileInfo(m_options.model).absoluteFilePath()
                                                      : m_options.model;
    if (path.isEmpty()) {
        showError(tr("The shipped model is not where it should be. Open another with Ctrl+O."));
        Q_EMIT failed(m_error);
        return;
    }
    m_opener->open(path, true);
}

void MainWindow::modelOpened(const ModelInfo& info) {
    m_error.clear();
    keepPending();
    const bool edited = m_files->modified() || !m_files->path().isEmpty();
    const bool other = !m_firstModel;
    if (!other && !m_options.prompts.isEmpty()) openFirstPrompts();
    m_firstModel = false;
    m_sweeps->clear();
    m_laneController->setModel();
    m_effects->setModel();
    m_sets->setModel();
    m_history.clear();
    m_scheduler->setModel(info.path + '\n' + info.hash);
    m_automatic = {};
    m_headChosen = false;
    m_meansReady = false;
    m_attention->setModel(info.traits);
    m_tree->treeModel()->setTraits(info.traits);
    for (int layer : {info.traits.nLayers - 2, info.traits.nLayers - 1})
        if (layer >= 0) m_tree->expand(m_tree->treeModel()->index(layer + 1, 0));
    m_chips->setChips({});
    m_bar->setModel(QString::fromStdString(info.name), modelSize(info));
    showDevice(info.device, info.dtype, info.warnings);
    m_figures->setModel(info);
    m_document.setModel(info); // changed() below asks for the run
    if (other) {
        // Token ids and texts of the former vocabulary mean nothing here; text and shelf stay.
        m_document.setChoice({}, tr("choose answer"));
        m_document.toStart();
        m_document.undoStack().clear();
    }
    const Sequence& sequence = m_document.session().sequence();
    if (info.tokenizer.empty()) {
        if (const auto ids = idsOf(QString::fromStdString(sequence.text))) {
            m_document.setTokens(*ids);
        } else if (sequence.tokens.empty()) {
            std::vector<TokenId> first;
            for (TokenId id = 0; id < std::min({8, info.traits.dVocab, info.traits.context}); ++id)
                first.push_back(id);
            m_document.setTokens(first);
        }
    } else if (sequence.text.empty()) {
        m_document.setPrompt(tr("Once upon a time"));
    }
    if (m_document.undoStack().count() == 1) m_document.undoStack().clear();
    if (m_pending)
        pendingOpened();
    else if (other && edited)
        m_files->touch();
    refreshTitle();
    requestRun(true);
}

void MainWindow::promptEdited(const QString& text, bool committed) {
    if (m_typingGesture == 0) m_typingGesture = m_document.newGesture();
    const int gesture = m_typingGesture;
    if (committed) m_typingGesture = 0;
    const ModelInfo& model = m_document.session().model();
    if (model.traits.nLayers > 0 && model.tokenizer.empty()) {
        if (auto ids = idsOf(text))
            m_document.setTokens(std::move(*ids));
        else
            showError(tr("This model has no tokenizer: write token ids, such as 1, 2, 3."));
        return;
    }
    m_document.setPrompt(text, gesture);
}

void MainWindow::changed(Change change) {
    if (change == Change::Sequence) {
        View view = m_document.session().view();
        view.cursor = -1; // the end of what runs now
        m_document.setView(view);
    }
    m_attention->setShelf(m_document.session());
    if (change == Change::Set) refreshSet();
    if (change == Change::Donor || change == Change::Sequence) refreshLanes();
    if (change == Change::Shelf || change == Change::Model || change == Change::Donor) {
        const QWidget* focus = QApplication::focusWidget();
        const bool onShelf = focus && m_shelf->isAncestorOf(focus);
        refreshShelf();
        // A card that goes takes the keyboard with it: back to what is looked at.
        if (onShelf && !focus->isVisible()) {
            if (PictureView* view = currentView())
                view->keyTarget()->setFocus();
            else
                m_attention->grid()->setFocus();
        }
    }
    if (change == Change::View) {
        m_attention->setPicture(m_scheduler->shown(), m_document.session(), m_scheduler->stale());
        refreshViews();
    }
    requestRun(change == Change::Sequence || change == Change::Model);
    refreshStrip();
    refreshSteps();
    // A set around the prompt that is shown already brings no new picture.
    if (change == Change::Sequence) rested();
}

void MainWindow::requestRun(bool abandon) {
    const Session& session = m_document.session();
    if (session.model().traits.nLayers == 0) return;
    if (session.sequence().text.empty() && session.sequence().tokens.empty()) {
        showError(tr("The prompt is empty: write something to run."));
        return;
    }
    // Cards follow their tokens: where those went is read first.
    if (m_laneController->awaitTokens()) return m_scheduler->await(abandon);
    // An answer that was picked by itself follows the prompt and the cursor.
    if (const Picture* picture = m_scheduler->shown(); picture && session.choice().answer.empty())
        m_automatic = automaticChoice(*picture, session.cursor());
    Wanted wanted;
    wanted.request = session.toRunRequest(m_automatic);
    if (!m_scheduler->wants(wanted.request)) {
        m_effects->stop();
        m_sets->pause();
    }
    m_laneController->want(session.choice().answer.empty() ? m_automatic : session.choice());
    const PictureView* view = currentView();
    wanted.parts = view ? view->wishes(session) : m_attention->wishes(session);
    if (view && !m_headChosen) // the first head shown is picked by its attention
        wanted.parts.push_back(m_attention->tilesWish(session));
    const bool scored = !wanted.request.answer.empty() && !wanted.request.wrong.empty();
    if (scored && !wanted.request.cuts.empty()) {
        PartWish why{PartKind::Waterfall, Shown::Change};
        why.position = session.cursor();
        wanted.parts.push_back(why);
    }
    wanted.cursor = session.cursor();
    wanted.outputs = session.model().traits.dVocabOut;
    wanted.tilePixels = std::clamp(m_attention->grid()->tilePixels(), 16, 512);
    // What was swept is about something else now, and stands in the way.
    if (!m_scheduler->wants(wanted.request)) m_sweeps->stop();
    m_figures->look(wanted.request, wanted.cursor);
    m_scheduler->want(std::move(wanted), abandon);
    if (m_scheduler->complete()) m_figures->rest(*m_scheduler->shown()); // the cursor alone has moved
}

void MainWindow::pictureChanged() {
    const Picture* picture = m_scheduler->shown();
    const bool stale = m_scheduler->stale();
    if (picture) {
        if (!stale) m_error.clear();
        showDevice(picture->result.device, picture->result.dtype, picture->result.warnings);
        const int length = picture->length();
        const Sequence& sequence = m_document.session().sequence();
        const auto* text = std::get_if<std::string>(&picture->request.input.value);
        if (sequence.tokens.empty() && text && *text == sequence.text)
            m_document.setTokensRun(picture->result.tokens);
        else if (m_document.session().length() != length && !m_document.session().tokensKnown())
            m_document.setLength(length);
        refreshShelf();
        // Until the figures of all positions are here the chips keep their shading.
        if (!picture->light || m_chips->model()->rowCount() != length)
            m_chips->setChips(presentChips(m_document.session(), *picture));
        m_chips->setTokenCursor(m_document.session().cursor());
    }
    m_attention->setPicture(picture, m_document.session(), stale);
    refreshViews();
    refreshLanes();
    refreshStrip();
    refreshStatus();
    refreshSteps();
    if (!picture || stale) return;
    requestRun(false); // the picture may have brought another automatic answer
    if (!m_headChosen && m_scheduler->complete()) {
        m_headChosen = true;
        if (const auto head =
                tellingHead(m_document.session(), *picture, m_attention->tilesWish(m_document.session())))
            selectHead(head->layer.value, head->head.value); // in Attention its pattern is awaited
    }
    tellComplete();
}

void MainWindow::refreshStrip() {
    const bool open = m_document.session().model().traits.nLayers > 0;
    const QString opening = m_opener->opening()      ? m_opener->work()
                            : open && m_host->busy() ? tr("Running the prompt…")
                                                     : tr("Nothing has run yet.");
    AnswerStripState state =
        presentAnswer(m_document.session(), m_scheduler->shown(), m_scheduler->stale(), m_error, opening);
    state.preview = m_preview;
    if (state.uncutDiff && state.cutDiff)
        state.share = presentShare(*state.uncutDiff, *state.cutDiff, m_laneController->difference());
    if (const RunRecord* baseline = m_history.pinned())
        presentBaseline(state, *baseline, m_document.session(), scoredChoice());
    presentSetIn(state);
    m_strip->setState(state);
}

void MainWindow::refreshStatus() {
    StatusLineState state;
    state.parts = presentComputed(m_document.session(), m_scheduler->shown());
    if (m_document.session().model().traits.nLayers > 0) {
        presentTrust(state, m_figures->trust());
        presentQuantization(state, m_document.session().model());
    }
    if (!m_engineWork.isEmpty()) {
        state.work = m_engineWork;
    } else if (m_opener->opening()) {
        state.work = m_opener->work();
        state.progress = m_opener->progress();
        state.canStop = true;
    } else if (const Progress& progress = m_scheduler->progress();
               !progress.stage.empty() || m_scheduler->stale()) {
        if (m_host->busy()) {
            state.work = progress.stage.empty() ? tr("running") : QString::fromStdString(progress.stage);
            if (progress.total > 0)
                state.progress = static_cast<double>(progress.done) / static_cast<double>(progress.total);
            state.canStop = true;
        }
    }
    if (state.work.isEmpty() && (m_sets->running() || m_sets->making())) {
        const int all = m_document.session().promptSet().size();
        state.work = m_sets->making() ? tr("making prompts like it") : tr("running the prompts");
        if (all > 0 && !m_sets->making()) state.progress = static_cast<double>(m_sets->done()) / all;
        state.canStop = true;
    }
    if (m_scheduler->stopped() && m_scheduler->stale()) {
        state.parts = {tr("stopped: these numbers are those from before the last change")};
        state.hints << tr("Ctrl+R runs it");
    }
    if (const Picture* picture = m_scheduler->shown(); picture && picture->hasCuts())
        state.hints << tr("hold \\ to see it uncut");
    if (Theme::instance().presenting()) state.hints << tr("Esc or F5 ends presenting");
    state.hints << tr("Ctrl+K find anything");
    if (!m_said.isEmpty()) state.hints = {m_said};
    m_status->setState(state);
}

void MainWindow::refreshSteps() {
    const Session& session = m_document.session();
    const Picture* picture = m_scheduler->shown();
    const ModelTraits& traits = session.model().traits;
    const bool fits = picture && picture->length() < traits.context;
    m_bar->setSteps(steps(session.sequence()) > 0, fits && traits.causal && traits.outputsAreVocabulary());
    // While steps are taken the line shows all that runs.
    QString text = QString::fromStdString(session.sequence().text);
    const int prompt = session.sequence().promptTokens;
    if (picture && steps(session.sequence()) > 0 && picture->result.tokens == session.sequence().tokens)
        for (std::size_t i = static_cast<std::size_t>(prompt); i < picture->pieces().size(); ++i)
            text += QString::fromStdString(picture->pieces()[i].text);
    else if (steps(session.sequence()) > 0)
        return;
    if (session.sequence().text.empty()) {
        QStringList ids;
        for (const TokenId id : session.sequence().tokens)
            ids << QString::number(id);
        text = ids.join(QStringLiteral(", "));
    }
    if (m_typingGesture == 0 && !m_typing.isActive()) m_bar->setPrompt(text);
}

void MainWindow::showError(const QString& sentence) {
    m_error = sentence;
    if (!m_error.isEmpty()) m_error[0] = m_error[0].toUpper();
    if (!m_error.isEmpty() && m_error.back().isLetterOrNumber()) m_error += QLatin1Char('.');
    refreshStrip();
    refreshStatus();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    // Names, tokens and labels come from files: no label takes them for markup.
    if (event->type() == QEvent::Polish)
        if (auto* label = qobject_cast<QLabel*>(watched);
            label && label->textFormat() == Qt::AutoText && !label->inherits("QTipLabel"))
            label->setTextFormat(Qt::PlainText);
    // Held like an audio bypass: the uncut run for as long as \ is down.
    if ((event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease) && !m_drag->carrying()) {
        const auto* pressed = static_cast<QKeyEvent*>(event);
        auto* widget = qobject_cast<QWidget*>(watched);
        if (pressed->key() == Qt::Key_Backslash && widget && widget->window() == this &&
            !widget->inherits("QLineEdit")) {
            if (pressed->isAutoRepeat()) return true;
            if (event->type() == QEvent::KeyPress && !m_momentary) {
                m_modeBefore = m_document.session().view().mode;
                m_momentary = true;
                setMode(ViewMode::Uncut);
            } else if (event->type() == QEvent::KeyRelease && m_momentary) {
                m_momentary = false;
                setMode(m_modeBefore);
            }
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!mayLeave()) {
        event->ignore();
        return;
    }
    setPresenting(false);
    m_scheduler->stop(); // what is cancelled is not asked again
    m_host->cancelAll();
    if (m_options.screenshot.isEmpty()) {
        QSettings settings;
        settings.setValue(QStringLiteral("geometry"), saveGeometry());
        settings.setValue(QStringLiteral("docks"), m_docks->saveState());
        settings.setValue(QStringLiteral("splitter"), m_attention->splitterState());
    }
    QWidget::closeEvent(event);
}

} // namespace cutaway::app
