// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/types/cut.h"
#include "core/types/run_request.h"

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace cutaway::app {

/// What the command line of `cutaway` asks for.
struct Options {
    QString model;   ///< folder; empty: the shipped model
    QString session; ///< a session file instead; empty: none
    std::optional<QString> prompt;
    std::optional<QString> donor; ///< lane B
    QString prompts;              ///< a set of prompts to open; empty: none
    std::vector<Cut> cuts;
    TokenSet answer, wrong;
    QString device = QStringLiteral("cpu"); ///< what it computes on: `cpu`, `cuda`, `cuda:N`
    QString engine;                         ///< `ssh:HOST`: where the model and its engine are; empty: here
    QString view;                           ///< the tab to show first; empty: attention
    QString screenshot;                     ///< a PNG to write once the first picture is complete, then leave
    QSize size;                             ///< of the window; empty: remembered
    std::optional<bool> dark;
    bool help = false;
    bool version = false;
};

/// Reads arguments without the program's name. Errors: Usage and BadCut, one sentence.
Result<Options> parseOptions(const QStringList& arguments);

/// What `--help` prints.
QString usageText();

} // namespace cutaway::app
