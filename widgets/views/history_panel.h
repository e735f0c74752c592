// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>

#include <vector>

QT_BEGIN_NAMESPACE
class QLabel;
class QListView;
class QStandardItemModel;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// A run as the list of runs shows it.
struct HistoryRow {
    int id = 0;
    QString cuts;    ///< texts of the cuts; empty: uncut
    QString prompt;  ///< visible text
    QString numbers; ///< "+13.52 → +2.14"
    QString words;   ///< what `numbers` is between: "Mary − John"
    QString when;    ///< "10:31"
    bool pinned = false;
    bool shown = false; ///< the run that is looked at now
    friend bool operator==(const HistoryRow&, const HistoryRow&) = default;
};

/// The runs that were looked at, the newest first: Enter or a click returns to one, P or the pin at its right
/// makes it the baseline. A popup that closes by itself.
class HistoryPanel : public QFrame {
    Q_OBJECT
public:
    explicit HistoryPanel(QWidget* parent);

    void setRows(const std::vector<HistoryRow>& rows);
    int count() const;
    /// Opens with its right edge under a global point.
    void openAt(const QPoint& topRight);
    QListView* list() const { return m_list; }

Q_SIGNALS:
    void returnRequested(int id);
    /// The baseline is to be this run, or no longer.
    void pinRequested(int id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    int idAt(int row) const;

    QLabel* m_head;
    QListView* m_list;
    QStandardItemModel* m_model;
    QLabel* m_empty;
};

} // namespace cutaway::widgets
