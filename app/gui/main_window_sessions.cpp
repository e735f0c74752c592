// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions in the window: new, opened, saved, brought back; and what is asked before work would be lost.
#include "app/gui/main_window.h"

#include "app/gui/error_sentence.h"
#include "app/gui/model_opener.h"
#include "app/gui/resources.h"
#include "app/gui/run_scheduler.h"
#include "app/gui/session_files.h"
#include "widgets/util/text.h"
#include "widgets/views/notice_bar.h"

#include <QAction>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QStyle>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {

constexpr std::size_t mostOffered = 3; ///< pieces of lost work at once
const QString demoWord = QStringLiteral("demo");

QString fileFilter() {
    return MainWindow::tr("Cutaway sessions (*.cutaway);;All files (*)");
}

/// Buttons as they are elsewhere in the window: no pictures, the first one filled.
void dress(QMessageBox& box, QAbstractButton* first) {
    for (QAbstractButton* button : box.buttons())
        button->setIcon({});
    first->setProperty("role", QStringLiteral("primary"));
    first->style()->unpolish(first);
    first->style()->polish(first);
}

QString modelPathOf(const SavedModel& model) {
    return model.path == demoWord.toStdString() ? demoModelPath()
                                                : QFile::decodeName(QByteArray::fromStdString(model.path));
}

} // namespace

void MainWindow::connectSessions() {
    m_files = new SessionFiles(
        m_document.undoStack(), [this] { return captureSession(); }, this);
    connect(m_files, &SessionFiles::modifiedChanged, this, &MainWindow::refreshTitle);
    connect(m_files, &SessionFiles::copyFailed, this, [this](const QString& sentence) {
        m_notices->show(
            {QStringLiteral("copy"), sentence, true, {{tr("Save as…"), [this] { saveSessionAs(); }}}, true});
    });
}

