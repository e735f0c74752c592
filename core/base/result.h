// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <tl/expected.hpp>

#include <utility>

namespace cutaway {

/// A value or the Error that stood in its way: for everything that can go wrong outside the program.
template <class T> using Result = tl::expected<T, Error>;

/// Result of something that has no value.
using Status = Result<void>;

/// `return fail(ErrorCode::BadFile, "read safetensors", "…")` from any function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string operation, std::string message,
                                  std::map<std::string, std::string> context = {}) {
    return tl::unexpected<Error>(Error{code, std::move(operation), std::move(message), std::move(context)});
}

/// Passes an error on unchanged: `return fail(result.error())`.
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

} // namespace cutaway
