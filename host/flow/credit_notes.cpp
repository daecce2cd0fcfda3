#include "flow/credit_notes.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/existing_documents.h"
#include "flow/fit.h"
#include "flow/goal_settings.h"

namespace brygga::flow {

namespace {

/// State of a binding whose credit note may have been sent.
constexpr std::string_view planned_state = "planned";

std::string note_step(int number) { return fmt::format("credit:{}", number); }
/// An order's own number cannot be taken for it: documents are told from credit notes by their kind, too.
std::string note_reference(const Work& work, int number) {
    return fmt::format("{}/C{}", work.mapped.reference, number);
}

bool is_cancelled(const Work& work) { return work.order.status == entity::OrderStatus::cancelled; }
std::string_view credit_setting(const Work& work) {
    return is_cancelled(work) ? "settings.on_cancel: credit" : "settings.on_refund: credit";
}
bool has_step(const Work& work, const std::string& name) {
    return std::ranges::find(work.delivery.steps, name, &store::Step::name) != work.delivery.steps.end();
}

/// The note is this row of the target.
void take_row(store::Binding& note, const Json& row) {
    note.target_id = row["id"].text();
    note.number = row["number"].text();
    note.kind = row["kind"].string(credit_draft);
    note.state = row["state"].string("draft");
    note.totals = row["totals"];
}

/// In what the note is not as it was planned; empty when it is.
std::string unlike_planned(const store::Binding& note) {
    const auto wanted = entity::parse_totals(note.billed["expect"]), found = entity::parse_totals(note.totals);
    if (!found) return "its total is not readable";
    if (wanted && wanted->gross == found->gross && wanted->tax == found->tax) return {};
    return fmt::format("its total is {} with VAT of {}, and should be {} with {}", found->gross.text(2),
                       found->tax.text(2), wanted ? wanted->gross.text(2) : "?", wanted ? wanted->tax.text(2) : "?");
}

store::Outcome note_written(const store::Binding& note, const Json& row, const std::string& reference) {
    store::Outcome out;
    out.step = store::StepDone{note.type, row};
    out.bindings.push_back(note);
    store::IndexRow indexed = connector::Catalog::row_of("document", row);
    if (indexed.keys.empty()) indexed.keys.emplace_back("reference", reference);
    out.index.emplace_back("document", std::move(indexed));
    return out;
}

/// What the order should have been billed with.
Expected<Billed, Halt> billed_now(const Work& work, const Billed& open) {
    if (is_cancelled(work) || work.order.lines.empty()) return nothing_billed(open);
    const auto goal = order_goal(work.order, goal_settings(work));
    if (!goal) return Halt::held(goal.error());
    return billed(work.order, *goal);
}

}  // namespace

bool CreditNotes::wanted(const Work& work, const store::Binding& document) {
    const settings::Choice choice = is_cancelled(work) ? work.settings.on_cancel : work.settings.on_refund;
    return choice == settings::Choice::credit && document.kind == "invoice" &&
           !work.caps().can_update("document", document.state);
}

Json CreditNotes::billed_by(const Work& work, const Document& d) {
    using settings::Choice;
    if (work.settings.on_cancel != Choice::credit && work.settings.on_refund != Choice::credit) return {};
    Json articles = Json::object(), lines = Json::object();
    for (const auto& [sku, article] : d.articles)
        articles.set(sku, Json::object({{"id", article.id}, {"sku", article.sku}}));
    for (const PlannedRow& row : d.plan.rows)
        if (row.source_line && *row.source_line < d.line_fields.size() && d.line_fields[*row.source_line].size() > 0)
            lines.set(row.sku, d.line_fields[*row.source_line]);
    return Json::object({{"open", to_json(billed(work.order, d.goal))},
                         {"fields", d.fields},
                         {"articles", std::move(articles)},
                         {"lines", std::move(lines)},
                         {"tax_case", static_cast<int>(d.tax_case)},
                         {"tax_country", work.tax_country},
                         {"prices_include_tax", d.prices_include_tax}});
}

Halt CreditNotes::not_known(const Work& work, const std::string& title) const {
    return Halt::held("credit.unknown",
                      fmt::format("{} {} after it became {}, of which it is not known what it bills in detail: it was "
                                  "written before the flow was set to write credit notes, or entered by hand.",
                                  work.name(), is_cancelled(work) ? "was cancelled" : "changed", title),
                      "Credit the difference in the books by hand, then cancel this delivery.");
}

Expected<CreditNotes::Story, Halt> CreditNotes::so_far(Work& work, const store::Binding& invoice) const {
    auto open = parse_billed(invoice.billed["open"]);
    if (!open) return not_known(work, document_title(invoice));
    Story story{invoice, std::move(*open), 0, {}, {}};
    const store::Delivery& d = work.delivery;
    for (;;) {
        auto note =
            target_.store.binding(d.target_connection, note_step(story.notes + 1), d.source_connection, d.source_id);
        if (!note) return Halt::failed(std::move(note).error());
        if (!*note) return story;
        if ((*note)->state == planned_state) {
            story.planned = std::move(**note);
            return story;
        }
        auto left = parse_billed((*note)->billed["open"]);
        if (!left) return not_known(work, document_title(**note));
        ++story.notes;
        story.open = std::move(*left);
        story.last = std::move(**note);
    }
}

void CreditNotes::tell(const store::Binding& note, store::Outcome& outcome) const {
    outcome.target_ref = Json::object(
        {{"connection", note.target_connection}, {"id", note.target_id}, {"kind", note.kind}, {"number", note.number}});
    outcome.totals = Json::object({{"source", note.billed["goal"]}, {"target", note.totals}});
}

Expected<store::Binding, Halt> CreditNotes::book(Work& work, const store::Binding& note, int number, bool fresh) {
    auto booked = booking_.book(work, note, note_reference(work, number), fresh);
    if (!booked) return booked.error();
    if (auto equal = Booking::compare(work, note, booked->invoice); !equal) return equal.error();
    return std::move(booked->invoice);
}

/// The newest note is booked first, if that is still to be done. Somebody may have corrected it meanwhile.
Expected<void, Halt> CreditNotes::catch_up(Work& work, Story& story, store::Outcome& outcome) {
    if (!story.last) return {};
    store::Binding& note = *story.last;
    tell(note, outcome);
    if (!work.settings.book || note.state == booked_state) return {};
    const auto rows = look_up_documents(target_, work.call, note_reference(work, story.notes), work.order.placed_at,
                                        Among::credit_notes);
    if (!rows) return Halt::failed(rows.error());
    if (rows->size() != 1)
        return Halt::held("credit.gone",
                          fmt::format("{}: {}, with the reference {}, is not in {} any more.", work.name(),
                                      document_title(note), note_reference(work, story.notes), target_.connection.id()),
                          "Credit in the books by hand what is open, then cancel this delivery.");
    take_row(note, connector::Catalog::json_of(rows->front()));
    if (const std::string apart = unlike_planned(note); !apart.empty())
        return Halt::held("totals.unequal", fmt::format("{}: of {} {}.", work.name(), document_title(note), apart),
                          "Correct that credit note in the books, then replay; it is booked then.");
    if (note.state == booked_state) {
        store::Outcome found;
        found.bindings.push_back(note);
        if (auto stored = keep(target_, work, std::move(found)); !stored) return stored.error();
    } else {
        auto booked = book(work, note, story.notes, false);
        if (!booked) return booked.error();
        note = std::move(*booked);
    }
    tell(note, outcome);
    return {};
}

/// The order is what was billed: by a note of this delivery, or all along.
Expected<void, Halt> CreditNotes::nothing_left(Work& work, const Story& story, store::Outcome& outcome) const {
    if (story.last && has_step(work, note_step(story.notes))) {
        outcome.state = store::DeliveryState::delivered;
        return {};
    }
    if (is_cancelled(work)) {
        outcome.state = store::DeliveryState::skipped;
        outcome.error = Json::object(
            {{"class", "skipped"},
             {"code", "order.cancelled"},
             {"message", fmt::format("{} is cancelled in the shop; in {} nothing of {} is open any more{}.",
                                     work.name(), target_.connection.id(), document_title(story.invoice),
                                     story.last ? ", after " + document_title(*story.last) : "")},
             {"remedy", ""}});
        return {};
    }
    return Halt::held(
        "document.differs",
        fmt::format("{} changed after it became {} ({}), but its figures are what is billed: {} {}.", work.name(),
                    document_title(story.invoice), story.invoice.state, story.open.gross.text(2), story.open.currency),
        "Correct the document in the books by hand if that matters, then cancel this delivery.");
}

/// Somebody may have credited it by hand.
Expected<void, Halt> CreditNotes::nobody_else(Work& work, const Story& story) const {
    const auto rows =
        look_up_documents(target_, work.call, work.mapped.reference, work.order.placed_at, Among::credit_notes);
    if (!rows) return Halt::failed(rows.error());
    if (rows->empty()) return {};
    const store::IndexRow& row = rows->front();
    const auto totals = entity::parse_totals(row.fields["totals"]);
    return Halt::held("credit.by_hand",
                      fmt::format("{} is less than {}, but {} has a credit note with its reference already that this "
                                  "host has not written: {} of {}.",
                                  work.name(), document_title(story.invoice), target_.connection.id(),
                                  document_title(row.kind, row.number, row.id),
                                  totals ? totals->gross.text(2) : "an unreadable total"),
                      "Compare them, and credit by hand what is missing; then cancel this delivery.");
}

Expected<Document, Halt> CreditNotes::plan(Work& work, const Story& story, const Refund& refund,
                                           const std::string& date) {
    const Json& kept = story.invoice.billed;
    Document d;
    d.kind = credit_draft;
    d.step = note_step(story.notes + 1);
    d.tax_case = static_cast<TaxCase>(kept["tax_case"].integer(0));
    d.prices_include_tax = kept["prices_include_tax"].boolean();
    work.tax_country = kept["tax_country"].string();
    d.fields = kept["fields"];
    d.fields.set("date", date);
    for (const char* of_invoice : {"due_date", "delivery_date"}) d.fields.erase(of_invoice);
    d.goal = refund.goal;
    auto planned = plan_rows(d.goal, target_arithmetic(work.caps().arithmetic, "invoice_draft", d.prices_include_tax));
    if (!planned) return Halt::held(std::move(planned).error());
    d.plan = std::move(*planned);

    const schema::Field* rule = work.caps().field("line", "text");
    schema::Field any;
    any.path = "text";
    const auto fitting = [&](const std::string& text) {
        return fit_text(text, rule ? *rule : any, "line", work.notices);
    };
    PlannedRow head;
    head.kind = RowKind::text;
    head.text = fitting(fmt::format("Credits {}, order {}", document_title(story.invoice), work.order.number));
    d.plan.rows.insert(d.plan.rows.begin(), std::move(head));
    for (PlannedRow& row : d.plan.rows) {
        if (row.kind == RowKind::text) continue;
        row.text = fitting(row.text);
        row.source_line.reset();  // it is no line of the order
        if (const Json& article = kept["articles"][row.sku]; article.is_object()) {
            d.articles[row.sku] = {std::string{article["id"].text()}, std::string{article["sku"].text()}};
        } else {
            std::vector<PlannedRow> rows{row};
            auto found = articles_.resolve(work, rows, d.billed_as());
            if (!found) return found.error();
            row = std::move(rows.front());
            d.articles.merge(*found);
        }
        row.source_line = d.line_fields.size();
        d.line_fields.push_back(kept["lines"][row.sku].is_object() ? kept["lines"][row.sku] : Json::object());
    }
    return d;
}

delivery::Look CreditNotes::look(const std::string& reference) const {
    return [this, reference](const CallContext& call, Instant since) -> Expected<std::optional<Json>> {
        const auto rows = look_up_documents(target_, call, reference, since, Among::credit_notes);
        if (!rows) return rows.error();
        if (rows->empty()) return std::optional<Json>{};
        return std::optional{connector::Catalog::json_of(rows->front())};
    };
}

Halt CreditNotes::exists(const Work& work, const store::Binding& note, const std::string& reference,
                         const std::string& difference) const {
    return Halt::held("credit.exists",
                      fmt::format("{}: {} has a credit note with the reference {} already, {}, but {}.", work.name(),
                                  target_.connection.id(), reference, document_title(note), difference),
                      "Compare them, and credit by hand what is missing; then cancel this delivery.");
}

/// Whether an attempt at this or at an older version has written the next note: it credits what was planned then.
Expected<bool, Halt> CreditNotes::take_planned(Work& work, const Story& story) {
    if (!story.planned) return false;
    const std::string step = note_step(story.notes + 1), reference = note_reference(work, story.notes + 1);
    // Without the step somebody has cancelled that delivery, or the books had refused it.
    auto found = has_step(work, step) ? target_.writer.earlier(work.call, work.delivery, step, look(reference))
                                      : look(reference)(work.call, work.order.placed_at);
    if (!found) return not_taken(work, std::move(found).error(), {});
    if (!*found) return false;
    store::Binding note = *story.planned;
    take_row(note, **found);
    if (const std::string apart = unlike_planned(note); !apart.empty()) return exists(work, note, reference, apart);
    work.decided("credit", reference, "an earlier attempt had written it");
    if (auto stored = keep(target_, work, note_written(note, **found, reference)); !stored) return stored.error();
    return true;
}

/// An older copy of this store may have written it: then the index of references has it.
Expected<delivery::Written, Halt> CreditNotes::send(Work& work, const Document& note, const store::Binding& planned,
                                                    const std::string& reference) {
    const auto known = target_.catalog.find("document", "reference", reference);
    if (!known) return Halt::failed(known.error());
    if (!known->empty()) {
        auto found = look(reference)(work.call, work.order.placed_at);
        if (!found) return Halt::failed(std::move(found).error());
        if (*found) return delivery::Written{std::move(**found), delivery::Written::From::look};
    }
    store::Outcome before;
    before.bindings.push_back(planned);
    if (auto stored = keep(target_, work, std::move(before)); !stored) return stored.error();
    auto written = target_.writer.write(work.call, target_.connection, work.delivery,
                                        {note.step, note.json(reference), look(reference)});
    if (written) return std::move(*written);
    std::vector<Named> named{{"customer", std::string{note.fields["customer"].text()}}};
    for (const auto& [sku, article] : note.articles) named.emplace_back("product", article.id);
    return refused(target_, work, std::move(written).error(), note.step, named);
}

Expected<void, Halt> CreditNotes::write(Work& work, const store::Binding& invoice, const std::string& date,
                                        store::Outcome& outcome) {
    for (;;) {
        auto story = so_far(work, invoice);
        if (!story) return story.error();
        const auto taken = take_planned(work, *story);
        if (!taken) return taken.error();
        if (*taken) continue;
        if (auto ready = catch_up(work, *story, outcome); !ready) return ready.error();
        return next(work, *story, date, outcome);
    }
}

Expected<void, Halt> CreditNotes::next(Work& work, Story& story, const std::string& date, store::Outcome& outcome) {
    const store::Binding& invoice = story.invoice;
    const auto now = billed_now(work, story.open);
    if (!now) return now.error();
    const auto refund = flow::refund(work.order.number, story.open, *now, goal_settings(work).rows);
    if (!refund) return Halt::held(refund.error());
    if (refund->kind == Refund::Kind::none) return nothing_left(work, story, outcome);
    const Json inputs = Json::object({{"invoice", invoice.number},
                                      {"notes", story.notes},
                                      {"billed", story.open.gross},
                                      {"order", now->gross},
                                      {"difference", story.open.gross - now->gross}});
    if (refund->kind == Refund::Kind::more) {
        work.decided("credit", nullptr, "the order is more than was billed", inputs);
        return Halt::held(
            "document.differs",
            fmt::format("{} changed after it became {} ({}), and no credit note makes them equal: {}. Billed in the "
                        "books {} {}, total of the order now {} {}.",
                        work.name(), document_title(invoice), invoice.state, refund->why, story.open.gross.text(2),
                        story.open.currency, now->gross.text(2), now->currency),
            "Correct it in the books by hand, with an invoice or a credit note, then cancel this delivery.");
    }
    const std::string reference = note_reference(work, story.notes + 1);
    work.decided("credit", reference, credit_setting(work), inputs);
    const schema::Operations* documents = work.caps().operations("document");
    const int longest = documents && documents->reference ? documents->reference->length : 0;
    if (longest > 0 && static_cast<int>(reference.size()) > longest)
        return Halt::held("reference.too_long",
                          fmt::format("{}: the reference of its credit note, {}, has more than {} characters.",
                                      work.name(), reference, longest),
                          "Use a shorter reference_prefix; a reference is never cut.");
    if (auto alone = nobody_else(work, story); !alone) return alone.error();
    auto note = plan(work, story, *refund, date);
    if (!note) return note.error();
    store::Binding made{invoice.target_connection,
                        note->step,
                        invoice.source_connection,
                        invoice.source_id,
                        {},
                        {},
                        std::string{credit_draft},
                        std::string{planned_state},
                        work.delivery.hash,
                        {},
                        Json::object({{"open", to_json(refund->left)},
                                      {"expect", entity::to_json(note->plan.expect)},
                                      {"goal", entity::to_json(note->plan.goal)}})};
    auto written = send(work, *note, made, reference);
    if (!written) return written.error();
    return settle(work, story.notes + 1, *note, std::move(made), *written, outcome);
}

Expected<void, Halt> CreditNotes::settle(Work& work, int number, const Document& note, store::Binding made,
                                         const delivery::Written& written, store::Outcome& outcome) {
    const std::string reference = note_reference(work, number);
    take_row(made, written.row);
    for (const std::string& notice : note.plan.notices) work.decided("notice", notice, "totals of the credit note");
    const auto answered = entity::parse_totals(made.totals);
    const Equality equality = answered ? compare(note.plan, *answered) : Equality{false, "it shows no readable totals"};
    if (written.found()) {
        if (!equality.equal) return exists(work, made, reference, equality.difference);
        work.decided("credit", reference, "an earlier attempt had written it");
    }
    store::Outcome written_now = note_written(made, written.row, reference);
    outcome.step = std::move(written_now.step);
    outcome.bindings.push_back(made);
    outcome.index = std::move(written_now.index);
    tell(made, outcome);
    if (!equality.equal)
        return Halt::held("totals.unequal",
                          fmt::format("{} became {}, whose totals differ: {}.", work.name(), document_title(made),
                                      equality.difference),
                          "Correct that credit note in the books, then replay; it was not booked.");
    if (work.settings.book) {
        if (auto stored = keep(target_, work, std::exchange(outcome, {})); !stored) return stored.error();
        tell(made, outcome);
        const auto booked = book(work, made, number, true);
        if (!booked) return booked.error();
        tell(*booked, outcome);
    }
    outcome.state = store::DeliveryState::delivered;
    return {};
}

}  // namespace brygga::flow
