// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/document.h"
#include "app/gui/engine_host.h"
#include "app/gui/examples.h"
#include "app/gui/options.h"
#include "core/session/session_file.h"
#include "core/types/offer.h"

#include <QTimer>
#include <QWidget>

#include <memory>
#include <optional>

QT_BEGIN_NAMESPACE
class QDockWidget;
class QMainWindow;
class QMenu;
class QScrollArea;
class QStackedWidget;
class QTabBar;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {
class AnswerStrip;
struct AnswerStripState;
class CommandPalette;
class ContributionBars;
class Lanes;
class HistoryPanel;
class ModelTree;
class NoticeBar;
class PromptBar;
class SectionHead;
class ShelfView;
class StatusLine;
class TokenStrip;
} // namespace cutaway::widgets

namespace cutaway::app {

class AttentionView;
class CardEffects;
class CopyController;
class DragController;
class IdleFigures;
class HowController;
class LaneController;
class ModelOpener;
class RunScheduler;
class SessionFiles;
struct LostWork;
class PictureView;
class PromptSetController;
class SetBand;
class SweepController;
struct PaletteRow;
struct Picture;

/// The window: puts the parts together, hands what happens in them to the document, and what the document and
/// the shown picture say back to them. It computes nothing and waits for nothing.
class MainWindow : public QWidget {
    Q_OBJECT
public:
    MainWindow(EngineHost::Source engine, const Options& options);
    ~MainWindow() override;

    /// Starts the engine's thread and opens the first model; call once the window is shown.
    void start();

    Document& document() { return m_document; }
    RunScheduler& scheduler() { return *m_scheduler; }
    AttentionView* attention() const { return m_attention; }
    /// The view under a tab by its name; null for attention and unknown names.
    PictureView* view(const std::string& name) const;
    void showTab(const std::string& name);
    widgets::ContributionBars* why() const { return m_why; }
    widgets::ShelfView* shelf() const { return m_shelf; }
    widgets::ModelTree* tree() const { return m_tree; }
    widgets::TokenStrip* chips() const { return m_chips; }
    widgets::AnswerStrip* strip() const { return m_strip; }
    widgets::PromptBar* promptBar() const { return m_bar; }
    widgets::StatusLine* status() const { return m_status; }
    widgets::CommandPalette* palette() const { return m_palette; }
    widgets::Lanes* lanes() const { return m_lanes; }
    LaneController& laneController() { return *m_laneController; }
    PromptSetController& sets() { return *m_sets; }
    SetBand* band() const { return m_band; }
    CardEffects& effects() { return *m_effects; }
    const session::RunHistory& history() const { return m_history; }
    widgets::HistoryPanel* historyPanel() const { return m_historyPanel; }
    SweepController& sweeps() { return *m_sweeps; }
    IdleFigures& figures() { return *m_figures; }
    HowController& how() { return *m_how; }
    CopyController& copies() { return *m_copies; }
    DragController& drag() { return *m_drag; }
    ModelOpener& opener() { return *m_opener; }
    SessionFiles& files() { return *m_files; }
    widgets::NoticeBar* notices() const { return m_notices; }
    /// Opens a session file; what is not saved is asked about first.
    void openSession(const QString& path);
    EngineHost& host() { return *m_host; }
    /// Where the engine runs, as `--engine` names it; empty: on this machine.
    std::string enginePlace() const { return m_options.engine.toStdString(); }
    /// The context menu of a thing (tests look at its rows).
    QMenu* offerMenu(const Payload& payload);

Q_SIGNALS:
    /// The picture answers the document and every part of it is there.
    void pictureComplete();
    /// The first model did not open, or the run of what was asked failed.
    void failed(const QString& sentence);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void layOut();
    QDockWidget* dock(const QString& name, widgets::SectionHead* head, QWidget* content,
                      Qt::DockWidgetArea area);
    void connectParts();
    void connectShelf();
    widgets::SectionHead* makeShelfHead();
    void makeShelfKeys();
    void duplicateCard(int id);
    void openHistory();
    /// Called when the picture is whole and nothing is held.
    void rested();
    /// What the picture is scored by: what the user chose, else what was picked.
    const session::Choice& scoredChoice() const;
    void connectViews();
    void connectLanes();
    void connectDrag();
    void connectFigures();
    QWidget* makeTreePanel();
    void refreshEffects();
    /// The rows of the View menu that are about showing the window to others.
    void addPresenting(QMenu* view);
    /// Docks and the prompt's line away, strip and chips large; back again as it was.
    void setPresenting(bool presenting);
    void connectPalette();
    void connectHow();
    /// What a thing's menu has besides its offers. `from`: the view that asked.
    void extendMenu(QMenu* menu, const Payload& payload, const QObject* from);
    void connectSets();
    void stepPrompt(int by);
    void choosePrompts();
    /// Makes a set of prompts like the one that is shown.
    void tryLike();
    /// The set named at the start; what is wrong with it outlives the first picture.
    void openFirstPrompts();
    void refreshSet();
    void presentSetIn(widgets::AnswerStripState& state) const;
    static bool isPromptFile(const QString& file);
    /// Selects a part wherever it stands.
    void goTo(const Target& target);
    /// The same part lit in every view that shows it; none clears.
    void light(const std::optional<Target>& part);
    /// Runs the shelf with one more cut, shows what comes of it and keeps nothing.
    void preview(const Offer& offer);
    /// Cuts in their text form, one a line, onto the shelf as one step; false where a line is none.
    bool addCutTexts(const QString& text);
    /// Copies lane A into B where there is no B, and opens its line.
    void openDonor();
    void refreshLanes();
    void editToken(bool donor, int position);
    void tokenEdited(bool donor, int position, const QString& text);
    PictureView* currentView() const { return view(m_document.session().view().tab); }
    /// Hands the shown picture to the view that is seen and to the waterfall.
    void refreshViews();
    void fitWhy();
    void makeActions();
    void makeKeys();
    QMenu* makeMenu();
    void key(const QKeySequence& keys, std::function<void()> action);

