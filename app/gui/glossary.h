// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/glossary.h"
#include "core/types/cut.h"
#include "widgets/views/how_popover.h"

#include <QString>

namespace cutaway::app {

/// The program's terms, read at the first use; without any where the file is nowhere or broken. GUI thread.
const session::Glossary& glossary();

/// One term as the window says it: name, plain words, formula, source. Empty where there is no such term.
/// Every id written in the program is `term("…")`, so that a test finds them.
widgets::HowText term(const char* id);

/// The same in two lines for a tooltip: the plain words, then the formula. HTML-escaped.
QString termTip(const char* id);
/// The id of a kind's term.
const char* kindTerm(CutKind kind);

} // namespace cutaway::app
