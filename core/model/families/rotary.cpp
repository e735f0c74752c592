// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/rotary.h"

#include "core/model/families/family.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace cutaway::model {

namespace {

/// Stretches long wavelengths and leaves short ones, with a smooth step between.
void scaleLikeLlama3(ConfigReader& scaling, int context, std::vector<double>& frequencies) {
    const double factor = scaling.number("factor", {}, 1.0, 1e6);
    const double low = scaling.number("low_freq_factor", {}, 1e-6, 1e6);
    const double high = scaling.number("high_freq_factor", {}, 1e-6, 1e6);
    const double original = scaling.integer("original_max_position_embeddings", context);
    if (high <= low) return scaling.refuse("high_freq_factor", "expected more than low_freq_factor");
    for (double& frequency : frequencies) {
        const double wavelength = 2.0 * std::numbers::pi / frequency;
        const double smooth = std::clamp((original / wavelength - low) / (high - low), 0.0, 1.0);
        frequency = (1.0 - smooth) * frequency / factor + smooth * frequency;
    }
}

double yarnScale(double factor, double weight) {
    return factor <= 1.0 ? 1.0 : 0.1 * weight * std::log(factor) + 1.0;
}

/// Fast dimensions keep their frequency, slow ones are stretched, a linear ramp lies between.
void scaleLikeYarn(ConfigReader& scaling, double theta, int context, RotarySpec& rotary) {
    const double original = scaling.integer("original_max_position_embeddings", context);
    const double factor = scaling.number("factor", context / original, 1e-6, 1e6);
    const double weight = scaling.number("mscale", 0.0, 0.0, 1e6);
    const double all = scaling.number("mscale_all_dim", 0.0, 0.0, 1e6);
    const double usual = weight > 0.0 && all > 0.0 ? yarnScale(factor, weight) / yarnScale(factor, all)
                                                   : yarnScale(factor, 1.0);
    rotary.factor = scaling.number("attention_factor", usual, 0.0, 1e6);
    const double fast = scaling.number("beta_fast", 32.0, 0.0, 1e6);
    const double slow = scaling.number("beta_slow", 1.0, 0.0, 1e6);
    const bool truncate = scaling.boolean("truncate", true);
    const double dim = rotary.dim;
    const auto turnsAt = [&](double turns) {
        return dim * std::log(original / (turns * 2.0 * std::numbers::pi)) / (2.0 * std::log(theta));
    };
    double low = turnsAt(fast > 0.0 ? fast : 32.0), high = turnsAt(slow > 0.0 ? slow : 1.0);
    if (truncate) low = std::floor(low), high = std::ceil(high);
    low = std::max(low, 0.0), high = std::min(high, dim - 1.0);
    if (low == high) high += 0.001;
    for (std::size_t i = 0; i < rotary.inverseFrequencies.size(); ++i) {
        const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
        rotary.inverseFrequencies[i] *= ramp / factor + (1.0 - ramp);
    }
}

std::vector<double> readFactors(ConfigReader& scaling, const std::string& key, std::size_t count) {
    const nlohmann::json* list = scaling.find(key);
    std::vector<double> factors;
    if (list != nullptr && list->is_array() && list->size() == count)
        for (const nlohmann::json& entry : *list)
            if (entry.is_number() && entry.get<double>() > 0.0) factors.push_back(entry.get<double>());
    if (factors.size() == count) return factors;
    scaling.refuse(key, "expected " + std::to_string(count) + " numbers above 0, one a turning pair");
    return std::vector<double>(count, 1.0);
}

/// A divisor a pair, one list for sequences within the original context and one for longer ones.
void scaleLikeLongRope(ConfigReader& config, ConfigReader& scaling, int context, RotarySpec& rotary) {
    // Phi-3 keeps the original length beside the parameters, and that wins.
    const int inside = scaling.integer("original_max_position_embeddings", context);
    const int original = config.integer("original_max_position_embeddings", inside);
    const double factor = scaling.number("factor", static_cast<double>(context) / original, 1e-6, 1e6);
    const double usual =
        factor <= 1.0 || original < 2 ? 1.0 : std::sqrt(1.0 + std::log(factor) / std::log(original));
    rotary.factor = scaling.number("attention_factor", usual, 0.0, 1e6);
    const std::size_t count = rotary.inverseFrequencies.size();
    const std::vector<double> shorter = readFactors(scaling, "short_factor", count);
    const std::vector<double> longer = readFactors(scaling, "long_factor", count);
    rotary.switchAt = original;
    rotary.longFrequencies = rotary.inverseFrequencies;
    for (std::size_t i = 0; i < count; ++i) {
        rotary.inverseFrequencies[i] /= shorter[i];
        rotary.longFrequencies[i] /= longer[i];
    }
}

} // namespace

