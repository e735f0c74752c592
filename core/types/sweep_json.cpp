// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/sweep_json.h"

#include <cmath>

namespace cutaway {

Json toJson(const SweepResult& result) {
    std::vector<std::string> warnings = result.warnings;
    const auto number = [&](double value, const std::string& name) -> Json {
        if (std::isfinite(value)) return value;
        warnings.push_back(name + (std::isnan(value) ? " is not a number" : " is infinite"));
        return nullptr;
    };
    Json reply;
    reply["over"] = sweepOverName(result.over);
    reply["kind"] = cutKindName(result.kind);
    reply["metric"] = sweepMetricName(result.metric);
    reply["rows"] = result.rows;
    reply["cols"] = result.cols;
    reply["uncut"] = number(result.uncut, "uncut");
    Json grid = Json::array();
    for (std::size_t row = 0; row < result.grid.size(); ++row) {
        Json line = Json::array();
        for (std::size_t col = 0; col < result.grid[row].size(); ++col)
            line.push_back(number(result.grid[row][col],
                                  "grid[" + std::to_string(row) + "][" + std::to_string(col) + "]"));
        grid.push_back(std::move(line));
    }
    reply["grid"] = std::move(grid);
    reply["exact"] = true;
    reply["cells"] = result.cells;
    reply["seconds"] = number(result.seconds, "seconds");
    if (!warnings.empty()) reply["warnings"] = warnings;
    return reply;
}

} // namespace cutaway
