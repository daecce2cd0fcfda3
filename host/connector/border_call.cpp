#include "connector/border_call.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "brygga/sdk/connector.hpp"
#include "connector/plain_text.h"

namespace brygga::connector {
namespace {

constexpr std::array classes{
    ErrorClass::transient,     ErrorClass::rate_limited, ErrorClass::auth,        ErrorClass::rejected,
    ErrorClass::misconfigured, ErrorClass::cancelled,    ErrorClass::unsupported, ErrorClass::bug};
constexpr std::size_t most_message = 2000, most_remedy = 500;
constexpr std::int64_t longest_retry_ms = 86'400'000;

std::int64_t milliseconds_left(const CallContext& context, const Clock& clock) {
    if (context.deadline == MonoTime::max()) return INT64_MAX;
    return std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline - clock.mono()).count());
}

}  // namespace

ErrorClass to_class(brygga_status status) noexcept {
    return status >= BRYGGA_TRANSIENT && status <= BRYGGA_BUG ? classes[static_cast<std::size_t>(status - 1)]
                                                              : ErrorClass::bug;
}
brygga_status to_status(ErrorClass error_class) noexcept {
    return static_cast<brygga_status>(std::find(classes.begin(), classes.end(), error_class) - classes.begin() + 1);
}

BorderCall::BorderCall(const CallContext& context, const Clock& clock) : context_{context}, clock_{clock} {
    raw_ = {sizeof raw_, this, milliseconds_left(context, clock), sdk::raw(context.trace_id), is_cancelled, fail};
}

brygga_status BorderCall::fail(const Error& error) noexcept {
    try {
        const std::lock_guard lock{mutex_};
        said_ = error;
    } catch (...) {
        // Out of memory: the status alone still says how the call ended.
    }
    return to_status(error.error_class);
}

std::optional<Error> BorderCall::said() const {
    const std::lock_guard lock{mutex_};
    return said_;
}

void BorderCall::fail(const brygga_call* call, const brygga_error* error) noexcept {
    if (!error) return;
    try {
        brygga_error e{};
        e.retry_after_ms = -1;
        std::memcpy(&e, error, std::min(error->struct_size, sizeof e));
        Error said{.code = plain_code(sdk::view(e.code)),
                   .message = plain_text(sdk::view(e.message), most_message),
                   .remedy = plain_text(sdk::view(e.remedy), most_remedy),
                   .remote_status = static_cast<int>(std::min<std::uint32_t>(e.remote_status, 999)),
                   .outcome_unknown = (e.flags & BRYGGA_ERROR_OUTCOME_UNKNOWN) != 0};
        if (e.retry_after_ms >= 0)
            said.retry_after = std::chrono::milliseconds{std::min(e.retry_after_ms, longest_retry_ms)};
        of(call).fail(said);
    } catch (...) {
        // Out of memory, as above.
    }
}

}  // namespace brygga::connector
