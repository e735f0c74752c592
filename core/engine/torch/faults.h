// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace cutaway::engine {

/// What a device does to a pass: nothing, no memory left for it or for a library of CUDA, or an error that
/// sticks to it.
enum class Fault { None, OutOfMemory, LibraryOutOfMemory, Sticky };
/// Asked before every layer of every pass.
using FaultPlan = std::function<Fault()>;

/// Where tests make a device fail without having one: libtorch's own exceptions are thrown as planned. Empty,
/// as it is in programs: nothing fails. Set while no engine runs.
void setFaults(FaultPlan plan);
void mayFail();

} // namespace cutaway::engine