    void modelOpened(const ModelInfo& info);
    void connectSessions();
    void fillSessionMenu(QMenu* menu);
    void refreshTitle();
    session::SavedSession captureSession() const;
    /// Asks where there are edits that are not saved; false: stay.
    bool mayLeave();
    void newSession();
    /// Opens the model of a session if another is open, then shows it.
    void showSession(session::SavedSession saved, bool asSaved);
    /// The model that `m_pending` waits for is open, or another is to do.
    void pendingOpened();
    void modelIsMissing(const QString& why);
    /// What was edited while it waited for its model belongs to it.
    void keepPending();
    void restoreParts(const session::SavedSession& saved);
    void restoreSession(const session::SavedSession& saved, bool asSaved);
    bool saveSession();
    bool saveSessionAs();
    bool saveTo(const QString& file);
    void offerLostWork();
    void restoreLostWork(const LostWork& work);
    void engineNews(const EngineNews& news);
    /// Where and in what the model is computed; a banner where it had to leave the GPU.
    void showDevice(const std::string& device, const std::string& dtype,
                    const std::vector<std::string>& warnings);
    /// Ctrl+R: what was stopped runs, and an engine that was given up is started again.
    void runAgain();
    /// A sentence that stands in the status line for a moment.
    void say(const QString& sentence);
    void promptEdited(const QString& text, bool committed);
    void changed(session::Change change);
    void requestRun(bool abandon);
    void pictureChanged();
    void prepareMeans();
    void tellComplete();
    void refreshStrip();
    void refreshShelf();
    void refreshStatus();
    void refreshSteps();
    void showError(const QString& sentence);

