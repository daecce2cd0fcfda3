#include "flow/target.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/codes.hpp"
#include "brygga/sdk/paths.hpp"

namespace brygga::flow {

namespace {

constexpr const char* zone_field = "zone";

/// "NL…01". A sole trader's number can be personal, so it is never shown whole.
std::string masked(std::string_view number) {
    return number.size() < 8 ? "…" : fmt::format("{}…{}", number.substr(0, 2), number.substr(number.size() - 2));
}

}  // namespace

Halt not_taken(const Work& work, Error error, const std::string& step) {
    const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
    if (error.code != code::vat_number_refused) return Halt::failed(std::move(error), withdrawn);
    error.message = fmt::format("{}: the VAT number {} of its customer was refused. {}", work.name(),
                                masked(work.order.customer.vat_number), error.message);
    error.remedy =
        "Correct the number in the shop, or remove it there if the customer has none; the new version comes by itself. "
        "If the number is right, the check may have been out of order: replay later.";
    Halt halt = Halt::held(std::move(error));
    halt.withdrawn_step = withdrawn;
    return halt;
}

Halt refused(Target& target, const Work& work, Error error, const std::string& step, const std::vector<Named>& named) {
    if (error.code != code::reference_gone || !delivery::withdrawable(error))
        return not_taken(work, std::move(error), step);
    std::string gone;
    for (const auto& [type, id] : named) {
        const auto there = target.catalog.exists(work.call, type, id);
        if (!there) return Halt::failed(there.error(), step);
        if (!*there) gone += fmt::format("{}the {} with the id {}", gone.empty() ? "" : ", ", type, excerpt(id, 60));
    }
    if (gone.empty()) return not_taken(work, std::move(error), step);
    return Halt::failed({ErrorClass::transient, std::string{code::reference_gone},
                         fmt::format("{}: {} has no longer {}.", work.name(), target.connection.id(), gone),
                         "Nothing: another one is looked for, or made, at the next attempt."},
                        step);
}

Expected<std::vector<store::IndexRow>> look_up_documents(const Target& target, const CallContext& call,
                                                         std::string_view reference, std::optional<Instant> since,
                                                         Among among) {
    auto rows = target.catalog.lookup(call, "document", "reference", reference, since);
    if (!rows) return rows;
    std::erase_if(*rows, [&](const auto& row) { return is_credit_note(row.kind) != (among == Among::credit_notes); });
    if (among != Among::documents_and_quotes) return rows;
    auto quotes = target.catalog.lookup(call, "quote", "reference", reference, since);
    if (!quotes) return quotes;
    std::ranges::move(*quotes, std::back_inserter(*rows));
    return rows;
}

GoalSettings goal_settings(const Work& work) {
    GoalSettings settings = goal_settings(work.settings);
    const TaxFacts facts = tax_facts(work.order, work.caps().account.country, work.caps().account.uses_oss);
    if (const auto which = tax_case(facts); which && *which == TaxCase::oss)
        settings.oss_country = facts.customer_country;
    return settings;
}

bool makes_quotes(const settings::Order& settings, const FieldRules& rules) {
    const FieldRule* const rule = rules.rule("document", "kind");
    return settings.document == "quote" || (rule && rule->text.find("quote") != std::string::npos);
}

Expected<void, Halt> keep(const Target& target, const Work& work, store::Outcome outcome) {
    outcome.delivery = work.delivery.id;
    outcome.fence = work.delivery.fence;
    outcome.now = target.clock.now();
    if (const auto stored = target.store.finish(outcome); !stored) return Halt::failed(stored.error());
    return {};
}

Expected<store::IndexRow, Halt> write_indexed(Target& target, Work& work, const std::string& type,
                                              const delivery::Write& write, const std::string& claim) {
    auto written = target.writer.write(work.call, target.connection, work.delivery, write);
    if (!written) {
        std::vector<Named> named;
        if (const auto id = write.document["id"].text(); !id.empty()) named.emplace_back(type, id);
        return refused(target, work, std::move(written).error(), write.step, named);
    }
    work.wrote = true;
    store::IndexRow row = connector::Catalog::row_of(type, written->row);
    store::Outcome outcome;
    outcome.step = store::StepDone{write.step, written->row};
    // What a look-up found is in the index already, with keys that its row here may lack.
    if (written->from == delivery::Written::From::answer) outcome.index.emplace_back(type, row);
    if (!claim.empty()) outcome.released_claims.push_back(claim);
    if (auto stored = keep(target, work, std::move(outcome)); !stored) return stored.error();
    return row;
}

OptionChoice options_named(const Json& options, std::string_view wanted) {
    OptionChoice out;
    const Json* last = nullptr;
    for (const Json& option : options.items()) {
        if (!option["active"].boolean(true)) continue;
        ++out.active;
        last = &option;
        out.labels += (out.labels.empty() ? "" : ", ") + std::string{option["label"].string()};
        const bool chosen = wanted.empty() ? option["attributes"]["default"].boolean()
                                           : option["id"].text() == wanted || option["label"].string() == wanted ||
                                                 option["attributes"]["code"].text() == wanted;
        if (chosen) out.matches.push_back(&option);
    }
    if (wanted.empty() && out.active == 1) out.matches = {last};
    return out;
}

Expected<Json, Halt> choose_option(Target& target, Work& work, const std::string& kind, const std::string& wanted,
                                   const std::string& where) {
    return choose_option(work.call, target.catalog, target.connection.id(), work.name(), kind, wanted, where);
}

Expected<Json, Halt> choose_option(const CallContext& call, connector::Catalog& catalog, const std::string& target,
                                   const std::string& name, const std::string& kind, const std::string& wanted,
                                   const std::string& where) {
    auto options = catalog.options(call, kind, std::chrono::hours{24});
    if (!options) {
        if (options.error().error_class == ErrorClass::unsupported) return Json{};
        return Halt::failed(std::move(options).error());
    }
    const auto [matches, active, labels] = options_named(**options, wanted);
    if (matches.size() == 1) return Json{*matches.front()};
    if (wanted.empty() && active == 0) return Json{};
    return Halt::held("option." + kind,
                      wanted.empty()
                          ? fmt::format("{}: {} has no default {} and several to choose from.", name, target, kind)
                          : fmt::format("{}: {} has {} {} '{}'.", name, target,
                                        matches.empty() ? "no" : "more than one", kind, wanted),
                      fmt::format("Set {} to one of: {}.", where, excerpt(labels, 400)));
}

Expected<void, Halt> resolve_options(Target& target, Work& work, std::string_view root, Json& fields) {
    for (const FieldRule& rule : work.rules.rules()) {
        if (rule.root != root || rule.standard || rule.field.option.empty()) continue;
        Json* const value = at_path(fields, rule.path);
        if (!value || value->text().empty()) continue;
        auto option = choose_option(target, work, rule.field.option, std::string{value->text()},
                                    fmt::format("the rule of {} ({}:{})", rule.name(), rule.at.file, rule.at.line));
        if (!option) return option.error();
        if (!option->is_null()) *value = Json{(*option)["id"].text()};
    }
    return {};
}

Expected<void, Halt> choose_required(Target& target, Work& work, std::string_view root, Json& fields) {
    const auto known = work.caps().fields.find(root);
    if (known == work.caps().fields.end()) return {};
    const settings::Order& s = work.settings;
    for (const schema::Field& field : known->second) {
        if (!field.required || field.type != schema::FieldType::option || field.path == zone_field) continue;
        const Json* present = at_path(fields, field.path);
        if (present && !present->text().empty()) continue;
        const std::string_view kind = field.option;
        const std::string& wanted = kind == "payment_term"     ? s.payment_term
                                    : kind == "layout"         ? s.layout
                                    : kind == "customer_group" ? s.customer_group
                                                               : std::string{};
        auto option = choose_option(target, work, field.option, wanted, fmt::format("settings.target.{}", kind));
        if (!option) return option.error();
        if (!option->is_null()) set_path(fields, field.path, Json{(*option)["id"].text()});
    }
    return {};
}

bool charges_by_zone(const schema::Capabilities& target) { return target.field("document", zone_field) != nullptr; }

Expected<void, Halt> choose_zone(Target& target, Work& work, std::string_view root, TaxCase tax_case, Json& fields) {
    const schema::Field* field = work.caps().field(root, zone_field);
    if (!field || !fields[zone_field].text().empty()) return {};
    auto options = target.catalog.options(work.call, field->option, std::chrono::hours{24});
    if (!options) return Halt::failed(std::move(options).error());
    // A consumer abroad is charged as one at home as long as the one-stop shop is not used.
    const std::string_view name = to_string(tax_case == TaxCase::eu_consumer ? TaxCase::domestic : tax_case);
    for (const Json& option : (*options)->items()) {
        if (!option["active"].boolean(true) || option["attributes"]["case"].string() != name) continue;
        fields.set(zone_field, option["id"].text());
        work.decided(std::string{root} + ".zone", option["label"].string(), "the tax case of the order",
                     Json::object({{"case", to_string(tax_case)}}));
        return {};
    }
    return Halt::held(
        "tax.no_zone",
        fmt::format("{}: {} has no zone for the tax case {}.{}{}", work.name(), target.connection.id(),
                    to_string(tax_case), tax_advice(tax_case).cause.empty() ? "" : " ", tax_advice(tax_case).cause),
        "Open such a zone in the books, or name one in the mapping (document.zone and customer.zone), then "
        "replay.");
}

Halt ended_early(const std::string& name, const Ending& ending) {
    Error error{ErrorClass::rejected, ending.code, name + ": " + ending.message, ending.remedy};
    switch (ending.kind) {
        case Ending::Kind::skip:
            return {Halt::Kind::skipped, std::move(error)};
        case Ending::Kind::hold:
            return Halt::held(std::move(error));
        case Ending::Kind::error:
            break;
    }
    return Halt::failed(std::move(error));
}

}  // namespace brygga::flow
