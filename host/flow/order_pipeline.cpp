#include "flow/order_pipeline.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "flow/document.h"
#include "flow/fit.h"
#include "flow/goal_settings.h"
#include "flow/payload.h"
#include "flow/source_zone.h"
#include "flow/tax.h"

namespace brygga::flow {

namespace {

std::string text_or(std::string_view text, std::string_view fallback) {
    return std::string{text.empty() ? fallback : text};
}

}  // namespace

OrderPipeline::OrderPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                             connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                             const Clock& clock, Log& log, delivery::Policy policy, std::function<int()> jitter)
    : flow_{flow},
      rules_{std::move(rules)},
      store_{store},
      clock_{clock},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy},
      target_{target, catalog, writer_, store, clock},
      customers_{target_},
      contacts_{target_},
      articles_{target_},
      existing_{target_, customers_},
      booking_{target_, existing_},
      credit_notes_{target_, articles_, booking_} {
    const auto state = store_.flow(flow_.id, clock_.now());
    created_at_ = state ? state->created_at : clock_.now();
}

Processed OrderPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                 Stored stored) {
    Work work{call, delivery, flow_.order, *rules_};
    store::Outcome outcome;
    const auto result = run(work, outcome);
    for (const std::string& notice : work.notices) work.decided("notice", notice, "limits of the target");
    return conclusion_.end(work.delivery, work.name(), std::move(work.explain), std::move(outcome), result,
                           connection_failing, std::move(stored));
}

Expected<void, Halt> OrderPipeline::run(Work& work, store::Outcome& outcome) {
    if (auto ready = prepare(work); !ready) return ready.error();
    auto existing = existing_.find(work);
    if (!existing) return existing.error();
    if (work.order.status == entity::OrderStatus::cancelled) return cancel(work, *existing, outcome);
    if (*existing && (*existing)->adopted) return adopt(work, **existing, outcome);
    std::optional<store::Binding> bound;
    if (*existing) bound = std::move((*existing)->binding);
    if (bound) {
        if (Booking::resumes(work, *bound)) {
            const auto agreed = booking_.agreed(work, *bound);
            return agreed ? complete(work, *agreed, outcome, false) : agreed.error();
        }
        if (Booking::only_paid(work, *bound)) return complete(work, *bound, outcome, false);
        if (work.settings.existing == settings::Choice::skip)
            return skip(work, *bound, outcome), Expected<void, Halt>{};
        if (CreditNotes::wanted(work, *bound)) return credit(work, *bound, outcome);
        if (auto allowed = existing_.allow_update(work, *bound); !allowed) return allowed.error();
    }
    auto document = draft(work, bound);
    if (!document) return document.error();
    auto customer = customers_.resolve(work);
    if (!customer) return customer.error();
    auto contact = contacts_.resolve(work, *customer);
    if (!contact) return contact.error();
    document->contact = std::move(*contact);
    if (auto built = build(work, *document, *customer); !built) return built.error();
    auto answer = write_document(work, *document);
    if (!answer) return credit_instead(work, answer.error(), outcome);
    return settle(work, *document, *answer, outcome);
}

/// The order is in the books already, though this store did not know: after a restored copy, or typed by hand.
Expected<void, Halt> OrderPipeline::adopt(Work& work, ExistingDocuments::Found& found, store::Outcome& outcome) {
    const store::Binding& binding = found.binding;
    tell(work, binding, outcome);
    outcome.state = store::DeliveryState::delivered;
    if (work.settings.existing == settings::Choice::skip) skip(work, binding, outcome);
    outcome.index.emplace_back(document_type(binding.kind), std::move(*found.adopted));
    outcome.bindings.push_back(binding);
    const bool goes_on = binding.state == "booked" || work.caps().can_book("document", binding.kind);
    if (Booking::wanted(work, binding) && goes_on && work.settings.existing != settings::Choice::skip)
        return complete(work, binding, outcome, true);
    return {};
}