RotarySpec readRotaryFrom(ConfigReader& config, const std::string& key, const nlohmann::json& parameters,
                          const RotaryDefaults& defaults) {
    RotarySpec rotary;
    rotary.dim = defaults.headWidth;
    if (!parameters.is_object()) {
        config.refuse(key, "expected an object");
        return rotary;
    }
    ConfigReader scaling(parameters);
    const double theta = scaling.number("rope_theta", defaults.theta, 1e-3, 1e15);
    const double partial = scaling.number("partial_rotary_factor", defaults.partial, 0.0, 1.0);
    const std::string olderType = scaling.string("type", "default");
    const std::string type = scaling.string("rope_type", olderType);
    rotary.dim = static_cast<int>(defaults.headWidth * partial);
    if (rotary.dim % 2 != 0 || rotary.dim < 2) {
        config.refuse("head_dim", "rotary positions turn pairs of a head's entries, here " +
                                      std::to_string(rotary.dim) + " of " +
                                      std::to_string(defaults.headWidth) + " would turn");
        rotary.dim = 2;
    }
    rotary.inverseFrequencies = rotaryFrequencies(theta, rotary.dim);
    if (type == "linear") {
        const double factor = scaling.number("factor", {}, 1e-6, 1e6);
        for (double& frequency : rotary.inverseFrequencies)
            frequency /= factor;
    } else if (type == "dynamic") {
        rotary.switchAt = defaults.context;
        rotary.base = theta;
        rotary.stretch = scaling.number("factor", {}, 1.0, 1e6);
    } else if (type == "llama3") {
        scaleLikeLlama3(scaling, defaults.context, rotary.inverseFrequencies);
    } else if (type == "yarn") {
        scaleLikeYarn(scaling, theta, defaults.context, rotary);
    } else if (type == "longrope" || type == "su") {
        scaleLikeLongRope(config, scaling, defaults.context, rotary);
    } else if (type != "default") {
        config.refuse(key, "rotary scaling of type '" + type +
                               "' is not supported; default, linear, dynamic, llama3, yarn and longrope are");
    }
    if (const Status s = scaling.status(); !s) config.refuse(s.error());
    return rotary;
}

RotarySpec readRotary(ConfigReader& config, const RotaryDefaults& defaults) {
    const nlohmann::json* newer = config.find("rope_parameters");
    const nlohmann::json* older = config.find("rope_scaling");
    RotaryDefaults outer = defaults;
    outer.theta = config.number(defaults.thetaKey, defaults.theta, 1e-3, 1e15);
    outer.partial = config.number(defaults.partialKey, defaults.partial, 0.0, 1.0);
    static const nlohmann::json nothing = nlohmann::json::object();
    return readRotaryFrom(config, newer ? "rope_parameters" : "rope_scaling",
                          newer   ? *newer
                          : older ? *older
                                  : nothing,
                          outer);
}

int rotaryContext(const RotarySpec& rotary, int context) {
    if (rotary.base == 0.0) return context;
    return static_cast<int>(std::min(context * rotary.stretch, static_cast<double>(1 << 24)));
}

std::vector<double> rotaryFrequencies(double base, int dim) {
    std::vector<double> frequencies;
    for (int i = 0; i < dim; i += 2)
        frequencies.push_back(std::pow(base, -static_cast<double>(i) / dim));
    return frequencies;
}

std::vector<double> rotaryFrequenciesFor(const RotarySpec& rotary, std::int64_t length) {
    if (rotary.switchAt == 0 || length <= rotary.switchAt) return rotary.inverseFrequencies;
    if (!rotary.longFrequencies.empty()) return rotary.longFrequencies;
    // Dynamic NTK: the base grows with the length. Source: transformers, modeling_rope_utils.
    const double grown =
        rotary.stretch * static_cast<double>(length) / rotary.switchAt - (rotary.stretch - 1.0);
    const double exponent = rotary.dim > 2 ? rotary.dim / (rotary.dim - 2.0) : 1.0;
    return rotaryFrequencies(rotary.base * std::pow(grown, exponent), rotary.dim);
}

} // namespace cutaway::model
