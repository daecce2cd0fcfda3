#include "flow/customer_goal.h"

#include <fmt/format.h>

#include "flow/fit.h"
#include "flow/order_mapping.h"

namespace brygga::flow {

std::optional<Error> left_out(const entity::CustomerRecord& record) {
    const auto because = [&](const char* code, std::string_view what, const char* remedy) {
        return Error{ErrorClass::rejected, code, fmt::format("Customer {} {}.", record.number, what), remedy};
    };
    switch (record.state) {
        case entity::CustomerState::pending:
            return because("customer.pending", "waits for approval in the shop",
                           "Nothing; once approved there, the next comparison of everything takes it.");
        case entity::CustomerState::inactive:
            return because("customer.inactive", "cannot log in to the shop",
                           "Nothing; let them log in there if they are to be in the books.");
        case entity::CustomerState::active:
            break;
    }
    return std::nullopt;
}

Json fitting_changes(const FieldRules& rules, Json mapped, const Json& existing, const schema::Capabilities& target,
                     std::vector<std::string>& notices) {
    leave_unwritable(mapped, "customer", target, notices);
    fit(mapped, "customer", target, notices);
    return customer_changes(rules, mapped, existing);
}

entity::Order order_of(const entity::CustomerRecord& record) {
    entity::Order out;
    out.id = record.customer.id;
    out.number = record.number;
    out.customer = record.customer;
    out.billing = record.billing;
    out.shipping = record.shipping;
    out.language = record.language;
    out.currency = record.currency;
    return out;
}

std::string customer_mark(const FieldRules& rules, const settings::Flow& flow) {
    const settings::Order& s = flow.order;
    Json all = Json::array({s.update_customer, flow.customer.create, static_cast<int>(s.ambiguous), rules.mark()});
    for (const auto* keys : {&s.match, &s.company_match})
        for (const std::string& key : *keys) all.push(key);
    return entity::stable_hash(all).substr(0, 8);
}

std::string customer_content(const FieldRules& rules, const Mapped& mapped, const entity::CustomerRecord& record) {
    Json fields = mapped.customer;
    leave_out(fields, rules, "customer", settings::Write::on_create);
    return entity::stable_hash(Json::array({std::move(fields), entity::to_string(record.customer.kind)}));
}

std::string customer_hash(const Mapped& mapped, const entity::CustomerRecord& record, const std::string& mark) {
    return entity::stable_hash(Json::array({mapped.customer, entity::to_string(record.customer.kind),
                                            mapped.ending ? mapped.ending->message : std::string{}, mark}));
}

}  // namespace brygga::flow
