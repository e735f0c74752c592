// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/run_request.h"

#include <QString>

#include <vector>

namespace cutaway::app {

/// A prompt worth looking at, from the `prompts.json` beside a model.
struct Example {
    QString title, prompt, note;
    TokenSet answer, wrong; ///< may be empty
};

/// The examples of a model's folder, in the file's order; none where there is no such file or it does not
/// read. An entry without title or prompt is left out.
std::vector<Example> readExamples(const QString& folder);

} // namespace cutaway::app
