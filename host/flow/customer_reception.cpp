#include "flow/customer_reception.h"

#include <fmt/format.h>

#include "base/error_json.h"
#include "flow/ages.h"
#include "flow/customer_goal.h"
#include "flow/customers.h"
#include "flow/payload.h"

namespace brygga::flow {

CustomerReception::CustomerReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                     connector::Catalog& target, store::Store& store, const Clock& clock)
    : flow_{flow},
      rules_{std::move(rules)},
      target_{target},
      store_{store},
      clock_{clock},
      comparison_{"customer", flow, flow.customer.full_every, store, clock},
      memory_{flow, target, store, clock},
      mark_{customer_mark(*rules_, flow)} {}

/// Only a comparison asks the books: who is new is looked for when it is delivered.
Expected<void> CustomerReception::begin(const CallContext& call, const Reading& reading) {
    comparison_.begin();
    if (!reading.everything) return {};
    auto known = target_.capabilities(call);
    if (!known) return std::move(known).error();
    known_ = std::move(*known);
    return target_.refresh(call, "customer", index_age);
}

std::optional<Error> CustomerReception::not_wanted(const entity::CustomerRecord& record, Subject& subject,
                                                   const Mapped& mapped) const {
    if (auto reason = left_out(record)) return reason;
    const auto skips = [&](const std::optional<Ending>& ending) {
        return ending && ending->kind == Ending::Kind::skip;
    };
    auto ending = rules_->filters() ? rules_->refuse(subject) : std::nullopt;
    if (!skips(ending)) ending = mapped.ending;
    if (!skips(ending)) return std::nullopt;
    return Error{ErrorClass::rejected, ending->code, fmt::format("Customer {}: {}", record.number, ending->message),
                 ending->remedy};
}

/// Whether the books show what an update of a record that is as it was could bring.
Expected<bool> CustomerReception::shows(const KnownCustomer& known, const entity::CustomerRecord& record,
                                        std::string_view raw) const {
    const auto standing = memory_.standing(known, known.row->id, record.customer.id, known.binding->hash, clock_.now());
    if (!standing) return standing.error();
    if (!standing->writes) return true;
    Subject subject{flow_, record, raw, Zone::utc().name()};
    subject.set_target(connector::Catalog::json_of(*known.row));
    Mapped mapped = rules_->map(subject);
    if (mapped.ending) return false;
    std::vector<std::string> notices;
    Json changes = fitting_changes(*rules_, std::move(mapped.customer), known.row->fields, *known_, notices);
    if (!changes.has("address")) return changes.size() == 0;
    const auto newer = has_newer_address(store_, flow_.to, known.row->id, standing->since, store::Lane::live);
    if (!newer) return newer.error();
    if (*newer) changes.erase("address");
    return changes.size() == 0;
}

Expected<bool> CustomerReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    const auto record = entity::parse_customer(row["entity"]);
    if (!record) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(record.error());
        return true;
    }
    const std::string_view raw = raw_text(v.payload);
    Subject subject{flow_, *record, raw, Zone::utc().name()};
    const Mapped mapped = rules_->map_for_version(subject);
    v.hash = customer_hash(mapped, *record, mark_);
    if (const auto reason = not_wanted(*record, subject, mapped)) {
        v.hash = entity::stable_hash(Json::array({reason->code, v.hash}));
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error = error_json(*reason);
        v.error.set("class", "skipped");
        return true;
    }
    if (!reading.everything) return true;
    const auto known = memory_.known(record->customer.id);
    if (!known) return known.error();
    if (!known->row) return true;
    if (known->binding->hash != customer_content(*rules_, mapped, *record)) return true;
    const auto shown = shows(*known, *record, raw);
    if (!shown) return shown.error();
    // The same as it was delivered once: what the books show has changed since.
    v.hash = entity::stable_hash(Json::array({v.hash, reading.run_id}));
    return !*shown;
}

}  // namespace brygga::flow
