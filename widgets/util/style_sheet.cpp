// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/util/theme.h"

namespace cutaway::widgets {

namespace {

/// Rules for Qt's own controls; `@name` stands for a colour of the palette. Widgets that paint themselves
/// take nothing from here. A control says what it is by the dynamic property `role`.
constexpr const char* kSheet = R"(
QWidget { color: @text; }
QMainWindow, QDialog { background: @page; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 2px 3px; font-size: 12px; }
QLabel[role="caption"] { color: @mute; font-size: 11px; }
QLabel[role="mute"] { color: @mute; }
QLabel[role="note"] { color: @text; font-size: 12px; }
QLabel[role="pill"] { color: @text; font-size: 11px; border: 1px solid @line; border-radius: 10px; padding: 0 9px;
    min-height: 20px; max-height: 20px; }
QLabel[role="strong"] { color: @text; font-weight: 600; }
QLabel[role="value"] { color: @text; font-size: 15px; font-weight: 600; }
QLabel[role="formula"] { color: @text; background: @sunk; border-radius: 6px; padding: 6px 8px; }
QLabel[role="head"] { color: @mute; font-size: 11px; font-weight: 500; letter-spacing: 0.7px; }
QLabel[role="faint"] { color: @faint; font-size: 11px; }
QFrame[role="panel"], QWidget[role="panel"] { background: @panel; }
QWidget[role="line"] { background: @line; }
QWidget[role="page"] { background: @page; }
QPushButton, QToolButton[role="button"] {
    background: @panel; color: @text; border: 1px solid @line; border-radius: 6px;
    min-height: 26px; max-height: 26px; padding: 0 10px; }
QPushButton:hover, QToolButton[role="button"]:hover { background: @hover; }
QPushButton:pressed, QToolButton[role="button"]:pressed { background: @sunk; }
QPushButton:focus, QToolButton[role="button"]:focus { border-color: @accent; }
QPushButton:disabled, QToolButton[role="button"]:disabled { color: @faint; }
QPushButton[role="primary"], QToolButton[role="primary"] {
    background: @accent; color: @onaccent; border: 1px solid @accent; border-radius: 6px; font-weight: 600;
    min-height: 26px; max-height: 26px; padding: 0 8px; }
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover { background: @accenthover; }
QPushButton[role="primary"]:focus, QToolButton[role="primary"]:focus { border-color: @text; }
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {
    background: @sunk; color: @faint; border-color: @line; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[role="kind"] { background: @cutground; color: @cut; border: 1px solid @cutground; border-radius: 9px;
    padding: 0 7px; font-size: 11px; font-weight: 600; min-height: 16px; max-height: 16px; }
QToolButton[role="place"] { background: transparent; color: @mute; border: 1px solid transparent; border-radius: 4px;
    padding: 0 3px; font-size: 11px; }
QToolButton[role="place"]:hover, QToolButton[role="place"]:focus { border-color: @line; color: @text; }
QToolButton[role="place"]::menu-indicator { image: none; width: 0; }
QToolButton[role="kind"][quiet="true"] { background: @sunk; color: @mute; border-color: @sunk; }
QToolButton[role="kind"]:hover, QToolButton[role="kind"]:focus { border-color: @cut; }
QToolButton[role="small"] { background: @panel; border: 1px solid @line; border-radius: 5px; font-size: 11px; }
QToolButton[role="small"]:hover { background: @hover; }
QToolButton[role="small"]:focus { border-color: @accent; }
QToolButton[role="head"] { background: transparent; color: @mute; border: 1px solid transparent; border-radius: 4px;
    padding: 1px 4px; font-size: 11px; font-weight: 500; letter-spacing: 0.7px; }
QToolButton[role="head"]:hover { background: @hover; color: @text; }
QToolButton[role="head"]:focus { border-color: @accent; }
QToolButton[role="head"]:checked { background: @accentground; color: @accent; }
QToolButton[role="head"]:disabled { color: @faint; }
QToolButton[role="switch"] { background: @panel; color: @mute; border: 1px solid @line; border-radius: 4px;
    font-size: 10px; font-weight: 600; padding: 0; }
QToolButton[role="switch"]:hover { color: @text; background: @hover; }
QToolButton[role="switch"]:focus { border-color: @accent; }
QToolButton[role="switch"]:checked { background: @accentground; color: @accent; border-color: @accent; }
QToolButton[role="pill"] { background: transparent; color: @text; font-size: 11px; border: 1px solid @line;
    border-radius: 10px; padding: 0 9px; min-height: 20px; max-height: 20px; }
QToolButton[role="pill"]:hover { background: @hover; }
QToolButton[role="pill"]:focus { border-color: @accent; }
QLabel[role="small"] { color: @text; font-size: 11px; }
QLabel[role="code"] { color: @mute; font-size: 11px; }
QLabel[role="box"] { color: @mute; border: 1px solid @line; border-radius: 6px; padding: 0 10px;
    min-height: 26px; max-height: 26px; }
QToolButton[role="flat"] { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 2px; }
QToolButton[role="flat"]:hover { background: @hover; }
QToolButton[role="flat"]:focus { border-color: @accent; }
QToolButton[role="choice"] { background: transparent; color: @mute; border: 1px solid transparent; border-radius: 4px;
    padding: 2px 5px; font-size: 11px; }
QToolButton[role="choice"]:hover, QToolButton[role="choice"]:focus { border-color: @line; color: @text; }
QToolButton[role="choice"]:checked { color: @text; }
QToolButton[role="choice"]:disabled { color: @faint; }
QToolButton[role="choice"]::menu-indicator { image: none; width: 0; }
QLineEdit {
    background: @page; color: @text; border: 1px solid @line; border-radius: 6px; padding: 0 8px;
    min-height: 26px; max-height: 26px; selection-background-color: @accent; selection-color: @onaccent; }
QLineEdit:focus { border-color: @accent; }
QPlainTextEdit, QTextEdit { background: @page; color: @text; border: 1px solid @line; border-radius: 6px; }
QMenu { background: @panel; color: @text; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 5px 20px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @accentground; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenuBar { background: @panel; color: @text; }
QMenuBar::item { padding: 4px 8px; background: transparent; }
QMenuBar::item:selected { background: @accentground; }
QSlider { min-height: 16px; }
QSlider::groove:horizontal { height: 4px; background: @track; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @cut; border-radius: 2px; }
QSlider::handle:horizontal {
    width: 8px; height: 8px; margin: -4px 0; border-radius: 6px; border: 2px solid @cut; background: @panel; }
QSlider::handle:horizontal:focus { background: @cutground; border: 3px solid @cut; width: 6px; height: 6px; }
QSlider::sub-page:horizontal:disabled { background: @faint; }
QSlider::handle:horizontal:disabled { border-color: @faint; }
QProgressBar { background: @sunk; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 6px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 3px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:vertical { margin: 1px 2px; }
QScrollBar::handle:horizontal { margin: 1px 2px 2px 2px; border-radius: 1px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: @page; }
QSplitter::handle:hover { background: @line; }
QDockWidget { color: @mute; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: @mute; border: none; border-bottom: 2px solid transparent;
    padding: 8px 9px; margin: 0; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; font-weight: 600; }
QTabBar::tab:hover { color: @text; }
QTabBar::scroller { width: 36px; }
QTabBar QToolButton { background: @page; border: none; }
QTabBar QToolButton:hover { background: @hover; }
QTabBar QToolButton::left-arrow { image: url(:/cutaway/icons/scroll_left.svg); }
QTabBar QToolButton::right-arrow { image: url(:/cutaway/icons/scroll_right.svg); }
)";

} // namespace

QString Theme::styleSheet() const {
    const Palette& p = m_palette;
    const std::pair<const char*, QColor> colours[] = {
        {"@accentground", p.accentGround},
        {"@accenthover", mixed(p.accent, p.text, 0.12)},
        {"@onaccent", p.onAccent},
        {"@accent", p.accent},
        {"@cutground", p.cutGround},
        {"@hover", mixed(p.panel, p.text, 0.05)},
        {"@track", mixed(p.panel, p.text, 0.10)},
        {"@panel", p.panel},
        {"@page", p.page},
        {"@sunk", p.sunk},
        {"@line", p.line},
        {"@text", p.text},
        {"@mute", p.mute},
        {"@faint", p.faint},
        {"@cut", p.cut},
    };
    QString sheet = QString::fromLatin1(kSheet);
    // Longer names stand first, so that `@accent` does not eat the head of `@accentground`.
    for (const auto& [name, colour] : colours)
        sheet.replace(QLatin1String(name), colour.name());
    return sheet;
}

} // namespace cutaway::widgets
