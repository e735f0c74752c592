// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/torch_error.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace cutaway::engine {

namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// "20.00 MiB" or "4096 bytes" behind the words with which libtorch's allocators say what they could not
/// have; empty where they do not.
std::string askedFor(const std::string& message) {
    constexpr std::string_view words = "ried to allocate ";
    const std::size_t at = message.find(words);
    if (at == std::string::npos) return {};
    const std::size_t first = at + words.size();
    if (first >= message.size() || message[first] < '0' || message[first] > '9') return {};
    std::size_t end = message.find(' ', first);                                // behind the number
    if (end != std::string::npos) end = message.find_first_of(" \n", end + 1); // behind the unit
    std::string amount = message.substr(first, end == std::string::npos ? end : end - first);
    while (!amount.empty() && (amount.back() == '.' || amount.back() == ' '))
        amount.pop_back();
    return amount;
}

} // namespace

bool isOutOfMemory(const c10::Error& error) {
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error)) return true;
    const std::string message = error.what_without_backtrace();
    constexpr std::array<std::string_view, 5> words{"out of memory", "not enough memory",
                                                    "can't allocate memory", "_ALLOC_FAILED", "cublasCreate"};
    return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return has(message, w); });
}

Error errorOf(const std::string& operation, const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    const bool gpu = has(message, "CUDA") || has(message, "CUBLAS") || has(message, "GPU");
    if (isOutOfMemory(error)) {
        const std::string amount = askedFor(message);
        return {ErrorCode::OutOfMemory, operation,
                (gpu ? std::string("the memory of the GPU ran out") : std::string("memory ran out")) +
                    (amount.empty() ? "" : ", " + amount + " more were asked for") +
                    "; a shorter prompt, fewer arrays or dtype bf16 need less",
                gpu ? std::map<std::string, std::string>{{"device", "cuda"}}
                    : std::map<std::string, std::string>{}};
    }
    const std::string line = message.substr(0, message.find('\n'));
    // After most errors of CUDA its context is of no use to this process any more.
    if (has(line, "CUDA error")) return {ErrorCode::Device, operation, line, {{"sticky", "1"}}};
    return {ErrorCode::Internal, operation, line, {}};
}

} // namespace cutaway::engine
