// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

namespace cutaway {

std::string_view errorCodeName(ErrorCode code) {
    switch (code) {
    case ErrorCode::Usage:
        return "usage";
    case ErrorCode::BadCut:
        return "bad_cut";
    case ErrorCode::UnknownTarget:
        return "unknown_target";
    case ErrorCode::IllegalCut:
        return "illegal_cut";
    case ErrorCode::OutOfRange:
        return "out_of_range";
    case ErrorCode::NotSingleToken:
        return "not_single_token";
    case ErrorCode::NoReference:
        return "no_reference";
    case ErrorCode::Unsupported:
        return "unsupported";
    case ErrorCode::FileNotFound:
        return "file_not_found";
    case ErrorCode::FileUnreadable:
        return "file_unreadable";
    case ErrorCode::FileUnwritable:
        return "file_unwritable";
    case ErrorCode::BadFile:
        return "bad_file";
    case ErrorCode::BadModel:
        return "bad_model";
    case ErrorCode::BadTokenizer:
        return "bad_tokenizer";
    case ErrorCode::BadJson:
        return "bad_json";
    case ErrorCode::NoTokenizer:
        return "no_tokenizer";
    case ErrorCode::OutOfMemory:
        return "out_of_memory";
    case ErrorCode::Device:
        return "device";
    case ErrorCode::NumericFault:
        return "numeric_fault";
    case ErrorCode::EngineLost:
        return "engine_lost";
    case ErrorCode::Cancelled:
        return "cancelled";
    case ErrorCode::Internal:
        return "internal";
    }
    return "internal";
}

int exitStatus(ErrorCode code) {
    switch (code) {
    case ErrorCode::Usage:
    case ErrorCode::BadCut:
    case ErrorCode::UnknownTarget:
    case ErrorCode::IllegalCut:
    case ErrorCode::OutOfRange:
    case ErrorCode::NotSingleToken:
    case ErrorCode::NoReference:
        return 2;
    case ErrorCode::Cancelled:
        return 130;
    default:
        return 1;
    }
}

std::string Error::text() const {
    return "[" + operation + "] " + message;
}

} // namespace cutaway