Expected<void, Halt> OrderPipeline::cancel(Work& work, const std::optional<ExistingDocuments::Found>& found,
                                           store::Outcome& outcome) {
    std::string what = "it has no document";
    if (found) {
        const store::Binding& known = found->binding;
        if (work.settings.existing == settings::Choice::skip) return skip(work, known, outcome), Expected<void, Halt>{};
        if (CreditNotes::wanted(work, known)) return credit(work, known, outcome);
        auto left = existing_.cancel(work, known);
        if (!left) return credit_instead(work, left.error(), outcome);
        what = document_title(known.kind, known.number, known.target_id) + " was deleted";
        store::IndexRow gone;
        gone.id = known.target_id;
        gone.deleted = true;
        outcome.index.emplace_back(document_type(known.kind), std::move(gone));
        outcome.bindings.push_back(std::move(*left));
    }
    outcome.state = store::DeliveryState::skipped;
    outcome.error = Json::object(
        {{"class", "skipped"},
         {"code", "order.cancelled"},
         {"message", fmt::format("{} is cancelled in the shop; in {} {}.", work.name(), target_.connection.id(), what)},
         {"remedy", ""}});
    return {};
}

Expected<void, Halt> OrderPipeline::credit(Work& work, const store::Binding& invoice, store::Outcome& outcome) {
    const auto days = this->days(work);
    if (!days) return Halt::failed(days.error());
    return credit_notes_.write(work, invoice, days->iso_date(work.delivery.created_at), outcome);
}

/// The document could not be changed. Where it has become an invoice meanwhile, that one is credited.
Expected<void, Halt> OrderPipeline::credit_instead(Work& work, const Halt& halt, store::Outcome& outcome) {
    if (!halt.binding || !CreditNotes::wanted(work, *halt.binding)) return halt;
    outcome.bindings.push_back(*halt.binding);
    outcome.withdrawn_step = halt.withdrawn_step;
    return credit(work, *halt.binding, outcome);
}

/// What the delivery shows of the document.
void OrderPipeline::tell(const Work& work, const store::Binding& document, store::Outcome& outcome) const {
    const auto goal = order_goal(work.order, goal_settings(work));
    outcome.target_ref = Json::object(
        {{"connection", flow_.to}, {"id", document.target_id}, {"kind", document.kind}, {"number", document.number}});
    outcome.totals = Json::object({{"currency", work.order.currency},
                                   {"source", goal ? entity::to_json(goal->totals) : Json{}},
                                   {"target", document.totals}});
}

void OrderPipeline::skip(const Work& work, const store::Binding& binding, store::Outcome& outcome) const {
    outcome.state = store::DeliveryState::skipped;
    outcome.error =
        Json::object({{"class", "skipped"},
                      {"code", "document.exists"},
                      {"message", fmt::format("{} is in {} already as {}.", work.name(), target_.connection.id(),
                                              document_title(binding.kind, binding.number, binding.target_id))},
                      {"remedy", ""}});
}

Expected<void, Halt> OrderPipeline::prepare(Work& work) {
    const auto document = Json::parse(entity_text(work.delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", work.name() + ": its stored document is gone.",
                             "Run the flow for this record again."});
    auto order = entity::parse_order(*document);
    if (!order) return Halt::failed(std::move(order).error());
    work.order = std::move(*order);
    auto caps = target_.catalog.capabilities(work.call);
    if (!caps) return Halt::failed(std::move(caps).error());
    work.known = std::move(*caps);
    const auto days = this->days(work);
    if (!days) return Halt::failed(days.error());
    if (auto mapped = map(work, *days); !mapped) return mapped.error();

    const schema::Operations* documents = work.caps().operations("document");
    const int longest = documents && documents->reference ? documents->reference->length : 0;
    if (longest > 0 && static_cast<int>(work.mapped.reference.size()) > longest)
        return Halt::held("reference.too_long",
                          fmt::format("{}: the document reference {} has more than {} characters.", work.name(),
                                      excerpt(work.mapped.reference, 80), longest),
                          "Use a shorter reference_prefix; a reference is never cut.");
    // Documents from before the flow's first day are not looked for, unless an older order was asked for.
    const std::string first_day = text_or(flow_.order.from_date, days->iso_date(created_at_));
    const std::string date = text_or(work.mapped.document()["date"].string(), first_day);
    for (const char* type : {"document", "quote"}) {
        if (!work.quotes && type == std::string_view{"quote"}) continue;
        if (auto filled = target_.catalog.fill_documents(work.call, type, std::min(first_day, date)); !filled)
            return Halt::failed(std::move(filled).error());
    }
    return {};
}

