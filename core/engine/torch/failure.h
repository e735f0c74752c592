// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <utility>

namespace cutaway::engine {

/// An Error on its way out of libtorch code, where exceptions are the custom. Never leaves core/engine/torch:
/// the engine's methods turn it back into a Result.
struct Failure {
    Error error;
};

/// Throws a Failure.
[[noreturn]] inline void raise(ErrorCode code, std::string operation, std::string message,
                               std::map<std::string, std::string> context = {}) {
    throw Failure{Error{code, std::move(operation), std::move(message), std::move(context)}};
}

/// The value, or its error as a Failure.
template <class T> T valueOrRaise(Result<T> result) {
    if (!result) throw Failure{std::move(result.error())};
    return std::move(*result);
}
inline void passOrRaise(Status status) {
    if (!status) throw Failure{std::move(status.error())};
}

} // namespace cutaway::engine
