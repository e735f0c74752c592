// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/model_opener.h"

#include "app/gui/engine_process.h"
#include "app/gui/error_sentence.h"
#include "app/gui/present.h"
#include "app/gui/resources.h"
#include "widgets/util/text.h"
#include "widgets/views/open_card.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMenu>
#include <QSettings>
#include <QStandardPaths>
#include <QWidget>

#include <chrono>
#include <utility>

namespace cutaway::app {

using widgets::OpenCard;
using widgets::OpenCardState;

namespace {

constexpr int recentCount = 8;

QString nameOf(const QString& path) {
    return path == demoModelPath() ? QStringLiteral("demo") : QFileInfo(path).fileName();
}

/// Where the means of a model's reference set are kept between sessions.
std::filesystem::path meansFileOf(const QString& model) {
    const QByteArray name =
        QCryptographicHash::hash(model.toUtf8(), QCryptographicHash::Sha256).toHex().left(24);
    return QDir(QStandardPaths::writableLocation(QStandardPaths::CacheLocation))
        .filePath(QStringLiteral("means/%1.safetensors").arg(QString::fromLatin1(name)))
        .toStdString();
}

} // namespace

ModelOpener::ModelOpener(EngineHost& engine, QString host, QString device, QWidget* window)
    : QObject(window), m_host(engine), m_machine(std::move(host)), m_device(std::move(device)),
      m_window(window) {}

bool ModelOpener::mayBeThere(const QString& path) const {
    return !path.isEmpty() && (!m_machine.isEmpty() || QFileInfo::exists(path));
}

QString ModelOpener::recentKey() const {
    const QString key = QStringLiteral("recentModels");
    return m_machine.isEmpty() ? key : key + QLatin1Char('@') + m_machine;
}

QString ModelOpener::folderOf(const QString& path) {
    const QFileInfo info(path);
    const bool part = info.isFile() && (info.suffix() == QLatin1String("safetensors") ||
                                        info.suffix() == QLatin1String("json"));
    return part ? info.absolutePath() : info.absoluteFilePath();
}

OpenCard* ModelOpener::card() {
    if (!m_card) {
        m_card = new OpenCard(m_window);
        connect(m_card, &OpenCard::stopRequested, this, &ModelOpener::stop);
        connect(m_card, &OpenCard::closed, m_card, &QWidget::hide);
    }
    return m_card;
}

void ModelOpener::placeCard() {
    m_card->adjustSize();
    m_card->move((m_window->width() - m_card->width()) / 2, m_window->height() / 5);
    const bool appears = !m_card->isVisible();
    m_card->show();
    if (appears) m_card->setFocus(); // Esc is for it
    m_card->raise();
}

void ModelOpener::open(const QString& path, bool quiet) {
    m_path = path;
    m_quiet = quiet;
    m_opening = true;
    m_progress.reset();
    m_stage = tr("waiting for the engine");
    const int serial = ++m_serial;
    if (EngineProcess* process = m_host.process()) process->revive(); // if it was given up
    m_host.cancel(JobTag::Load);
    m_host.cancel(JobTag::Run); // whatever runs is in the way
    m_host.cancel(JobTag::Tile);
    engine::OpenRequest request;
    request.model = path.toStdString();
    request.device = m_device.toStdString();
    if (m_machine.isEmpty())
        request.means = meansFileOf(path);
    else if (path == demoModelPath())
        request.model = "demo"; // the one that is shipped there
    m_host.ask<ModelInfo>(
        JobTag::Load, request,
        [this, serial](const Result<ModelInfo>& info) {
            if (serial == m_serial) finish(info);
        },
        [this, serial](const Progress& now) {
            if (serial == m_serial) tell(now);
        });
    if (!quiet) {
        card()->setState({nameOf(path), m_stage, std::nullopt, std::nullopt, {}});
        placeCard();
    }
    Q_EMIT stateChanged();
}

void ModelOpener::openAgain() {
    if (!m_path.isEmpty()) open(m_path, true);
}

ModelInfo ModelOpener::asKnownHere(ModelInfo info) const {
    if (!m_machine.isEmpty() && m_path == demoModelPath()) info.path = m_path.toStdString();
    return info;
}

void ModelOpener::tell(const Progress& progress) {
    if (!m_opening) return;
    m_stage = QString::fromStdString(progress.stage);
    m_progress.reset();
    if (progress.total > 0)
        m_progress = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    if (m_card && m_card->isVisible())
        card()->setState({nameOf(m_path), m_stage, m_progress, std::nullopt, {}});
    Q_EMIT stateChanged();
}

void ModelOpener::finish(const Result<ModelInfo>& info) {
    m_opening = false;
    m_progress.reset();
    if (info) {
        if (!m_quiet) {
            remember(m_path);
            card()->setState({nameOf(m_path), {}, std::nullopt, *info, {}});
            placeCard();
        }
        Q_EMIT opened(asKnownHere(*info));
    } else {
        const QString sentence =
            info.error().code == ErrorCode::Cancelled ? tr("Opening was stopped.") : sentenceOf(info.error());
        card()->setState({nameOf(m_path),
                          {},
                          std::nullopt,
                          std::nullopt,
                          sentence,
                          info.error().code == ErrorCode::Cancelled});
        placeCard();
        Q_EMIT failed(sentence);
    }
    Q_EMIT stateChanged();
}

void ModelOpener::stop() {
    if (!m_opening) return;
    m_host.cancel(JobTag::Load);
    // A waiting job is forgotten and answers nothing; a running one may take a moment. Say it now.
    ++m_serial;
    finish(fail(ErrorCode::Cancelled, "open model", "stopped"));
}

void ModelOpener::askForPath() {
    QInputDialog dialog(m_window);
    dialog.setWindowTitle(tr("Open a model on %1").arg(m_machine));
    dialog.setLabelText(tr("Full path on %1 of a model folder or a .gguf file").arg(m_machine));
    dialog.setTextValue(m_path == demoModelPath() ? QString() : m_path);
    dialog.setOkButtonText(tr("Open"));
    dialog.resize(520, dialog.sizeHint().height());
    if (dialog.exec() == QDialog::Accepted && !dialog.textValue().trimmed().isEmpty())
        open(dialog.textValue().trimmed(), false);
}

void ModelOpener::choose() {
    if (!m_machine.isEmpty()) return askForPath();
    // The folder beside the last one opened: inside the demo's own there is nothing to choose.
    const QString from =
        m_path.isEmpty() || m_path == demoModelPath() ? QDir::homePath() : QFileInfo(m_path).absolutePath();
    const QString folder = QFileDialog::getExistingDirectory(m_window, tr("Open a model folder"), from);
    if (!folder.isEmpty()) open(folder, false);
}

void ModelOpener::tellChecks(const engine::TrustResult& trust) {
    if (!m_card || !m_card->isVisible()) return;
    m_card->addChecks(presentChecks(trust));
    placeCard();
}

void ModelOpener::chooseFile() {
    if (!m_machine.isEmpty()) return askForPath();
    const QString from =
        m_path.isEmpty() || m_path == demoModelPath() ? QDir::homePath() : QFileInfo(m_path).absolutePath();
    const QString file = QFileDialog::getOpenFileName(m_window, tr("Open a model file"), from,
                                                      tr("Models (*.gguf *.safetensors config.json)"));
    if (!file.isEmpty()) open(folderOf(file), false);
}

QString ModelOpener::work() const {
    return m_opening ? tr("opening %1").arg(widgets::visibleText(nameOf(m_path))) : QString();
}

void ModelOpener::showCard(const ModelInfo& info) {
    card()->setState({QString::fromStdString(info.name), {}, std::nullopt, info, {}});
    placeCard();
    m_card->setFocus();
}

void ModelOpener::remember(const QString& path) {
    if (path == demoModelPath()) return;
    QSettings settings;
    QStringList recent = settings.value(recentKey()).toStringList();
    recent.removeAll(path);
    recent.prepend(path);
    settings.setValue(recentKey(), recent.mid(0, recentCount));
}

void ModelOpener::fillRecent(QMenu* menu) {
    menu->clear();
    const QStringList recent = QSettings().value(recentKey()).toStringList();
    for (const QString& path : recent) {
        QAction* action =
            menu->addAction(widgets::visibleText(path).replace(QLatin1Char('&'), QStringLiteral("&&")));
        connect(action, &QAction::triggered, this, [this, path] { open(path, false); });
    }
    menu->setEnabled(!recent.isEmpty());
}

} // namespace cutaway::app