void MainWindow::fillSessionMenu(QMenu* menu) {
    const auto add = [this, menu](const QString& text, const QKeySequence& keys, auto slot) {
        QAction* action = menu->addAction(text);
        action->setShortcut(keys);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
    };
    add(tr("New session"), QKeySequence::New, [this] { newSession(); });
    add(tr("Open session…"), QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_O), [this] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Open a session"), {}, fileFilter());
        if (!file.isEmpty()) openSession(file);
    });
    QMenu* recent = menu->addMenu(tr("Recent sessions"));
    connect(menu, &QMenu::aboutToShow, recent, [this, recent] {
        recent->clear();
        for (const QString& path : m_files->recent())
            connect(recent->addAction(visibleText(path).replace(QLatin1Char('&'), QStringLiteral("&&"))),
                    &QAction::triggered, this, [this, path] { openSession(path); });
        recent->setEnabled(!recent->isEmpty());
    });
    add(tr("Save"), QKeySequence::Save, [this] { saveSession(); });
    add(tr("Save as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), [this] { saveSessionAs(); });
}

void MainWindow::refreshTitle() {
    const ModelInfo& model = m_document.session().model();
    QStringList parts;
    if (!m_files->path().isEmpty() || m_files->modified())
        parts << visibleText(m_files->name()).replace(QLatin1String("[*]"), QLatin1String("[*][*]")) +
                     QStringLiteral("[*]");
    if (!model.name.empty()) parts << visibleText(QString::fromStdString(model.name));
    parts << tr("Cutaway");
    setWindowTitle(parts.join(QStringLiteral(" — ")));
    setWindowModified(m_files->modified());
}

SavedSession MainWindow::captureSession() const {
    const Session& session = m_document.session();
    const ModelInfo& model = session.model();
    SavedSession saved;
    saved.model = {model.path, model.name, model.family, model.hash};
    if (QString::fromStdString(model.path) == demoModelPath()) saved.model.path = demoWord.toStdString();
    if (m_pending) saved.model = m_pending->model; // it has not been opened yet
    saved.sequence = session.part<Sequence>();
    saved.donor = session.donor();
    saved.shelf = session.shelf();
    saved.choice = session.part<Choice>();
    saved.set = session.promptSet();
    saved.view = session.view();
    saved.runs = m_history.runs();
    saved.pinned = m_history.pinnedId();
    return saved;
}

bool MainWindow::mayLeave() {
    if (!m_options.screenshot.isEmpty() || !m_files->modified()) return true;
    QMessageBox box(this);
    box.setTextFormat(Qt::PlainText);
    box.setWindowTitle(tr("Cutaway"));
    box.setIcon(QMessageBox::NoIcon);
    box.setText(tr("Save the changes to “%1”?").arg(visibleText(m_files->name())));
    box.setInformativeText(tr("They are lost otherwise."));
    box.setStandardButtons(QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel);
    box.setDefaultButton(QMessageBox::Save);
    dress(box, box.button(QMessageBox::Save));
    const int answer = box.exec();
    if (answer == QMessageBox::Save) return saveSession();
    return answer == QMessageBox::Discard;
}

void MainWindow::newSession() {
    if (!mayLeave()) return;
    SavedSession fresh;
    fresh.sequence = m_document.session().part<Sequence>(); // the prompt is a start as good as any
    fresh.view.tab = m_document.session().view().tab;
    m_files->reset();
    restoreSession(fresh, true);
}

void MainWindow::openSession(const QString& path) {
    if (!mayLeave()) return;
    Result<SessionFiles::Opened> opened = m_files->open(path);
    if (!opened) {
        m_notices->show({QStringLiteral("session"), sentenceOf(opened.error()), true, {}, true});
        Q_EMIT failed(sentenceOf(opened.error()));
        if (m_document.session().model().traits.nLayers == 0 && !m_opener->opening())
            m_opener->open(demoModelPath(), true);
        return;
    }
    QStringList said;
    if (opened->copy)
        said << tr("%1 is open in another window: this is a copy, and saving it asks for a name.")
                    .arg(visibleText(QFileInfo(path).fileName()));
    for (const std::string& warning : opened->read.warnings)
        said << visibleText(QString::fromStdString(warning));
    m_notices->withdraw(QStringLiteral("model"));
    m_notices->withdraw(QStringLiteral("session"));
    if (!said.isEmpty())
        m_notices->show(
            {QStringLiteral("session"), said.mid(0, 3).join(QLatin1Char(' ')), opened->copy, {}, true});
    showSession(std::move(opened->read.session), true);
}

void MainWindow::showSession(SavedSession saved, bool asSaved) {
    const QString path = modelPathOf(saved.model);
    const ModelInfo& open = m_document.session().model();
    if (path.isEmpty() || (QString::fromStdString(open.path) == path && saved.model.hash == open.hash)) {
        if (open.traits.nLayers > 0) return restoreSession(saved, asSaved);
    }
    m_pending = std::move(saved);
    m_pendingSaved = asSaved;
    m_pendingShown = false;
    if (m_opener->mayBeThere(path))
        m_opener->open(path, true);
    else
        modelIsMissing(tr("is not there"));
}

void MainWindow::modelIsMissing(const QString& why) {
    const QString name = visibleText(QString::fromStdString(m_pending->model.name));
    const bool other = m_document.session().model().traits.nLayers > 0;
    m_notices->show(
        {QStringLiteral("model"),
         tr("The model of this session, %1, %2 (%3). Cuts that another model does not have will rest.")
             .arg(name, why, visibleText(QString::fromStdString(m_pending->model.path))),
         true,
         {{tr("Find it…"), [this] { m_opener->choose(); }, true},
          {other ? tr("Use the open model") : tr("Use the demo"),
           [this, other] {
               if (other) {
                   keepPending();
                   pendingOpened();
               } else
                   m_opener->open(demoModelPath(), true);
           }}},
         false});
    // It can be looked at and edited all the same, and saved again with the model it has.
    if (std::exchange(m_pendingShown, true)) return;
    restoreParts(*m_pending);
    m_files->settled(m_pendingSaved);
    refreshTitle();
}

void MainWindow::keepPending() {
    if (!m_pending || !m_pendingShown) return;
    const SavedModel model = m_pending->model;
    m_pending = captureSession();
    m_pending->model = model;
}

void MainWindow::pendingOpened() {
    if (!m_pending) return;
    const bool asSaved = m_pendingSaved && !(m_pendingShown && m_files->modified());
    const SavedSession saved = *std::exchange(m_pending, std::nullopt);
    m_notices->withdraw(QStringLiteral("model"));
    const ModelInfo& open = m_document.session().model();
    restoreSession(saved, asSaved);
    const bool otherWeights = !saved.model.hash.empty() && saved.model.hash != open.hash;
    if (otherWeights || saved.model.name != open.name)
        m_notices->show(
            {QStringLiteral("model"),
             saved.model.name == open.name
                 ? tr("The weights of %1 are not those this session was saved with: its numbers may be "
                      "others.")
                       .arg(visibleText(QString::fromStdString(open.name)))
                 : tr("This session was saved with %1 and is shown with %2: its numbers are others.")
                       .arg(visibleText(QString::fromStdString(saved.model.name)),
                            visibleText(QString::fromStdString(open.name))),
             true,
             {},
             true});
}

void MainWindow::restoreParts(const SavedSession& saved) {
    m_typing.stop();
    m_typingGesture = 0;
    m_document.restore(saved);
    m_history.restore(saved.runs, saved.pinned);
    m_headChosen = true; // the saved one
    showTab(saved.view.tab);
}

void MainWindow::restoreSession(const SavedSession& saved, bool asSaved) {
    restoreParts(saved);
    m_files->settled(asSaved);
    refreshSteps();
    m_document.setView(saved.view); // a prompt that changed had moved the cursor
    refreshTitle();
}

bool MainWindow::saveSession() {
    if (m_pending && !m_pendingShown) {
        say(tr("The session is being opened."));
        return false;
    }
    if (m_files->path().isEmpty()) return saveSessionAs();
    if (m_files->changedOnDisk()) {
        QMessageBox box(this);
        box.setTextFormat(Qt::PlainText);
        box.setWindowTitle(tr("Cutaway"));
        box.setText(
            tr("“%1” was changed by something else since it was read.").arg(visibleText(m_files->name())));
        box.setInformativeText(tr("Saving here replaces what is there now."));
        QPushButton* replace = box.addButton(tr("Replace it"), QMessageBox::DestructiveRole);
        QPushButton* elsewhere = box.addButton(tr("Save as…"), QMessageBox::AcceptRole);
        box.addButton(QMessageBox::Cancel);
        box.setDefaultButton(elsewhere);
        dress(box, elsewhere);
        box.exec();
        if (box.clickedButton() == elsewhere) return saveSessionAs();
        if (box.clickedButton() != replace) return false;
    }
    return saveTo(m_files->path());
}

bool MainWindow::saveSessionAs() {
    if (m_pending && !m_pendingShown) return saveSession();
    const QString from =
        m_files->path().isEmpty() ? QDir::homePath() + tr("/Untitled.cutaway") : m_files->path();
    QString file = QFileDialog::getSaveFileName(this, tr("Save the session"), from, fileFilter());
    if (file.isEmpty()) return false;
    if (QFileInfo(file).suffix().isEmpty()) file += QStringLiteral(".cutaway");
    return saveTo(file);
}

bool MainWindow::saveTo(const QString& file) {
    const Status saved = m_files->save(file);
    refreshTitle();
    if (saved) {
        m_notices->withdraw(QStringLiteral("save"));
        m_notices->withdraw(QStringLiteral("copy"));
        say(tr("Saved as %1.").arg(visibleText(QFileInfo(file).fileName())));
        return true;
    }
    m_notices->show({QStringLiteral("save"),
                     sentenceOf(saved.error()),
                     true,
                     {{tr("Save as…"), [this] { saveSessionAs(); }, true}},
                     true});
    return false;
}

void MainWindow::offerLostWork() {
    const std::vector<LostWork> lost = m_files->lostWork();
    for (std::size_t i = 0; i < lost.size() && i < mostOffered; ++i) {
        const LostWork& work = lost[i];
        m_notices->show({work.file,
                         tr("Work from %1 was not saved: “%2”.")
                             .arg(QLocale().toString(work.when, QLocale::ShortFormat), work.prompt),
                         false,
                         {{tr("Restore"), [this, work] { restoreLostWork(work); }, true},
                          {tr("Discard"), [this, work] { m_files->discard(work); }}},
                         true});
    }
}

void MainWindow::restoreLostWork(const LostWork& work) {
    if (!mayLeave()) return;
    Result<ReadSession> read = m_files->recover(work);
    if (!read) return m_notices->show({QStringLiteral("session"), sentenceOf(read.error()), true, {}, true});
    showSession(std::move(read->session), false);
}

} // namespace cutaway::app
