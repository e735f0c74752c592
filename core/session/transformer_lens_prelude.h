// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace cutaway::session {

/// Pieces of the Python that transformerLensCode() writes; a piece is written once, and only where something
/// calls it. Each ends with a line break.
struct PythonPiece {
    std::string name;               ///< `mean`
    std::vector<std::string> needs; ///< pieces it calls
    std::string text;
};

/// In the order they have to be written.
const std::vector<PythonPiece>& pythonPieces();

/// Opens a folder in the hooked_transformer layout, or a Hugging Face folder, as `model`.
const std::string& openHookedTransformer();
const std::string& openBridge();

} // namespace cutaway::session
