#include "flow/customers.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "flow/ages.h"
#include "flow/contacts.h"
#include "flow/customer_goal.h"
#include "flow/fit.h"

namespace brygga::flow {

namespace {

std::string address_scope(const std::string& target) { return "customer_address:" + target; }

/// Numbers that are known on both sides and differ: two customers, whatever else they share.
bool contradicts(const Json& mapped, const Json& existing) {
    for (const char* name : {"vat_number", "organisation_number"}) {
        const std::string a = entity::normalise_number(mapped[name].string()),
                          b = entity::normalise_number(existing[name].string());
        if (!a.empty() && !b.empty() && a != b) return true;
    }
    return false;
}

/// Some books do not tell persons from companies: then every kind may be meant.
bool is_kind(const store::IndexRow& row, std::string_view kind) { return row.kind.empty() || row.kind == kind; }

/// Ledger customer numbers are whole numbers that grow; anything else compares as text.
bool older(const store::IndexRow& a, const store::IndexRow& b) {
    if (a.number.size() != b.number.size()) return a.number.size() < b.number.size();
    return a.number < b.number;
}

}  // namespace

std::vector<Customers::Key> Customers::match_keys(const Work& work) const {
    const bool company = work.order.customer.kind == entity::CustomerKind::company;
    std::vector<Key> keys;
    for (const std::string& by : company ? work.settings.company_match : work.settings.match) {
        const std::string_view value =
            by == "number" ? std::string_view{work.order.customer.reference} : work.mapped.customer()[by].string();
        std::string normal = connector::Catalog::normalise(by, value);
        if (!normal.empty()) keys.push_back({by, std::move(normal)});
    }
    return keys;
}

Expected<std::optional<store::IndexRow>, Halt> Customers::match(Work& work, const std::vector<Key>& keys) {
    for (const Key& key : keys) {
        auto found = target_.catalog.find("customer", key.by, key.value);
        if (!found) return Halt::failed(std::move(found).error());
        std::vector<store::IndexRow>& rows = *found;
        std::erase_if(rows, [&](const store::IndexRow& row) {
            return !is_kind(row, work.mapped.customer()["kind"].string()) ||
                   contradicts(work.mapped.customer(), row.fields);
        });
        if (std::ranges::any_of(rows, [](const auto& row) { return row.state == "open"; }))
            std::erase_if(rows, [](const store::IndexRow& row) { return row.state != "open"; });
        if (rows.empty()) continue;
        if (rows.size() > 1 && work.settings.ambiguous == settings::Choice::hold) {
            std::string numbers;
            for (const auto& row : rows) numbers += (numbers.empty() ? "" : ", ") + row.number;
            return Halt::held("customer.ambiguous",
                              fmt::format("{}: {} customers of {} have this {}: numbers {}.", work.name(), rows.size(),
                                          target_.connection.id(), key.by, excerpt(numbers, 200)),
                              "Merge them or correct one, then replay; or set customer.ambiguous to oldest or newest.");
        }
        std::ranges::sort(rows, older);
        const auto& chosen = work.settings.ambiguous == settings::Choice::newest ? rows.back() : rows.front();
        work.decided("customer", chosen.number, "match by " + key.by, Json::object({{"candidates", rows.size()}}));
        return std::optional{chosen};
    }
    return std::optional<store::IndexRow>{};
}

Expected<store::IndexRow, Halt> Customers::default_customer(Work& work, std::string_view rule) {
    const std::string& number = work.settings.default_customer;
    auto rows = target_.catalog.find("customer", "number", number);
    if (rows && rows->empty()) rows = target_.catalog.lookup(work.call, "customer", "number", number, std::nullopt);
    if (!rows) return Halt::failed(std::move(rows).error());
    if (rows->size() != 1) {
        return Halt::held("customer.default_missing",
                          fmt::format("{}: the default customer {} does not exist in {}.", work.name(), number,
                                      target_.connection.id()),
                          "Create it there or correct settings.customer.default.id, then replay.");
    }
    work.decided("customer", number, rule);
    return std::move(rows->front());
}

Expected<store::IndexRow, Halt> Customers::resolve(Work& work) {
    using settings::Choice;
    if (work.settings.default_mode == Choice::force) return default_customer(work, "default customer, forced");

    if (!keep_usable_email(work)) {
        const Choice missing = work.settings.missing_email.value_or(
            work.settings.default_mode == Choice::off ? Choice::create : Choice::default_);
        if (missing == Choice::default_ && !work.settings.default_customer.empty())
            return default_customer(work, "default customer: no e-mail");
        if (missing == Choice::hold)
            return Halt::held("customer.no_email", fmt::format("{} has no usable e-mail address.", work.name()),
                              "Add it in the shop, or set customer.missing_email to create or default.");
    }

    const bool fallback = work.settings.default_mode == Choice::fallback;
    auto found = fallback ? match(work, match_keys(work)) : find(work);
    if (!found) return found.error();
    if (*found) return update(work, std::move(**found));
    return fallback ? default_customer(work, "default customer: nobody matches") : create(work);
}

bool Customers::keep_usable_email(Work& work) {
    if (!entity::normalise_email(work.mapped.customer()["email"].string()).empty()) return true;
    work.mapped.customer().erase("email");
    return false;
}

Expected<std::optional<store::IndexRow>, Halt> Customers::find(Work& work) {
    const std::vector<Key> keys = match_keys(work);
    auto found = match(work, keys);
    if (!found || *found) return found;
    // The index may be behind; one incremental read serves everybody who waits for a create.
    if (auto fresh = target_.catalog.refresh(work.call, "customer", index_age); !fresh)
        return Halt::failed(std::move(fresh).error());
    return match(work, keys);
}

Expected<bool, Halt> Customers::may_be(Work& work, std::string_view id) {
    if (id.empty()) return true;
    if (auto fresh = target_.catalog.refresh(work.call, "customer", index_age); !fresh)
        return Halt::failed(std::move(fresh).error());
    std::vector<Key> keys = match_keys(work);
    if (work.settings.default_mode == settings::Choice::force) keys.clear();
    if (!work.settings.default_customer.empty()) keys.push_back({"number", work.settings.default_customer});
    bool known = false;
    for (const Key& key : keys) {
        auto rows = target_.catalog.find("customer", key.by, key.value);
        if (!rows) return Halt::failed(std::move(rows).error());
        for (const store::IndexRow& row : *rows) {
            if (row.id == id) return true;
            known = known || is_kind(row, work.mapped.customer()["kind"].string());
        }
    }
    return !known;
}

delivery::Look Customers::look_up(const Work& work, std::vector<Key> keys) {
    const std::string kind{work.mapped.customer()["kind"].string()};
    const std::string name{work.mapped.customer()["name"].string()},
        postal{work.mapped.customer()["address"]["postal_code"].string()};
    return [this, keys = std::move(keys), kind, name, postal](const CallContext& call,
                                                              Instant since) -> Expected<std::optional<Json>> {
        if (auto fresh = target_.catalog.refresh(call, "customer", std::chrono::seconds{0}); !fresh)
            return fresh.error();
        const auto& wanted =
            keys.empty()
                ? std::vector<Key>{{"name_postal", connector::Catalog::normalise("name_postal", name + "|" + postal)}}
                : keys;
        for (const Key& key : wanted) {
            const auto indexed = target_.catalog.find("customer", key.by, key.value);
            if (!indexed) return indexed.error();
            // By name alone only who has no e-mail either: this order would have made such a customer.
            const bool by_name = key.by == "name_postal";
            for (const store::IndexRow& row : *indexed)
                if (is_kind(row, kind) && (!by_name || row.fields["email"].string().empty()))
                    return std::optional{connector::Catalog::json_of(row)};
            if (by_name) continue;
            const auto looked = target_.catalog.lookup(call, "customer", key.by, key.value, since);
            if (!looked && looked.error().error_class != ErrorClass::unsupported) return looked.error();
            if (!looked) continue;
            for (const store::IndexRow& row : *looked)
                if (is_kind(row, kind)) return std::optional{connector::Catalog::json_of(row)};
        }
        return std::optional<Json>{};
    };
}

Expected<store::IndexRow, Halt> Customers::create(Work& work) {
    const std::vector<Key> keys = match_keys(work);
    const std::string claim = keys.empty() ? std::string{} : keys.front().by + ":" + keys.front().value;
    if (!claim.empty()) {
        const auto mine = target_.store.claim_key(target_.connection.id(), "customer", claim, work.delivery.id);
        if (!mine) return Halt::failed(mine.error());
        if (!*mine)
            return Halt{Halt::Kind::parked,
                        {ErrorClass::transient, "customer.being_created",
                         fmt::format("{}: another delivery is creating the same customer.", work.name()),
                         "Nothing: it goes on by itself. If it stays, look for that other one: it may be in doubt or "
                         "waiting."}};
        // Between the search and the claim somebody may have finished.
        auto found = match(work, keys);
        if (!found) return found.error();
        if (*found) return update(work, std::move(**found));
    }
    Json fields = work.mapped.customer();
    leave_out(fields, work.rules, "customer", settings::Write::on_update);
    if (auto resolved = resolve_options(target_, work, "customer", fields); !resolved) return resolved.error();
    if (keeps_contacts(work.caps())) fields.erase("contact");
    if (!fields.has("payment_term")) {
        auto term =
            choose_option(target_, work, "payment_term", work.settings.payment_term, "settings.target.payment_term");
        if (!term) return term.error();
        if (!term->is_null()) fields.set("payment_term", (*term)["id"].text());
    }
    leave_unwritable(fields, "customer", work.caps(), work.notices);
    if (charges_by_zone(work.caps())) {
        const auto tax = tax_case(tax_facts(work.order, work.caps().account.country, false));
        if (!tax) return Halt::held(tax.error());
        if (auto zone = choose_zone(target_, work, "customer", *tax, fields); !zone) return zone.error();
    }
    if (auto chosen = choose_required(target_, work, "customer", fields); !chosen) return chosen.error();
    fit(fields, "customer", work.caps(), work.notices);
    fill_required(fields, "customer", work.caps(), work.notices);
    const Json document =
        Json::object({{"op", "create"}, {"type", "customer"}, {"kind", fields["kind"]}, {"fields", fields}});
    auto row = write_indexed(target_, work, "customer", {work.customer_step, document, look_up(work, keys)}, claim);
    if (row) {
        work.decided("customer", row->number, "created: nobody matched");
        remember_address(work, row->id);
    }
    return row;
}

Expected<bool> has_newer_address(store::Store& store, const std::string& target, const std::string& customer,
                                 Instant moment, store::Lane lane) {
    const auto since = store.fact(address_scope(target), customer);
    if (!since) return since.error();
    if (!*since) return lane == store::Lane::backfill;
    return (*since)->integer(0) > to_unix_ms(moment);
}

void Customers::remember_address(const Work& work, const std::string& customer) {
    // A fact that could not be stored costs at most an older address.
    (void)target_.store.set_fact(address_scope(target_.connection.id()), customer,
                                 Json{to_unix_ms(work.order.placed_at)}, target_.clock.now());
}

Expected<store::IndexRow, Halt> Customers::update(Work& work, store::IndexRow existing) {
    if (!work.settings.update_customer || !work.caps().can_update("customer", existing.state)) return existing;
    // Compared after the target's own rules, else a shortened text would be sent again with every order.
    Json mapped = work.mapped.customer();
    work.subject->set_target(connector::Catalog::json_of(existing));
    if (const auto ending = work.rules.map_again(*work.subject, "customer", mapped)) return ended_early(work, *ending);
    if (auto resolved = resolve_options(target_, work, "customer", mapped); !resolved) return resolved.error();
    if (keeps_contacts(work.caps())) mapped.erase("contact");
    std::vector<std::string> notices;
    Json changes = fitting_changes(work.rules, std::move(mapped), existing.fields, work.caps(), notices);
    if (changes.has("address")) {
        const auto newer = has_newer_address(target_.store, target_.connection.id(), existing.id, work.order.placed_at,
                                             work.delivery.lane);
        if (!newer) return Halt::failed(newer.error());
        if (*newer) changes.erase("address");
    }
    if (changes.size() == 0) return existing;
    work.notices.insert(work.notices.end(), notices.begin(), notices.end());
    const Json document = Json::object(
        {{"op", "update"}, {"type", "customer"}, {"kind", existing.kind}, {"id", existing.id}, {"fields", changes}});
    const std::string step = fmt::format("customer-update:{}", work.delivery.version);
    auto row = write_indexed(target_, work, "customer", {step, document, {}}, {});
    if (row && changes.has("address")) remember_address(work, existing.id);
    Json changed = Json::array();
    for (const auto& member : changes.members()) changed.push(member.name);
    if (row)
        work.decided("customer_update", existing.number, "field rules of existing customers",
                     Json::object({{"changed", std::move(changed)}}));
    return row;
}

}  // namespace brygga::flow