Expected<void, Halt> OrderPipeline::map(Work& work, const Zone& days) {
    work.delivery.flow_version = flow_.version.number;
    work.subject.emplace(flow_, work.order, raw_text(work.delivery.payload), days.name(),
                         RunFacts{work.delivery.run_id, work.delivery.created_at});
    if (const auto refused = rules_->refuse(*work.subject)) return ended_early(work, *refused);
    work.mapped = map_order(*rules_, *work.subject, work.order, work.settings);
    if (work.mapped.fields.ending) return ended_early(work, *work.mapped.fields.ending);
    return {};
}

Expected<Zone> OrderPipeline::days(const Work& work) {
    const std::scoped_lock lock{zone_mutex_};
    if (!zone_) {
        auto known = known_source_zone(flow_, store_);
        if (!known) return known.error();
        zone_ = *known;
    }
    return days_of(zone_, work.caps().account);
}

Expected<bool> OrderPipeline::prices_include_tax(const Work& work, const std::string& customer_kind) const {
    const schema::Arithmetic& a = work.caps().arithmetic;
    if (a.prices != schema::Prices::by_customer) return a.prices == schema::Prices::gross;
    const auto learned = store_.fact("prices:" + flow_.to, customer_kind);
    if (!learned) return learned.error();
    if (*learned) return (*learned)->string() == "gross";
    return (customer_kind == "company" ? a.company : a.person) == schema::Prices::gross;
}

void OrderPipeline::learn_prices(const Work& work, const std::string& customer_kind, bool include_tax) {
    if (work.caps().arithmetic.prices != schema::Prices::by_customer) return;
    const std::string_view word = include_tax ? "gross" : "net";
    const auto known = store_.fact("prices:" + flow_.to, customer_kind);
    if (known && *known && (*known)->string() == word) return;
    // A fact that could not be stored is learned again from the next answer.
    (void)store_.set_fact("prices:" + flow_.to, customer_kind, Json{word}, clock_.now());
}

/// The document as far as it goes without its customer. Its rows are planned as for a customer of the order's own
/// kind, so that an order which cannot be entered is held before anything is written.
Expected<Document, Halt> OrderPipeline::draft(const Work& work, const std::optional<store::Binding>& existing) const {
    Document d;
    d.existing = existing;
    const std::string_view chosen = work.mapped.document()["kind"].string(work.settings.document);
    d.kind = existing                                      ? existing->kind
             : !chosen.empty()                             ? std::string{chosen}
             : work.caps().can_create("document", "order") ? "order"
                                                           : "invoice_draft";
    if (!existing && !work.caps().can_create("document", d.kind))
        return Halt::failed({ErrorClass::misconfigured, "document.kind",
                             fmt::format("{} cannot take documents of kind {}.", target_.connection.id(), d.kind),
                             "Choose another settings.document, or another rule for document.kind: quote, order and "
                             "invoice_draft are there, as far as the licence has them."});
    if (d.kind == "quote" && !work.quotes)
        return Halt::failed({ErrorClass::misconfigured, "document.kind",
                             fmt::format("{}: the rule for document.kind makes it a quote, which its text does not "
                                         "name, so that quotes are not looked at for what is there already.",
                                         work.name()),
                             "Write settings.document: quote, and let the rule give the other kinds."});
    if (!existing)
        if (auto known = known_currency(work); !known) return known.error();
    d.step = existing ? fmt::format("document-update:{}", work.delivery.version) : work.create_step;
    auto goal = order_goal(work.order, goal_settings(work));
    if (!goal) return Halt::held(std::move(goal).error());
    d.goal = std::move(*goal);
    const auto include_tax = prices_include_tax(work, std::string{entity::to_string(work.order.customer.kind)});
    if (!include_tax) return Halt::failed(include_tax.error());
    d.prices_include_tax = *include_tax;
    auto plan = plan_rows(d.goal, target_arithmetic(work.caps().arithmetic, d.kind, d.prices_include_tax));
    // A default customer may be of another kind, for which the rows can be planned.
    if (!plan && work.settings.default_customer.empty()) return Halt::held(std::move(plan).error());
    if (plan) d.plan = std::move(*plan);
    return d;
}

