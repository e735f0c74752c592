// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_host.h"

#include <QObject>
#include <QPoint>
#include <QStringList>

#include <optional>

QT_BEGIN_NAMESPACE
class QMenu;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::widgets {
class OpenCard;
}

namespace cutaway::app {

/// Opens models: by path, by a folder dropped on the window, from the list of recent ones. Shows the card
/// with progress and Stop; a failure is one sentence on it and the model before stays.
class ModelOpener : public QObject {
    Q_OBJECT
public:
    /// `host`: the machine where models are; empty: this one. `device`: what they are computed on there.
    ModelOpener(EngineHost& engine, QString host, QString device, QWidget* window);
    const QString& host() const { return m_machine; }
    /// Whether something can stand at a path; of another machine's that is only known by opening it.
    bool mayBeThere(const QString& path) const;

    /// `quiet`: no card unless it fails (the model the program starts with).
    void open(const QString& path, bool quiet);
    /// What was asked for last, which did not open.
    void openAgain();
    /// A model as it is known on this machine: the shipped one, wherever it is, by its place here.
    ModelInfo asKnownHere(ModelInfo info) const;
    /// The folder dialog.
    void choose();
    /// Adds what was found out about the open model to its card, where that is shown.
    void tellChecks(const engine::TrustResult& trust);
    void chooseFile(); ///< a GGUF file, or a file of a model folder
    /// Stops an opening that runs or waits.
    void stop();
    bool opening() const { return m_opening; }
    /// What is being opened and how far, for the status line.
    QString work() const;
    std::optional<double> progress() const { return m_progress; }

    /// The card of the open model.
    void showCard(const ModelInfo& info);
    void fillRecent(QMenu* menu);
    /// The model folder that a dropped path means: itself, or the folder of a file.
    static QString folderOf(const QString& path);

Q_SIGNALS:
    void opened(const cutaway::ModelInfo& info);
    void failed(const QString& sentence);
    void stateChanged();

private:
    void tell(const Progress& progress);
    void finish(const Result<ModelInfo>& info);
    widgets::OpenCard* card();
    void placeCard();
    void remember(const QString& path);
    QString recentKey() const;
    /// A path on the other machine, asked for.
    void askForPath();

    EngineHost& m_host;
    QString m_machine, m_device;
    QWidget* m_window;
    widgets::OpenCard* m_card = nullptr;
    QString m_path, m_stage;
    std::optional<double> m_progress;
    bool m_opening = false;
    bool m_quiet = false;
    int m_serial = 0; ///< the newest opening; answers of older ones are dropped
};

} // namespace cutaway::app
