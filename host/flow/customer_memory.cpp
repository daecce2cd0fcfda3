#include "flow/customer_memory.h"

#include <algorithm>

namespace brygga::flow {

Expected<KnownCustomer> CustomerMemory::known(const std::string& record) const {
    auto binding = store_.binding(flow_.to, "customer", flow_.from, record);
    if (!binding) return std::move(binding).error();
    KnownCustomer out;
    out.binding = std::move(*binding);
    if (!out.binding) return out;
    const auto rows = catalog_.find("customer", "number", out.binding->number);
    if (!rows) return rows.error();
    const auto row = std::ranges::find(*rows, out.binding->target_id, &store::IndexRow::id);
    if (row != rows->end()) out.row = *row;
    return out;
}

Expected<CustomerMemory::Standing> CustomerMemory::standing(const KnownCustomer& known, const std::string& customer,
                                                            const std::string& record, const std::string& content,
                                                            Instant now) const {
    if (known.binding && known.binding->hash != content) return Standing{true, now};
    const auto said = store_.fact(scope(), customer);
    if (!said) return said.error();
    if (!*said) return Standing{};
    const bool own = (**said)["from"].string() == flow_.from && (**said)["id"].string() == record;
    return own ? Standing{true, from_unix_ms((**said)["since"].integer(0))} : Standing{false, {}};
}

Expected<void> CustomerMemory::remember(const std::string& customer, const std::string& record, Instant since) {
    return store_.set_fact(scope(), customer,
                           Json::object({{"from", flow_.from}, {"id", record}, {"since", to_unix_ms(since)}}),
                           clock_.now());
}

}  // namespace brygga::flow
