// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>

#include <optional>
#include <vector>

QT_BEGIN_NAMESPACE
class QLabel;
class QSlider;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

class ElidedLabel;

/// A kind a card can change to.
struct KindChoice {
    QString id;     ///< given back by kindChosen
    QString label;  ///< "mean"
    QString reason; ///< why it cannot be chosen; empty: it can
    friend bool operator==(const KindChoice&, const KindChoice&) = default;
};

/// What a card shows. `id` is the session's own and never shown.
struct ShelfCardState {
    int id = -1;
    QString title;                  ///< L3H1
    QString kind;                   ///< label of its kind: "mean"
    QString kindTip;                ///< what the kind means, rich text
    std::vector<KindChoice> kinds;  ///< what its menu offers
    QString positions;              ///< "all positions", "at ·to (14)"
    std::vector<KindChoice> places; ///< what the positions can change to, ids their text; empty: to nothing
    QString detail;                 ///< the reference set in words, a seed; may be empty
    double strength = 1.0;          ///< w, 0…1
    bool enabled = true;            ///< not muted
    bool solo = false;
    bool silenced = false;    ///< by the solo of another
    bool effectStale = false; ///< `effect` is of an earlier state
    QString effect;           ///< "alone −0.4 · without it −2.1"; may be empty
    QString effectWord;       ///< "backup"; may be empty
    QString effectTip;        ///< both in a sentence
    bool canSplit = false;    ///< several targets: it can become several cards
    bool canMove = false;     ///< another card is on the same target: their order matters
    QString paused;           ///< one sentence why it rests; empty: it does not
    QString fix;              ///< label of the button that mends it; empty: none
    QString text;             ///< canonical text form
    bool selected = false;
    friend bool operator==(const ShelfCardState&, const ShelfCardState&) = default;
};

/// One cut on the shelf.
class ShelfCard : public QFrame {
    Q_OBJECT
public:
    explicit ShelfCard(QWidget* parent = nullptr);

    /// Shows a state. A slider held by the user keeps its place.
    void setState(const ShelfCardState& state);
    const ShelfCardState& state() const { return m_state; }
    /// The kind chip takes the focus, so that a key changes the kind of what was just dropped.
    void focusKind();
    /// Something that would join this card is held over it.
    void setDropTarget(bool target);

Q_SIGNALS:
    void selected();
    void enabledChanged(bool enabled);
    void soloChanged(bool solo);
    void duplicateRequested();
    void splitRequested();
    /// Up (−1) or down (1) among the cards on the same target.
    void moveRequested(int by);
    void kindChosen(const QString& kind);
    /// One of `places`, or `?`: the user wants to write them.
    void placeChosen(const QString& place);
    void strengthChanging(double strength);
    void strengthCommitted(double strength);
    void deleteRequested();
    void fixRequested();
    void textCopied(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void restyle();
    void fillKinds();
    void fillPlaces();
    void sliderMoved(int value);
    void commit();

    ShelfCardState m_state;
    QToolButton* m_toggle;
    ElidedLabel* m_title;
    QToolButton* m_kind;
    QToolButton *m_solo, *m_mute;
    QToolButton* m_delete;
    QToolButton* m_place;
    ElidedLabel* m_where;
    QSlider* m_strength;
    ElidedLabel* m_strengthText;
    ElidedLabel* m_effect;
    QLabel* m_paused;
    QToolButton* m_fix;
    QWidget* m_textLine;
    ElidedLabel* m_text;
    QToolButton* m_copy;
    bool m_dropTarget = false;
    bool m_changing = false; ///< strengthChanging was sent, strengthCommitted not yet
};

} // namespace cutaway::widgets
