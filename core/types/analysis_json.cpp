// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/analysis_json.h"

#include "core/types/number_writer.h"

namespace cutaway {

namespace {

/// The components of a sum, each value under `key`.
Json componentsJson(const std::vector<Contribution>& components, const char* key, NumberWriter& numbers) {
    Json list = Json::array();
    for (const Contribution& component : components) {
        Json entry;
        entry["name"] = component.name;
        entry[key] = numbers.write(component.value, std::string(key) + " of " + component.name);
        list.push_back(std::move(entry));
    }
    return list;
}

/// What stands at the end of every reply.
void finish(Json& reply, bool approximate, std::vector<std::string> warnings, const NumberWriter& numbers) {
    if (approximate) reply["approximate"] = true;
    warnings.insert(warnings.end(), numbers.warnings().begin(), numbers.warnings().end());
    if (!warnings.empty()) reply["warnings"] = warnings;
}

} // namespace

Json toJson(const LensResult& result) {
    NumberWriter numbers;
    Json grid = Json::array();
    for (std::size_t row = 0; row < result.grid.size(); ++row) {
        Json cells = Json::array();
        for (const LensCell& cell : result.grid[row]) {
            Json entry;
            entry["top"]["id"] = cell.top.id;
            entry["top"]["text"] = cell.top.text ? Json(*cell.top.text) : Json(nullptr);
            if (cell.prob) entry["prob"] = numbers.write(*cell.prob, "prob in row " + result.rows[row]);
            if (cell.rank) entry["rank"] = *cell.rank;
            cells.push_back(std::move(entry));
        }
        grid.push_back(std::move(cells));
    }
    Json reply;
    reply["tokens"] = result.tokens;
    reply["rows"] = result.rows;
    reply["grid"] = std::move(grid);
    finish(reply, false, result.warnings, numbers);
    return reply;
}

Json toJson(const AttributionResult& result) {
    NumberWriter numbers;
    Json reply;
    reply["position"] = result.position;
    reply["total"] = numbers.write(result.total, "total");
    reply["components"] = componentsJson(result.components, "value", numbers);
    reply["residual"] = numbers.write(result.residual, "residual");
    finish(reply, result.approximate, result.warnings, numbers);
    return reply;
}

Json toJson(const WaterfallResult& result) {
    NumberWriter numbers;
    Json reply;
    reply["position"] = result.position;
    reply["total"] = numbers.write(result.total, "total");
    reply["components"] = componentsJson(result.components, "change", numbers);
    reply["norm"] = numbers.write(result.norm, "norm");
    reply["residual"] = numbers.write(result.residual, "residual");
    finish(reply, result.approximate, result.warnings, numbers);
    return reply;
}

} // namespace cutaway
