#include "flow/contacts.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/fit.h"

namespace brygga::flow {

namespace {

/// The person of an order among those of its company: by e-mail, or by name where either has no e-mail.
const store::IndexRow* same_person(const std::vector<store::IndexRow>& persons, const Json& wanted) {
    const auto normal = [](std::string_view by, const Json& person) {
        return connector::Catalog::normalise(by, person[by].string());
    };
    const std::string email = normal("email", wanted), name = normal("name", wanted);
    const auto is = [&](const store::IndexRow& row) {
        const std::string own = normal("email", row.fields);
        return email.empty() || own.empty() ? normal("name", row.fields) == name : own == email;
    };
    const auto found = std::ranges::find_if(persons, is);
    return found == persons.end() ? nullptr : &*found;
}

/// Errors that another attempt would meet again.
bool is_final(const Halt& halt) {
    using enum ErrorClass;
    const ErrorClass of = halt.error.error_class;
    return !halt.error.outcome_unknown && (of == rejected || of == unsupported || of == misconfigured);
}

}  // namespace

bool keeps_contacts(const schema::Capabilities& target) { return target.can_create("contact", "contact"); }

Expected<std::string, Halt> Contacts::resolve(Work& work, const store::IndexRow& customer) {
    const Json& person = work.mapped.customer()["contact"];
    // The default customer is not the buyer's company.
    if (!keeps_contacts(work.caps()) || work.order.customer.kind != entity::CustomerKind::company ||
        person["name"].string().empty() || customer.number == work.settings.default_customer)
        return std::string{};
    auto found = known(work, customer.id, person);
    if (found && found->empty()) {
        const auto persons = target_.catalog.lookup(work.call, "contact", "customer", customer.id, std::nullopt);
        if (!persons) return without(work, Halt::failed(persons.error()), {});
        found = known(work, customer.id, person);
    }
    return found && found->empty() ? create(work, customer.id, person) : found;
}

/// From the index alone.
Expected<std::string, Halt> Contacts::known(Work& work, const std::string& customer, const Json& person) const {
    const auto persons = target_.catalog.find("contact", "customer", customer);
    if (!persons) return Halt::failed(persons.error());
    const store::IndexRow* const found = same_person(*persons, person);
    if (!found) return std::string{};
    work.decided("contact", found->number, "a person of the company");
    return found->id;
}

/// The order goes on without the person when another attempt would fail alike.
Expected<std::string, Halt> Contacts::without(Work& work, const Halt& halt, const std::string& claim) {
    if (!is_final(halt)) return halt;
    work.notices.push_back("The person of the company was not entered: " + halt.error.message);
    store::Outcome outcome;
    outcome.withdrawn_step = halt.withdrawn_step;
    if (!claim.empty()) outcome.released_claims.push_back(claim);
    if (auto stored = keep(target_, work, std::move(outcome)); !stored) return stored.error();
    return std::string{};
}

Expected<std::string, Halt> Contacts::create(Work& work, const std::string& customer, const Json& person) {
    const std::string_view email = person["email"].string();
    const std::string claim = fmt::format("{}:{}", customer,
                                          email.empty() ? connector::Catalog::normalise("name", person["name"].string())
                                                        : connector::Catalog::normalise("email", email));
    const auto mine = target_.store.claim_key(target_.connection.id(), "contact", claim, work.delivery.id);
    if (!mine) return Halt::failed(mine.error());
    if (!*mine)
        return Halt{Halt::Kind::parked,
                    {ErrorClass::transient, "contact.being_created",
                     fmt::format("{}: another order is entering the same person of the company.", work.name()),
                     "Nothing: it goes on by itself. If it stays, look for that other order."}};
    // Between the search and the claim somebody may have finished.
    if (auto again = known(work, customer, person); !again || !again->empty()) return again;
    Json fields = person;
    fields.set("customer", customer);
    fit(fields, "contact", work.caps(), work.notices);
    const Json document =
        Json::object({{"op", "create"}, {"type", "contact"}, {"kind", "contact"}, {"fields", std::move(fields)}});
    const auto made = write_indexed(target_, work, "contact", {"contact", document, look_up(customer, person)}, claim);
    if (!made) return without(work, made.error(), claim);
    work.decided("contact", made->number, "made: the company had no such person");
    return made->id;
}

delivery::Look Contacts::look_up(const std::string& customer, const Json& person) const {
    return [this, customer, person](const CallContext& call, Instant) -> Expected<std::optional<Json>> {
        const auto persons = target_.catalog.lookup(call, "contact", "customer", customer, std::nullopt);
        if (!persons) return persons.error();
        const store::IndexRow* const found = same_person(*persons, person);
        return found ? std::optional{connector::Catalog::json_of(*found)} : std::optional<Json>{};
    };
}

}  // namespace brygga::flow
