// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engine.h"

namespace cutaway::engine {

namespace {

tl::unexpected<Error> notHere(const char* operation) {
    return fail(ErrorCode::Unsupported, operation, "this engine makes no such analysis");
}

} // namespace

Result<SweepResult> Engine::sweep(const SweepRequest&, const SweepSink&, const ProgressSink&,
                                  const CancelToken&) {
    return notHere("sweep");
}
Result<HeadReading> Engine::readHead(const HeadReadingRequest&, const CancelToken&) {
    return notHere("read head");
}
Result<NeuronsResult> Engine::neurons(const NeuronsRequest&, const CancelToken&) {
    return notHere("list neurons");
}

} // namespace cutaway::engine
