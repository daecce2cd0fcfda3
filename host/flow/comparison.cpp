#include "flow/comparison.h"

#include <algorithm>

namespace brygga::flow {

namespace {

constexpr const char* last_comparison = "compared";

}  // namespace

/// Whether something waits to be written: what the target shows is not what it will show.
Expected<bool> Comparison::is_busy() const {
    const auto counts = store_.counts();
    if (!counts) return counts.error();
    using enum store::DeliveryState;
    return std::ranges::any_of(*counts, [&](const store::Store::Count& c) {
        return c.flow == flow_.id && c.count > 0 && (c.state == pending || c.state == in_flight || c.state == waiting);
    });
}

Expected<bool> Comparison::is_due(const std::string& mark) const {
    const auto busy = is_busy();
    if (!busy || *busy) return busy ? Expected<bool>{false} : Expected<bool>{busy.error()};
    const auto last = store_.fact(scope(), last_comparison);
    if (!last) return last.error();
    if (!*last || (**last)["mark"].string() != mark) return true;
    const auto at = from_rfc3339((**last)["at"].string());
    return !at || clock_.now() - *at >= every_;
}

Expected<void> Comparison::ended(const std::string& mark) {
    return store_.set_fact(scope(), last_comparison, Json::object({{"at", to_rfc3339(begun_)}, {"mark", mark}}),
                           clock_.now());
}

}  // namespace brygga::flow
