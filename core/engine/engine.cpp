// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/engine.h"

namespace cutaway::engine {

namespace {

tl::unexpected<Error> notHere(const char* operation) {
    return fail(ErrorCode::Unsupported, operation, "this engine makes no such analysis");
}

} // namespace

Result<LensResult> Engine::lens(const LensRequest&, const CancelToken&) {
    return notHere("read lens");
}
Result<AttributionResult> Engine::attribution(const AttributionRequest&, const CancelToken&) {
    return notHere("attribute");
}
Result<WaterfallResult> Engine::waterfall(const WaterfallRequest&, const CancelToken&) {
    return notHere("explain change");
}

} // namespace cutaway::engine
