// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cutaway {

/// What kind of thing went wrong. The names (see errorCodeName) are a published list: callers match on them.
enum class ErrorCode {
    Usage,          ///< the request's words are off: unknown option, malformed value (exit 2)
    BadCut,         ///< a cut's text does not parse, or its arguments do not fit (exit 2)
    UnknownTarget,  ///< a cut, hook or position names what the model lacks (exit 2)
    IllegalCut,     ///< this kind does not go with this target on this family (exit 2)
    OutOfRange,     ///< a token id or position outside its range (exit 2)
    NotSingleToken, ///< an answer or wrong text is not exactly one token (exit 2)
    NoReference,    ///< a cut needs a reference set or donor that is not there (exit 2)
    Unsupported,    ///< a config, tokenizer or file asks for what is not supported; named (exit 1)
    FileNotFound,   ///< no such file or folder (exit 1)
    FileUnreadable, ///< permission, directory, device, FIFO, truncated (exit 1)
    FileUnwritable, ///< full disk, read-only place (exit 1)
    BadFile,        ///< contents break the format's rules (exit 1)
    BadModel,       ///< tensors and config contradict each other, or tensors are missing (exit 1)
    BadTokenizer,   ///< tokenizer.json is malformed or of an unknown kind (exit 1)
    BadJson,        ///< JSON over the caps, duplicate keys, wrong types (exit 1)
    NoTokenizer,    ///< text was given, the model has no tokenizer (exit 1)
    OutOfMemory,    ///< would not fit, computed before allocating, or an allocation failed (exit 1)
    Device,         ///< device absent or failing (exit 1)
    NumericFault,   ///< NaN or infinity in the middle of a pass; the message names the first layer (exit 1)
    EngineLost,     ///< the engine's process ended or is not there (exit 1)
    Cancelled,      ///< stopped by the caller (exit 130)
    Internal,       ///< our own mistake (exit 1)
};

/// Stable lower-case name of a code, as printed in `{"error":{"code":…}}`.
std::string_view errorCodeName(ErrorCode code);

/// Process exit status that the command-line contract gives a code: 1, 2 or 130.
int exitStatus(ErrorCode code);

/// A failure as a value.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string operation;                        ///< what was being done: "open model", "parse cut"
    std::string message;                          ///< what, actual vs expected, likely cause; one sentence
    std::map<std::string, std::string> context{}; ///< facts for callers: path, column, name, expected, actual

    /// `[operation] message`, one line.
    std::string text() const;
};

} // namespace cutaway
