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
    ModelOpener(EngineHost& host, QWidget* window);

    /// `quiet`: no card unless it fails (the model the program starts with).
    void open(const QString& path, bool quiet);
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

    EngineHost& m_host;
    QWidget* m_window;
    widgets::OpenCard* m_card = nullptr;
    QString m_path, m_stage;
    std::optional<double> m_progress;
    bool m_opening = false;
    bool m_quiet = false;
    int m_serial = 0; ///< the newest opening; answers of older ones are dropped
};

} // namespace cutaway::app
