// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QPointer>
#include <QString>

#include <vector>

QT_BEGIN_NAMESPACE
class QLineEdit;
class QListView;
class QStandardItemModel;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// One row of the palette.
struct PaletteItem {
    QString title;
    QString detail; ///< muted, behind the title: what it does, or why it cannot be done
    QString group;  ///< at the right: "Action", "Token"
    QString keys;   ///< its keyboard twin
    bool enabled = true;
    bool mono = false; ///< the title is a token's text
    friend bool operator==(const PaletteItem&, const PaletteItem&) = default;
};

/// One line to type into and what it finds, floating over the upper middle of the window. The caller fills it
/// for what was typed. Arrows move, Enter chooses, Esc closes.
class CommandPalette : public QFrame {
    Q_OBJECT
public:
    explicit CommandPalette(QWidget* window);

    /// Shows itself, empty of text, over the window.
    void open();
    void setItems(const std::vector<PaletteItem>& items);
    QString typed() const;
    QLineEdit* edit() const { return m_edit; }
    int current() const;
    int count() const;

Q_SIGNALS:
    void typedChanged(const QString& text);
    void chosen(int row);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void place();
    void choose(int row);
    void move(int by);

    QLineEdit* m_edit;
    QListView* m_list;
    QStandardItemModel* m_model;
    QPointer<QWidget> m_focusBefore;
};

} // namespace cutaway::widgets
