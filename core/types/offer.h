// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"

#include <optional>
#include <string>
#include <vector>

namespace cutaway {

/// A thing that is carried: what it is and where it was picked up.
struct Payload {
    Target target;
    std::optional<int> position; ///< the position it was picked up at; none = all positions
    bool hideChip = false;       ///< a chip picked up with Alt: hide this position from all heads
    bool donor = false;          ///< picked up in lane B: `position` is one of the donor's
    friend bool operator==(const Payload&, const Payload&) = default;
};

/// Where it is held over.
struct Place {
    enum class Kind { Shelf, Card, Lane /* the prompt that runs */ } kind = Kind::Shelf;
    int card = -1;     ///< Card: index on the shelf
    int position = -1; ///< Lane: over the chip of this position; −1: over none
    friend bool operator==(const Place&, const Place&) = default;
};

/// One row of the sheet of zones; the menu, the keys, the palette and the screen reader list the same.
struct Offer {
    std::string
        id; ///< stable: `neutralise`, `zero`, `patch`, `replace_random`, `scale`, `hold`, `hide`, `group`
    std::string label;  ///< "Neutralise"
    std::string detail; ///< "its mean over 512 prompts"
    Cut cut;            ///< what would be added
    bool allowed = true;
    std::string reason; ///< why not, in words
    std::string key;    ///< keyboard twin: "X"
    friend bool operator==(const Offer&, const Offer&) = default;
};

} // namespace cutaway