/// The target would refuse it after the customer and the articles have been made.
Expected<void, Halt> OrderPipeline::known_currency(const Work& work) const {
    const schema::Field* field = work.caps().field("document", "currency");
    const std::string& currency = work.order.currency;
    if (!field || field->option.empty() || currency == work.caps().account.currency) return {};
    const auto options = target_.catalog.options(work.call, field->option, std::chrono::hours{24});
    if (!options)
        return options.error().error_class == ErrorClass::unsupported ? Expected<void, Halt>{}
                                                                      : Halt::failed(options.error());
    const auto& items = (*options)->items();
    if (items.empty() || std::ranges::any_of(items, [&](const Json& o) { return o["id"].text() == currency; }))
        return {};
    return Halt::held(
        "document.currency_unknown",
        fmt::format("{} is in {}, which {} does not have.", work.name(), excerpt(currency, 8), target_.connection.id()),
        "Add the currency in the books and replay; or enter the order by hand and cancel this delivery.");
}

Expected<void, Halt> OrderPipeline::lay_rows(Work& work, Document& d, bool include_tax) {
    if (d.plan.rows.empty() || d.prices_include_tax != include_tax) {
        auto plan = plan_rows(d.goal, target_arithmetic(work.caps().arithmetic, d.kind, include_tax));
        if (!plan) return Halt::held(std::move(plan).error());
        d.plan = std::move(*plan);
        d.prices_include_tax = include_tax;
    }
    auto articles = articles_.resolve(work, d.plan.rows, d.billed_as());
    if (!articles) return articles.error();
    d.articles = std::move(*articles);
    return write_texts(work, d);
}

/// What the rules say of the lines, and texts as the target takes them.
Expected<void, Halt> OrderPipeline::write_texts(Work& work, Document& d) {
    const std::vector<Json>& mapped = work.mapped.fields.lines;
    d.line_fields = mapped;
    for (Json& fields : d.line_fields) {
        fields.erase("text");
        if (auto resolved = resolve_options(target_, work, "line", fields); !resolved) return resolved.error();
        fit(fields, "line", work.caps(), work.notices);
    }
    const schema::Field* rule = work.caps().field("line", "text");
    schema::Field any;
    any.path = "text";
    for (PlannedRow& row : d.plan.rows) {
        if (row.source_line && *row.source_line < mapped.size())
            if (const auto text = mapped[*row.source_line]["text"].string(); !text.empty())
                row.text = row.quantity_text + std::string{text};
        row.text = fit_text(row.text, rule ? *rule : any, "line", work.notices);
        if (row.text.empty()) row.text = text_or(row.sku, "-");
    }
    return {};
}

Expected<Json, Halt> OrderPipeline::document_fields(Work& work, const Document& d, const store::IndexRow& customer) {
    Json fields = work.mapped.document();
    fields.erase("kind");  // the document has it
    if (d.existing) {
        const store::Binding& known = *d.existing;
        work.subject->set_target(Json::object(
            {{"id", known.target_id}, {"number", known.number}, {"kind", known.kind}, {"state", known.state}}));
        if (const auto ending = rules_->map_again(*work.subject, "document", fields)) return ended_early(work, *ending);
    }
    leave_out(fields, *rules_, "document", d.existing ? settings::Write::on_create : settings::Write::on_update);
    if (auto resolved = resolve_options(target_, work, "document", fields); !resolved) return resolved.error();
    fields.set("customer", customer.id);
    if (!d.contact.empty()) fields.set("contact", d.contact);
    const std::string customer_currency{customer.fields["currency"].string()};
    if (d.kind != "order" && !customer_currency.empty() && customer_currency != work.order.currency)
        return Halt::held(
            "document.currency",
            fmt::format("{} is in {}, but quotes and invoices of customer {} of {} are in {}.", work.name(),
                        work.order.currency, customer.number, target_.connection.id(), customer_currency),
            "Use a customer in that currency, or document: order.");
    for (const auto& [name, wanted] : {std::pair{"payment_term", &work.settings.payment_term},
                                       std::pair{"delivery_method", &work.settings.delivery_method}}) {
        if (wanted->empty() || fields.has(name)) continue;
        auto option = choose_option(target_, work, name, *wanted, fmt::format("settings.target.{}", name));
        if (!option) return option.error();
        fields.set(name, (*option)["id"].text());
    }
    if (auto zone = choose_zone(target_, work, "document", d.tax_case, fields); !zone) return zone.error();
    if (!d.existing)
        if (auto chosen = choose_required(target_, work, "document", fields); !chosen) return chosen.error();
    fit(fields, "document", work.caps(), work.notices);
    if (!d.existing) fill_required(fields, "document", work.caps(), work.notices);
    return fields;
}

