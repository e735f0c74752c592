// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/model_traits.h"

#include <QFrame>

#include <optional>

QT_BEGIN_NAMESPACE
class QLabel;
class QProgressBar;
class QPushButton;
class QGridLayout;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// What is being opened, or was.
struct OpenCardState {
    QString name;                   ///< folder's name
    QString stage;                  ///< "mapping weights"; empty when done
    std::optional<double> progress; ///< 0…1; none: unknown
    std::optional<ModelInfo> info;  ///< once open
    QString error;                  ///< why it did not open, one sentence; the model before stays open
    bool stopped = false;           ///< the user stopped it: no failure
};

/// The card that opening shows: family, size, memory, tokenizer, every tensor accounted for, warnings in
/// words.
class OpenCard : public QFrame {
    Q_OBJECT
public:
    explicit OpenCard(QWidget* parent = nullptr);
    void setState(const OpenCardState& state);
    /// What was found out about the open model since: names and values, in further rows.
    void addChecks(const std::vector<std::pair<QString, QString>>& rows);

Q_SIGNALS:
    void stopRequested();
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void clearRows();
    void addRow(const QString& name, const QString& value);
    void fill(const ModelInfo& info);
    void fitHeight();

    QLabel* m_title;
    QLabel* m_stage;
    QProgressBar* m_bar;
    QGridLayout* m_rows;
    QLabel* m_warnings;
    QPushButton* m_stop;
    QPushButton* m_close;
    bool m_complete = false; ///< an open model is shown, its checks are not
};

} // namespace cutaway::widgets
