#include "flow/booking.h"

#include <algorithm>

#include <fmt/format.h>

#include "brygga/sdk/codes.hpp"
#include "flow/document.h"
#include "flow/goal_settings.h"
#include "flow/order_mapping.h"

namespace brygga::flow {

namespace {

/// The first row that fits, as a writer's look wants it.
Expected<std::optional<Json>> first(const Expected<std::vector<store::IndexRow>>& rows, std::string_view state) {
    if (!rows) return rows.error();
    const auto hit = std::ranges::find_if(*rows, [&](const auto& row) { return state.empty() || row.state == state; });
    if (hit == rows->end()) return std::optional<Json>{};
    return std::optional{connector::Catalog::json_of(*hit)};
}

/// (what settings.payment_accounts says of this method, which of its keys says so); empty when none does.
std::pair<std::string, std::string> account_of(const settings::Order& settings, const entity::Payment& payment) {
    for (const std::string& name : {payment.method_code, payment.method_label, payment.method_id})
        if (const auto known = settings.payment_accounts.find(name);
            !name.empty() && known != settings.payment_accounts.end())
            return {known->second, "settings.payment_accounts." + name};
    return {settings.bank_account, "settings.target.bank_account"};
}

}  // namespace

bool Booking::resumes(const Work& work, const store::Binding& document) {
    return wanted(work, document) && document.hash == work.delivery.hash &&
           std::ranges::any_of(work.delivery.steps, [](const store::Step& step) {
               return step.name.starts_with("document") && step.state == "done";
           });
}

Expected<store::Binding, Halt> Booking::agreed(Work& work, store::Binding draft) const {
    if (draft.state == booked_state) return draft;
    const auto goal = order_goal(work.order, goal_settings(work));
    if (!goal) return Halt::held(goal.error());
    const auto agrees = [&] {
        const auto totals = entity::parse_totals(draft.totals);
        // A cent of each rate is what planning may leave to a rounding row.
        const auto rates = std::ranges::count_if(goal->totals.taxes, [](const auto& t) { return !t.rate.is_zero(); });
        return totals && totals->gross == goal->totals.gross &&
               (totals->tax - goal->totals.tax).abs() <= Decimal::scaled(rates, 2);
    };
    if (agrees()) return draft;
    const auto rows = look_up_documents(target_, work.call, work.mapped.reference, work.order.placed_at);
    if (!rows) return Halt::failed(rows.error());
    const auto now = std::ranges::find(*rows, draft.target_id, &store::IndexRow::id);
    if (now != rows->end()) draft.totals = now->fields["totals"];
    if (agrees()) return draft;
    const auto totals = entity::parse_totals(draft.totals);
    return Halt::held("totals.unequal",
                      fmt::format("{} became {}, whose total is {} and should be {}, with VAT of {}.", work.name(),
                                  document_title(draft), totals ? totals->gross.text(2) : "not readable",
                                  goal->totals.gross.text(2), goal->totals.tax.text(2)),
                      "Correct or delete that document in the books; it was not booked.");
}

bool Booking::only_paid(const Work& work, const store::Binding& document) {
    return document.state == booked_state && work.delivery.hash == document.hash + std::string{paid_mark};
}

delivery::Look Booking::invoice_look(const std::string& reference, bool credit_note) const {
    return [this, reference, credit_note](const CallContext& call, Instant since) {
        return first(
            look_up_documents(target_, call, reference, since, credit_note ? Among::credit_notes : Among::documents),
            booked_state);
    };
}

delivery::Look Booking::payment_look(const store::Binding& invoice) const {
    return [this, id = invoice.target_id](const CallContext& call, Instant since) {
        return first(target_.catalog.lookup(call, "payment", "document", id, since), {});
    };
}

Expected<Booking::Booked, Halt> Booking::book(Work& work, const store::Binding& draft, const std::string& reference,
                                              bool fresh) {
    if (draft.state == booked_state) return Booked{draft};
    if (!work.caps().can_book("document", draft.kind))
        return Halt::failed({ErrorClass::misconfigured, "document.book",
                             fmt::format("{} cannot book a document of kind {}.", target_.connection.id(), draft.kind),
                             "Remove settings.book."});
    const auto agreed = entity::parse_totals(draft.totals);
    if (!agreed)
        return Halt::held("totals.unknown",
                          fmt::format("{} became {}, whose totals are not known.", work.name(), document_title(draft)),
                          "Compare it by hand, and book it there.");
    const bool credit_note = is_credit_note(draft.kind);
    const delivery::Look look = invoice_look(reference, credit_note);
    // A vendor may give the id of a booked draft to the next one, so the step of a credit note has its number instead.
    const delivery::Write write{"book:" + (credit_note ? draft.type : draft.target_id),
                                Json::object({{"op", "book"},
                                              {"type", "document"},
                                              {"kind", draft.kind},
                                              {"id", draft.target_id},
                                              {"reference", reference},
                                              {"fields", Json::object()},
                                              {"expect", expect_json(*agreed)},
                                              {"check", !fresh}}),
                                look};
    auto written = target_.writer.write(work.call, target_.connection, work.delivery, write);
    if (!written && written.error().code == code::document_gone) {
        // Somebody may have booked it by hand meanwhile.
        auto found = look(work.call, work.delivery.created_at);
        if (!found) return Halt::failed(std::move(found).error());
        if (*found) written = delivery::Written{std::move(**found), delivery::Written::From::look};
    }
    if (!written && credit_note) return not_taken(work, std::move(written).error(), write.step);
    if (!written) return existing_.not_changed(work, draft, std::move(written).error(), write.step);

    store::Binding invoice = draft;
    invoice.target_id = written->row["id"].text();
    invoice.number = written->row["number"].text();
    invoice.kind = written->row["kind"].string(draft.kind);
    invoice.state = written->row["state"].string(booked_state);
    invoice.totals = written->row["totals"];
    work.decided("booked", invoice.number,
                 written->found() ? "an earlier attempt, or somebody else, had booked it" : "settings.book");
    store::Outcome outcome;
    outcome.step = store::StepDone{write.step, written->row};
    outcome.bindings.push_back(invoice);
    outcome.index.emplace_back("document", connector::Catalog::row_of("document", written->row));
    if (invoice.target_id != draft.target_id) {
        store::IndexRow gone;
        gone.id = draft.target_id;
        gone.deleted = true;
        outcome.index.emplace_back("document", std::move(gone));
    }
    if (auto stored = keep(target_, work, std::move(outcome)); !stored) return stored.error();
    return Booked{std::move(invoice), written->from == delivery::Written::From::answer};
}

Expected<void, Halt> Booking::compare(const Work& work, const store::Binding& draft, const store::Binding& invoice) {
    const auto agreed = entity::parse_totals(draft.totals), booked = entity::parse_totals(invoice.totals);
    if (agreed && booked && booked->net == agreed->net && booked->tax == agreed->tax && booked->gross == agreed->gross)
        return {};
    return Halt::held("totals.unequal",
                      fmt::format("{} was booked as {}, whose total is {}; that of the draft was {}.", work.name(),
                                  document_title(invoice), booked ? booked->gross.text(2) : "not readable",
                                  agreed ? agreed->gross.text(2) : "not readable"),
                      "Compare them, and correct it in the books where it is wrong; then cancel this delivery.");
}

Expected<void, Halt> Booking::pay(Work& work, const Booked& booked, const std::string& date) {
    if (!work.settings.register_payment) return {};
    const store::Binding& invoice = booked.invoice;
    const auto totals = entity::parse_totals(invoice.totals);
    if (work.order.payment.state != entity::PaymentState::paid || !totals || totals->gross <= Decimal{0}) {
        work.decided("payment", nullptr, "the order is not paid");
        return {};
    }
    const auto [account, where] = account_of(work.settings, work.order.payment);
    if (account == settings::no_account) {
        work.decided("payment", nullptr, where);
        return {};
    }
    if (!work.caps().can_create("payment", "customer_payment"))
        return Halt::failed(
            {ErrorClass::misconfigured, "document.payment",
             fmt::format("{} takes no payments.", target_.connection.id()),
             "Remove settings.register_payment; for e-conomic, or set payment_journal in its connection."});
    const delivery::Look look = payment_look(invoice);
    if (!booked.now) {
        auto known = look(work.call, work.delivery.created_at);
        if (!known) return Halt::failed(std::move(known).error());
        if (*known)
            return work.decided("payment", (**known)["number"].text(), "registered already"), Expected<void, Halt>{};
    }
    Json fields = Json::object({{"document", invoice.target_id},
                                {"number", invoice.number},
                                {"amount", totals->gross},
                                {"currency", work.order.currency},
                                {"date", date},
                                {"text", work.mapped.reference}});
    auto option = choose_option(target_, work, "bank_account", account, where);
    if (!option) return option.error();
    fields.set("account", (*option)["id"].text());
    work.decided("payment", (*option)["label"].text(), where);

    const delivery::Write write{"payment:" + invoice.target_id,
                                Json::object({{"op", "create"},
                                              {"type", "payment"},
                                              {"kind", "customer_payment"},
                                              {"reference", work.mapped.reference},
                                              {"fields", std::move(fields)}}),
                                look};
    auto written = target_.writer.write(work.call, target_.connection, work.delivery, write);
    if (!written) return not_taken(work, std::move(written).error(), write.step);
    store::Outcome outcome;
    outcome.step = store::StepDone{write.step, written->row};
    return keep(target_, work, std::move(outcome));
}

}  // namespace brygga::flow