Expected<void, Halt> OrderPipeline::build(Work& work, Document& d, const store::IndexRow& customer) {
    d.customer_kind = customer.kind;
    TaxFacts facts = tax_facts(work.order, work.caps().account.country, work.caps().account.uses_oss);
    const bool by_zone = charges_by_zone(work.caps());
    if (!by_zone) {
        // What the target charges follows its customer: country, number and kind as they stand there.
        if (const auto country = customer.fields["address"]["country"].string(); !country.empty())
            facts.customer_country = country;
        facts.kind = customer.kind == "company" ? entity::CustomerKind::company : entity::CustomerKind::person;
    }
    const auto tax = tax_case(facts);
    if (!tax) return Halt::held(tax.error());
    d.tax_case = *tax;
    work.tax_country = facts.customer_country;
    work.decided("tax_case", to_string(*tax),
                 by_zone ? "country, kind and VAT number of the order" : "country, kind and VAT number of the customer",
                 Json::object({{"country", facts.customer_country}, {"kind", entity::to_string(facts.kind)}}));

    auto fields = document_fields(work, d, customer);
    if (!fields) return fields.error();
    d.fields = std::move(*fields);
    const auto include_tax = prices_include_tax(work, d.customer_kind);
    if (!include_tax) return Halt::failed(include_tax.error());
    return lay_rows(work, d, *include_tax);
}

delivery::Look OrderPipeline::document_look(const Work& work) const {
    return [this, reference = work.mapped.reference, among = work.among()](
               const CallContext& call, Instant since) -> Expected<std::optional<Json>> {
        const auto rows = look_up_documents(target_, call, reference, since, among);
        if (!rows) return rows.error();
        if (rows->empty()) return std::optional<Json>{};
        return std::optional{connector::Catalog::json_of(rows->front())};
    };
}

/// Whether a document has the figures that our rows give when they were planned on the wrong basis.
bool OrderPipeline::is_first_half(const Work& work, const Document& d, const entity::Totals& answered,
                                  bool include_tax) {
    const auto plan = plan_rows(d.goal, target_arithmetic(work.caps().arithmetic, d.kind, !include_tax));
    return plan && ledger_totals(plan->rows, target_arithmetic(work.caps().arithmetic, d.kind, include_tax)).gross ==
                       answered.gross;
}

/// Which version of the flow mapped what an earlier attempt sent.
std::int64_t OrderPipeline::mapped_then(const Work& work, const std::string& step) const {
    const auto known = std::ranges::find(work.delivery.steps, step, &store::Step::name);
    return known == work.delivery.steps.end() || known->flow_version == 0 ? flow_.version.number : known->flow_version;
}

Expected<Json, Halt> OrderPipeline::write_document(Work& work, Document& d) {
    const delivery::Write write{d.step, d.json(work.mapped.reference),
                                d.existing ? delivery::Look{} : document_look(work)};
    auto written = writer_.write(work.call, target_.connection, work.delivery, write);
    if (!written && d.existing) return existing_.not_changed(work, *d.existing, std::move(written).error(), write.step);
    if (!written) {
        std::vector<Named> named{{"customer", std::string{d.fields["customer"].text()}}};
        for (const auto& [sku, article] : d.articles) named.emplace_back("product", article.id);
        return refused(target_, work, std::move(written).error(), write.step, named);
    }
    if (written->found()) work.decided("document", written->row["number"].text(), "an earlier attempt had created it");
    if (written->from != delivery::Written::From::answer) work.delivery.flow_version = mapped_then(work, d.step);

    const Json& basis = written->row["fields"]["prices_include_tax"];
    const bool include_tax = basis.boolean(d.prices_include_tax);
    if (basis.is_boolean()) learn_prices(work, d.customer_kind, include_tax);
    const auto answered = entity::parse_totals(written->row["totals"]);
    // A document that was found and has other figures is ours only if it is the first half of a correction.
    if (written->found() && answered && !compare(d.plan, *answered).equal) {
        if (!is_first_half(work, d, *answered, include_tax))
            return Halt::held(
                "document.exists",
                fmt::format("{}: it is not certain whether an earlier attempt wrote it. {} has a document with its "
                            "reference, {}, but its total is {} and the order's {}.",
                            work.name(), target_.connection.id(),
                            document_title(d.kind, written->row["number"].text(), written->row["id"].text()),
                            answered->gross.text(2), d.plan.goal.gross.text(2)),
                "Compare them. Cancel this delivery if the order is in the books; else change the reference of that "
                "document and replay.");
    } else if (written->found() || include_tax == d.prices_include_tax) {
        return std::move(written->row);
    }

    // The same document once more, planned on the basis that the target has shown.
    work.delivery.flow_version = flow_.version.number;
    work.decided("prices", include_tax ? "with tax" : "without tax", "the target's answer");
    d.existing = store::Binding{flow_.to,
                                "document",
                                flow_.from,
                                work.delivery.source_id,
                                std::string{written->row["id"].text()},
                                std::string{written->row["number"].text()},
                                d.kind,
                                std::string{written->row["state"].string()},
                                {},
                                {}};
    store::Outcome made;
    made.step = store::StepDone{d.step, written->row};
    made.bindings.push_back(*d.existing);
    if (auto stored = keep(target_, work, std::move(made)); !stored) return stored.error();
    d.step += "-basis";
    if (auto planned = lay_rows(work, d, include_tax); !planned) return planned.error();
    auto corrected =
        writer_.write(work.call, target_.connection, work.delivery, {d.step, d.json(work.mapped.reference), {}});
    if (!corrected) return Halt::failed(std::move(corrected).error());
    return std::move(corrected->row);
}

