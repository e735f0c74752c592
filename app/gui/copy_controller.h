// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/view_table.h"

#include <QImage>
#include <QObject>

#include <optional>
#include <vector>

QT_BEGIN_NAMESPACE
class QAction;
class QMenu;
class QWidget;
QT_END_NAMESPACE

namespace cutaway::app {

class MainWindow;

/// Takes what is shown out of the window: the state as a command, a request or TransformerLens code, the view
/// that is seen as a picture, a table or arrays. GUI thread.
class CopyController : public QObject {
    Q_OBJECT
public:
    explicit CopyController(MainWindow& window);

    /// The actions, in the order of the menu; none stands for a separator.
    const std::vector<QAction*>& actions() const { return m_actions; }
    void fill(QMenu* menu) const;

    /// The texts; empty where there is no picture, or where the words of a command cannot say it.
    QString commandText() const;
    QString requestText() const;
    QString codeText() const;
    /// The table of the view that is seen; of why it changed while the keyboard is there.
    std::optional<ViewTable> table() const;
    /// The view that is seen, with a caption below: model, hash, dtype, cuts, reference, n.
    QImage picture() const;

    /// Writes what is shown, whole or not at all; a sentence about what went wrong, empty where it did not.
    QString savePicture(const QString& file) const;
    QString saveTable(const QString& file) const; ///< JSON where the name ends in .json, else CSV
    QString saveArrays(const QString& file) const;

Q_SIGNALS:
    /// A word about what was copied or saved.
    void said(const QString& sentence);
    void failed(const QString& sentence);

private:
    void add(const QString& text, const QKeySequence& keys, void (CopyController::*act)());
    void copyCommand();
    void copyRequest();
    void copyCode();
    void copyPicture();
    void copyTable();
    void askPicture();
    void askTable();
    void askArrays();
    /// Asks for a file name; empty where the user thinks better of it.
    QString askFile(const QString& title, const QString& suffix, const QString& filter) const;
    void put(const QString& text, const QString& what);
    void tell(const QString& trouble, const QString& file);
    QString stem() const;

    MainWindow& m_window;
    std::vector<QAction*> m_actions;
};

/// A picture with a line of words below it, in the theme's colours; at the picture's own pixel ratio.
QImage captioned(const QPixmap& picture, const QString& caption);

} // namespace cutaway::app