    void stepForward(const Prediction* chosen);
    void stepToEnd();
    void chooseAnswer(bool wrong);
    /// Asks for a token in words and makes it the answer or what it is compared with.
    void writeAnswer(bool wrong);
    void setAnswerSide(bool wrong, TokenId chosen);
    void showExample(const Example& example);
    void fillExamples(QMenu* menu);
    /// Another place for a card's cut; `?` asks for it in words.
    void changePlace(int card, const QString& place);
    void setMode(session::ViewMode mode);
    void setCursor(int position);
    void selectHead(int layer, int head);
    void directKey(const std::string& key);
    void changeKind(int card, const std::string& kind);
    void strengthKey(double by);
    void deleteKey();
    void pickUpFocused();
    void applyOffer(const Offer& offer, const Place& place);
    /// The thing the keyboard is at: what has the focus, else the selected head.
    Payload focusedPayload() const;
    /// What the keyboard is or would be at in a widget.
    Payload payloadOf(const QWidget* widget) const;
    /// The card that has the focus, else the selected one; 0 for none.
    int focusedCard() const;

    Options m_options;
    Document m_document;
    std::unique_ptr<EngineHost> m_host;
    RunScheduler* m_scheduler;
    SweepController* m_sweeps;
    IdleFigures* m_figures;
    QToolButton* m_effectHint = nullptr; ///< below the tree: how effects come to be known
    ModelOpener* m_opener;
    widgets::PromptBar* m_bar;
    widgets::AnswerStrip* m_strip;
    QMainWindow* m_docks;
    QWidget* m_page;
    widgets::ModelTree* m_tree;
    widgets::Lanes* m_lanes;
    LaneController* m_laneController;
    widgets::TokenStrip* m_chips; ///< lane A
    AttentionView* m_attention;
    /// A tab and what stands under it; attention, the first, is none of the others' kind.
    struct Tab {
        std::string name;
        PictureView* view = nullptr;
    };
    std::vector<Tab> m_tabs;
    QTabBar* m_tabBar = nullptr;
    QStackedWidget* m_stack = nullptr;
    widgets::ContributionBars* m_why;
    QScrollArea* m_whyArea;
    QWidget* m_whyLine;
    widgets::ShelfView* m_shelf;
    QToolButton *m_runs = nullptr, *m_muteAll = nullptr, *m_releaseSolo = nullptr; ///< at the shelf's head
    widgets::HistoryPanel* m_historyPanel = nullptr;
    CardEffects* m_effects;
    PromptSetController* m_sets;
    SetBand* m_band;
    session::RunHistory m_history;
    int m_shownRun = 0; ///< of the history
    widgets::StatusLine* m_status;
    widgets::CommandPalette* m_palette = nullptr;
    std::shared_ptr<std::vector<PaletteRow>> m_paletteRows; ///< what it shows
    HowController* m_how = nullptr;
    CopyController* m_copies = nullptr;
    SessionFiles* m_files = nullptr;
    widgets::NoticeBar* m_notices = nullptr;
    std::optional<session::SavedSession> m_pending; ///< read, and waits for its model
    bool m_pendingSaved = true;                     ///< it is as it stands in its file
    bool m_pendingShown = false;                    ///< it is looked at already, without its model
    QString m_engineWork;                           ///< while another engine is being started
    QString m_said;                                 ///< a word that stands in the status line for a moment
    QTimer m_saidTimer;
    DragController* m_drag;
    QTimer m_typing; ///< a pause in typing
    QString m_error;
    session::Choice m_automatic; ///< answer and wrong where the user chose none
    int m_selectedCard = 0;
    int m_strengthGesture = 0; ///< of the slider that is held; 0: none
    int m_typingGesture = 0;
    std::optional<double> m_preview; ///< the difference with the cut that is carried
    int m_previewSerial = 0;
    bool m_momentary = false; ///< \ is held
    session::ViewMode m_modeBefore = session::ViewMode::Cut;
    bool m_started = false;
    QByteArray m_docksBefore;  ///< how the docks stood before presenting
    bool m_meansReady = false; ///< of the open model's reference set
    bool m_firstModel = true;
    bool m_toldMove = false;   ///< that the model has left the GPU
    bool m_headChosen = false; ///< a head was selected since the model opened
};

} // namespace cutaway::app
