#include "flow/existing_documents.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/codes.hpp"
#include "flow/goal_settings.h"

namespace brygga::flow {

namespace {

std::string money(const Decimal& amount, std::string_view currency) {
    return currency.empty() ? amount.text(2) : fmt::format("{} {}", amount.text(2), currency);
}

/// State of a binding whose document the target does not have any more; its hash is that of the version that was held
/// for it. Only a person lets that version go on.
constexpr const char* gone_state = "gone";

std::string title_of_row(const store::IndexRow& row) { return document_title(row.kind, row.number, row.id); }

/// The document of the binding has become this one. What it bills is known on if its figures are the same.
void becomes(store::Binding& binding, const store::IndexRow& row) {
    const auto before = entity::parse_totals(binding.totals), now = entity::parse_totals(row.fields["totals"]);
    if (!before || !now || before->gross != now->gross || before->tax != now->tax) binding.billed = Json{};
    binding.target_id = row.id;
    binding.number = row.number;
    binding.kind = row.kind;
    binding.state = row.state;
    binding.totals = row.fields["totals"];
}

std::string title_with_total(const store::IndexRow& row) {
    const auto totals = entity::parse_totals(row.fields["totals"]);
    if (!totals) return title_of_row(row) + " without a readable total";
    return fmt::format("{} of {}", title_of_row(row), money(totals->gross, row.fields["currency"].string()));
}

}  // namespace

std::string document_title(std::string_view kind, std::string_view number, std::string_view id) {
    std::string words{kind.empty() ? "document" : kind};
    std::ranges::replace(words, '_', ' ');
    return fmt::format("{} {}", words, number.empty() ? id : number);
}

Expected<std::optional<ExistingDocuments::Found>, Halt> ExistingDocuments::find(Work& work) {
    const store::Delivery& d = work.delivery;
    auto bound = target_.store.binding(d.target_connection, "document", d.source_connection, d.source_id);
    if (!bound) return Halt::failed(std::move(bound).error());
    if (*bound && ((*bound)->state != gone_state || (*bound)->hash != d.hash)) {
        work.decided("document", (*bound)->number, "binding");
        return std::optional{Found{std::move(**bound), {}}};
    }
    if (*bound) {
        // Under the old key the target could repeat its answer of then.
        work.create_step = "document-after:" + (*bound)->target_id;
        work.decided("document", nullptr, "replayed after its document was gone",
                     Json::object({{"gone", (*bound)->number}}));
    }
    // A document that this delivery itself may have created is found by the writer's own look-up.
    if (std::ranges::any_of(d.steps, [&](const store::Step& s) { return s.name == work.create_step; }))
        return std::optional<Found>{};
    auto rows = with_reference(work);
    if (!rows) return rows.error();
    if (rows->empty()) return std::optional<Found>{};
    if (rows->size() > 1) {
        std::string all;
        for (const auto& row : *rows) all += (all.empty() ? "" : ", ") + title_with_total(row);
        return Halt::held(
            "document.exists",
            fmt::format("{}: {} has {} documents with the reference {}, none of them known as this "
                        "order's: {}.",
                        work.name(), target_.connection.id(), rows->size(), work.mapped.reference, excerpt(all, 400)),
            "Cancel this delivery if one of them is the order; else change their reference and replay.");
    }
    store::IndexRow& row = rows->front();
    auto difference = disagreement(work, row);
    if (!difference) return difference.error();
    if (!difference->empty())
        return Halt::held("document.exists",
                          fmt::format("{}: {} has a document with the reference {} already, {}, but {}.", work.name(),
                                      target_.connection.id(), work.mapped.reference, title_of_row(row), *difference),
                          "Compare them. Cancel this delivery if the order is in the books; else correct that document "
                          "or change its reference, then replay.");
    work.decided("document", row.number, "adopted: same reference and total",
                 Json::object({{"reference", work.mapped.reference}, {"totals", row.fields["totals"]}}));
    store::Binding binding{d.target_connection, "document", d.source_connection, d.source_id, row.id,
                           row.number,          row.kind,   row.state,           d.hash,      row.fields["totals"]};
    return std::optional{Found{std::move(binding), std::move(row)}};
}

/// What the books hold now; the index only tells whether it is worth asking. Somebody is at work by hand where a
/// document is gone, so there it is always asked.
Expected<std::vector<store::IndexRow>, Halt> ExistingDocuments::with_reference(Work& work) {
    auto rows = target_.catalog.find("document", "reference", work.mapped.reference);
    if (!rows) return Halt::failed(std::move(rows).error());
    if (work.quotes) {
        auto quotes = target_.catalog.find("quote", "reference", work.mapped.reference);
        if (!quotes) return Halt::failed(std::move(quotes).error());
        std::ranges::move(*quotes, std::back_inserter(*rows));
    }
    std::erase_if(*rows, [](const auto& row) { return is_credit_note(row.kind); });
    if (rows->empty() && work.create_step == "document") return std::move(*rows);
    auto asked = look_up_documents(target_, work.call, work.mapped.reference, std::nullopt, work.among());
    if (asked) return std::move(*asked);
    if (asked.error().error_class == ErrorClass::unsupported) return std::move(*rows);
    return Halt::failed(std::move(asked).error());
}

/// In what the document is not this order's; empty when it may be.
Expected<std::string, Halt> ExistingDocuments::disagreement(Work& work, const store::IndexRow& row) {
    const auto other = other_order(work, row);
    if (!other) return other.error();
    if (!other->empty()) return fmt::format("that one was made for order {}", *other);

    const entity::Order& order = work.order;
    std::string_view currency = row.fields["currency"].string();
    if (currency.empty()) currency = work.caps().account.currency;
    const auto totals = entity::parse_totals(row.fields["totals"]);
    if (!totals) return std::string{"its total cannot be read"};
    const auto goal = order_goal(order, goal_settings(work));
    // An order whose figures contradict themselves can still have been entered by hand.
    if (!goal && !order.stated_gross) return std::string{"the order's own total is not certain"};
    const Decimal gross = goal ? goal->totals.gross : *order.stated_gross;
    if (totals->gross != gross || (!currency.empty() && currency != order.currency))
        return fmt::format("its total is {} and the order's {}", money(totals->gross, currency),
                           money(gross, order.currency));
    if (goal) {
        // A cent of each rate is what planning may leave to a rounding row.
        const auto rates = std::ranges::count_if(goal->totals.taxes, [](const auto& t) { return !t.rate.is_zero(); });
        if ((totals->tax - goal->totals.tax).abs() > Decimal::scaled(rates, 2))
            return fmt::format("its VAT is {} and the order's {}", money(totals->tax, currency),
                               money(goal->totals.tax, order.currency));
    }
    const auto same_customer = customers_.may_be(work, row.fields["customer"].text());
    if (!same_customer) return same_customer.error();
    return *same_customer ? std::string{} : std::string{"it is made out to another customer"};
}

/// The deliveries of orders with this printed number that this document belongs to, newest first.
Expected<std::vector<store::Delivery>> ExistingDocuments::makers(const Work& work, std::string_view document) const {
    store::DeliveryQuery query;
    query.flow = work.delivery.flow;
    query.source_number = work.delivery.source_number;
    query.limit = std::numeric_limits<int>::max();
    auto found = target_.store.deliveries(query);
    if (found) std::erase_if(*found, [&](const store::Delivery& d) { return d.target_ref["id"].text() != document; });
    return found;
}

/// Another order of this source that this document was made for.
Expected<std::string, Halt> ExistingDocuments::other_order(const Work& work, const store::IndexRow& row) const {
    const auto all = makers(work, row.id);
    if (!all) return Halt::failed(all.error());
    for (const store::Delivery& d : *all)
        if (d.source_id != work.delivery.source_id)
            return fmt::format("{} with the id {}", d.source_number, d.source_id);
    return std::string{};
}

Expected<void, Halt> ExistingDocuments::allow_update(Work& work, const store::Binding& binding) {
    if (binding.state == gone_state) return gone(work, binding);
    if (work.settings.existing == settings::Choice::update_draft && work.caps().can_update("document", binding.state))
        return {};
    return differs(work, binding);
}

Expected<store::Binding, Halt> ExistingDocuments::cancel(Work& work, store::Binding binding) {
    const auto held = [&] {
        Halt halt =
            Halt::held("order.cancelled",
                       fmt::format("{} was cancelled after it became {}.", work.name(), document_title(binding)),
                       "Cancel or credit it in the books.");
        halt.binding = binding;
        return halt;
    };
    if (binding.state == gone_state) return binding;
    if (work.settings.on_cancel == settings::Choice::hold || !work.caps().can_cancel("document", binding.state))
        return held();
    const delivery::Write write{"cancel:" + binding.target_id,
                                Json::object({{"op", "cancel"},
                                              {"type", "document"},
                                              {"kind", binding.kind},
                                              {"id", binding.target_id},
                                              {"reference", work.mapped.reference},
                                              {"fields", Json::object()}}),
                                {}};
    const auto written = target_.writer.write(work.call, target_.connection, work.delivery, write);
    if (!written && written.error().code == code::document_gone) {
        // Deleted by hand, or by an attempt before; or booked, and found by its reference then.
        const auto rows = look_up_documents(target_, work.call, work.mapped.reference, {}, work.among());
        if (!rows && rows.error().error_class != ErrorClass::unsupported) return Halt::failed(rows.error());
        if (rows && !rows->empty()) {
            becomes(binding, rows->front());
            return held();
        }
    } else if (!written && written.error().code == code::document_closed) {
        binding.state = "closed";
        return held();
    } else if (!written) {
        return not_taken(work, written.error(), write.step);
    }
    work.decided("document", document_title(binding), "deleted: settings.on_cancel");
    binding.state = gone_state;
    binding.hash = work.delivery.hash;
    return binding;
}

Halt ExistingDocuments::not_changed(Work& work, const store::Binding& binding, Error error, const std::string& step) {
    Halt halt = [&] {
        if (error.outcome_unknown) return not_taken(work, error, step);
        if (error.code == code::document_gone) return gone(work, binding);
        if (error.code != code::document_closed) return not_taken(work, error, step);
        store::Binding closed = binding;
        closed.state = "closed";
        return differs(work, closed);
    }();
    if (delivery::withdrawable(error)) halt.withdrawn_step = step;
    return halt;
}

/// The document of this binding is not in the books. A draft that was booked is there as an invoice with another id:
/// the order's document is that one now. Else a person has to say whether the order is to be written again.
Halt ExistingDocuments::gone(Work& work, store::Binding binding) const {
    const auto rows = look_up_documents(target_, work.call, work.mapped.reference, std::nullopt, work.among());
    if (!rows && rows.error().error_class != ErrorClass::unsupported) return Halt::failed(rows.error());
    const bool final = rows && rows->size() == 1 && !work.caps().can_update("document", rows->front().state);
    const auto other = final ? other_order(work, rows->front()) : Expected<std::string, Halt>{};
    if (!other) return other.error();
    if (final && other->empty()) {
        const store::IndexRow& row = rows->front();
        work.decided("document", row.number, "took the place of a document that is gone",
                     Json::object({{"gone", document_title(binding)}}));
        becomes(binding, row);
        Halt halt = differs(work, binding);
        halt.binding = std::move(binding);
        return halt;
    }
    const auto written = makers(work, binding.target_id);
    if (!written) return Halt::failed(written.error());
    std::string others;
    for (const auto& row : rows ? *rows : std::vector<store::IndexRow>{})
        others += (others.empty() ? " Its reference is in " : ", ") + title_with_total(row);
    if (!others.empty()) others = fmt::format("{}.", excerpt(others, 400));
    binding.state = gone_state;
    binding.hash = work.delivery.hash;
    Halt halt = Halt::held(
        "document.gone",
        fmt::format("{} changed, but {}{} is not in {} any more.{}", work.name(), document_title(binding),
                    written->empty() ? "" : ", written on " + to_iso_date(written->back().updated_at) + ",",
                    target_.connection.id(), others),
        "If it was deleted on purpose, cancel this delivery. If the order belongs into the books, replay it: a new "
        "document is written then.");
    halt.binding = std::move(binding);
    return halt;
}

Halt ExistingDocuments::differs(Work& work, const store::Binding& binding) const {
    const std::string_view currency = work.order.currency;
    const auto booked = entity::parse_totals(binding.totals);
    const auto now = order_goal(work.order, goal_settings(work));
    work.decided("existing", binding.number,
                 work.settings.existing == settings::Choice::hold ? "settings.existing: hold"
                                                                  : "document can no longer be changed",
                 Json::object({{"booked", binding.totals}, {"order", now ? entity::to_json(now->totals) : Json{}}}));
    return Halt::held(
        "document.differs",
        fmt::format("{} changed after it became {} ({}). Total in the books {}, of the order now {}.", work.name(),
                    document_title(binding), binding.state, booked ? money(booked->gross, currency) : "unknown",
                    now                       ? money(now->totals.gross, currency)
                    : work.order.stated_gross ? money(*work.order.stated_gross, currency)
                                              : "not certain"),
        "Correct the document in the books by hand, then cancel this delivery.");
}

}  // namespace brygga::flow
