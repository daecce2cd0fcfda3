#include "flow/customer_pipeline.h"

#include <fmt/format.h>

#include "base/zone.h"
#include "flow/customer_goal.h"
#include "flow/payload.h"

namespace brygga::flow {

namespace {

Halt skipped(std::string code, std::string message, std::string remedy) {
    return {Halt::Kind::skipped, {ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)}};
}

}  // namespace

CustomerPipeline::CustomerPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                   connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                                   const Clock& clock, Log& log, delivery::Policy policy, std::function<int()> jitter)
    : flow_{flow},
      rules_{std::move(rules)},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy},
      target_{target, catalog, writer_, store, clock},
      customers_{target_},
      memory_{flow, catalog, store, clock} {}

Processed CustomerPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                    Stored stored) {
    delivery.flow_version = flow_.version.number;
    Work work{call, delivery, flow_.order, *rules_};
    store::Outcome outcome;
    const auto result = run(work, outcome);
    for (const std::string& notice : work.notices) work.decided("notice", notice, "limits of the target");
    return conclusion_.end(delivery, work.name(), std::move(work.explain), std::move(outcome), result,
                           connection_failing, std::move(stored));
}

Expected<void, Halt> CustomerPipeline::run(Work& work, store::Outcome& outcome) {
    const auto content = prepare(work);
    if (!content) return content.error();
    const std::string& record = work.delivery.source_id;
    const auto known = memory_.known(record);
    if (!known) return Halt::failed(known.error());
    auto customer = existing(work, *known);
    if (!customer) return customer.error();
    if (!*customer && !flow_.customer.create)
        return skipped("customer.not_in_books",
                       fmt::format("{}: {} has no such customer.", work.name(), target_.connection.id()),
                       "Nothing, if they are not to be there; else add them, or set settings.missing to create.");
    CustomerMemory::Standing standing;
    if (*customer) {
        const auto found = memory_.standing(*known, (*customer)->id, record, *content, work.delivery.created_at);
        if (!found) return Halt::failed(found.error());
        standing = *found;
    }
    work.order.placed_at = standing.since;
    auto done = !*customer        ? customers_.create(work)
                : standing.writes ? customers_.update(work, std::move(**customer))
                                  : Expected<store::IndexRow, Halt>{std::move(**customer)};
    if (!done) return done.error();
    return end(work, *done, *content, standing.writes, outcome);
}

Expected<std::string, Halt> CustomerPipeline::prepare(Work& work) const {
    const auto document = Json::parse(entity_text(work.delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", work.name() + ": its stored document is gone.",
                             "Run the flow for this record again."});
    const auto record = entity::parse_customer(*document);
    if (!record) return Halt::failed(record.error());
    auto caps = target_.catalog.capabilities(work.call);
    if (!caps) return Halt::failed(std::move(caps).error());
    work.known = std::move(*caps);
    work.order = order_of(*record);
    work.subject.emplace(flow_, *record, raw_text(work.delivery.payload), Zone::utc().name(),
                         RunFacts{work.delivery.run_id, work.delivery.created_at});
    if (const auto refused = rules_->refuse(*work.subject)) return ended_early(work, *refused);
    work.mapped.fields = rules_->map(*work.subject);
    if (work.mapped.fields.ending) return ended_early(work, *work.mapped.fields.ending);
    work.mapped.customer().set("kind", entity::to_string(record->customer.kind));
    Customers::keep_usable_email(work);
    return customer_content(*rules_, rules_->map_for_version(*work.subject), *record);
}

/// The customer that the record has become, whatever its keys say by now; else who matches.
Expected<std::optional<store::IndexRow>, Halt> CustomerPipeline::existing(Work& work, const KnownCustomer& known) {
    if (!known.row) {
        // Somebody removed it: another one gets a key of its own.
        if (known.binding) work.customer_step = "customer-after:" + known.binding->target_id;
        return customers_.find(work);
    }
    const std::string_view kind = work.mapped.customer()["kind"].string();
    if (!known.row->kind.empty() && known.row->kind != kind)
        return Halt::held("customer.kind_changed",
                          fmt::format("{} is a {} in the shop by now, and customer {} of {} is a {}.", work.name(),
                                      kind, known.row->number, target_.connection.id(), known.row->kind),
                          "Make them the same in one of the two systems, then replay.");
    work.decided("customer", known.row->number, "what this registration has become before");
    return std::optional{*known.row};
}

Expected<void, Halt> CustomerPipeline::end(Work& work, const store::IndexRow& customer, const std::string& content,
                                           bool writes, store::Outcome& outcome) {
    if (writes)
        if (const auto kept = memory_.remember(customer.id, work.delivery.source_id, work.order.placed_at); !kept)
            return Halt::failed(kept.error());
    outcome.bindings.push_back({flow_.to,
                                "customer",
                                flow_.from,
                                work.delivery.source_id,
                                customer.id,
                                customer.number,
                                customer.kind,
                                customer.state,
                                content,
                                {}});
    outcome.target_ref = Json::object(
        {{"connection", flow_.to}, {"id", customer.id}, {"kind", customer.kind}, {"number", customer.number}});
    if (work.wrote || !work.delivery.steps.empty()) {
        outcome.state = store::DeliveryState::delivered;
        return {};
    }
    if (writes)
        return skipped("customer.unchanged",
                       fmt::format("{}: {} shows them so already.", work.name(), target_.connection.id()), "");
    return skipped("customer.another",
                   fmt::format("{}: another registration of {} has become customer {} of {}, too.", work.name(),
                               flow_.from, customer.number, target_.connection.id()),
                   "Nothing: what either of them changes from now on is written.");
}

}  // namespace brygga::flow
