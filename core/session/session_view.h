// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"
#include "core/types/model_traits.h"

#include <vector>

namespace cutaway::session {

/// As much of the session as offers() needs: a value, so that the function is pure and tested as a table.
struct SessionView {
    ModelTraits traits;                ///< of the open model; no layers while none is open
    int length = 0;                    ///< tokens of the prompt, BOS included
    int referencePrompts = 0;          ///< prompts of the reference set; 0 where there is none
    bool equalLengthReference = false; ///< they are as long as this prompt: a mean by position exists
    bool donor = false;                ///< there is a lane B
    int donorLength = 0;               ///< its tokens; 0 while they are not known
    PositionMap ties;                  ///< own > donor; empty: position by position
    std::vector<Cut> cuts;             ///< on the shelf, in its order, enabled or not
};

} // namespace cutaway::session