Expected<void, Halt> OrderPipeline::settle(Work& work, Document& d, const Json& answer, store::Outcome& outcome) {
    for (const std::string& notice : d.plan.notices) work.decided("notice", notice, "totals of the order");
    const std::string id{answer["id"].text()}, number{answer["number"].text()};
    store::Binding binding{flow_.to,
                           "document",
                           flow_.from,
                           work.delivery.source_id,
                           id,
                           number,
                           text_or(answer["kind"].string(), d.kind),
                           text_or(answer["state"].string(), "open"),
                           work.delivery.hash,
                           answer["totals"],
                           CreditNotes::billed_by(work, d)};
    outcome.step = store::StepDone{d.step, answer};
    outcome.bindings.push_back(binding);
    store::IndexRow row = connector::Catalog::row_of("document", answer);
    if (row.keys.empty()) row.keys.emplace_back("reference", work.mapped.reference);
    outcome.index.emplace_back(document_type(binding.kind), std::move(row));
    tell(work, binding, outcome);

    const std::string title = document_title(binding.kind, number, id);
    const auto answered = entity::parse_totals(answer["totals"]);
    if (!answered)
        return Halt::held("totals.unknown",
                          fmt::format("{} became {}, but its answer shows no readable totals.", work.name(), title),
                          "Compare it by hand.");
    const Equality equality = compare(d.plan, *answered);
    if (!equality.equal)
        return Halt::held(
            "totals.unequal",
            fmt::format("{} became {}, whose totals differ: {}.", work.name(), title, equality.difference),
            "Correct or delete that document in the books; it was not booked.");
    if (Booking::wanted(work, binding)) return complete(work, binding, outcome, true);
    outcome.state = store::DeliveryState::delivered;
    return {};
}

/// Books the document and registers its payment. What has been written so far is stored first, and `outcome` then
/// leaves only the end to be stored.
Expected<void, Halt> OrderPipeline::complete(Work& work, const store::Binding& document, store::Outcome& outcome,
                                             bool fresh) {
    if (!outcome.bindings.empty()) {
        outcome.state.reset();
        if (auto stored = keep(target_, work, std::exchange(outcome, {})); !stored) return stored.error();
    }
    tell(work, document, outcome);
    const auto booked = booking_.book(work, document, work.mapped.reference, fresh);
    if (!booked) return booked.error();
    tell(work, booked->invoice, outcome);
    if (auto equal = Booking::compare(work, document, booked->invoice); !equal) return equal.error();
    std::string paid_on{work.mapped.document()["date"].string()};
    if (Booking::only_paid(work, document)) {
        // When the shop says so; on which day it was paid it does not say.
        const auto days = this->days(work);
        if (!days) return Halt::failed(days.error());
        paid_on = days->iso_date(work.delivery.created_at);
    }
    if (auto paid = booking_.pay(work, *booked, paid_on); !paid) return paid.error();
    store::Binding done = booked->invoice;
    if (std::exchange(done.hash, work.delivery.hash) != work.delivery.hash) outcome.bindings.push_back(std::move(done));
    outcome.state = store::DeliveryState::delivered;
    return {};
}

}  // namespace brygga::flow
