// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <string>

namespace c10 {
class Error;
}

namespace cutaway::engine {

/// Whether memory ran out, the GPU's or the machine's. The libraries of CUDA say it in words of their own,
/// and not as a c10::OutOfMemoryError.
bool isOutOfMemory(const c10::Error& error);

/// An exception of libtorch as an Error: OutOfMemory, the GPU's with the context `device`: `cuda`; Device
/// with the context `sticky` where a GPU's context is of no use to this process any more; else Internal. Its
/// first line alone: what follows there is for people who program libtorch.
Error errorOf(const std::string& operation, const c10::Error& error);

} // namespace cutaway::engine
