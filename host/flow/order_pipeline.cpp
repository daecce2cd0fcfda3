#include "flow/order_pipeline.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "flow/fit.h"
#include "flow/tax.h"

namespace brygga::flow {

namespace {

constexpr std::chrono::milliseconds parked_for{500};

Json error_json(const Error& error) {
    return Json::object({{"class", to_string(error.error_class)},
                         {"code", error.code},
                         {"message", error.message},
                         {"remedy", error.remedy}});
}

std::string text_or(std::string_view text, std::string_view fallback) {
    return std::string{text.empty() ? fallback : text};
}

GoalSettings goal_settings(const settings::Order& s, const std::string& oss_country) {
    GoalSettings g;
    g.fee_tax = s.fee_tax == "shipping" ? FeeTax::shipping : s.fee_tax == "highest" ? FeeTax::highest : FeeTax::fixed;
    g.fee_rate = Decimal::parse(s.fee_tax).value_or(Decimal{});
    g.proportional_shipping = s.shipping_tax == "proportional";
    g.tolerance = s.tolerance;
    g.oss_country = oss_country;
    const auto number = [&](const char* name, std::string& into) {
        if (const auto found = s.rows.find(name); found != s.rows.end()) into = found->second;
    };
    number("shipping", g.rows.shipping);
    number("payment_fee", g.rows.payment_fee);
    number("discount", g.rows.discount);
    number("rounding", g.rows.rounding);
    number("gift_card", g.rows.gift_card);
    number("refund", g.rows.refund);
    number("deposit", g.rows.deposit);
    number("other", g.rows.other);
    return g;
}

Json expect_json(const entity::Totals& totals) {
    Json tax = Json::array();
    for (const auto& t : totals.taxes)
        tax.push(Json::object({{"rate", t.rate}, {"base", t.base}, {"amount", t.amount}}));
    return Json::object({{"net", totals.net}, {"tax", tax}, {"gross", totals.gross}});
}

}  // namespace

/// The document that is about to be written.
struct OrderPipeline::Document {
    std::string kind, customer_kind;
    std::optional<store::Binding> existing;
    TaxCase tax_case{};
    Goal goal;
    Plan plan;
    bool prices_include_tax = false;
    Json fields;
    std::map<std::string, Article> articles;
    std::string step;

    Json json(const std::string& reference) const {
        Json lines = Json::array();
        for (const PlannedRow& row : plan.rows) {
            if (row.kind == RowKind::text) {
                lines.push(Json::object({{"kind", "text"}, {"text", row.text}}));
                continue;
            }
            const Article& article = articles.at(row.sku);
            lines.push(Json::object({{"kind", "article"},
                                     {"article", article.id},
                                     {"sku", article.sku},
                                     {"text", row.text},
                                     {"quantity", row.quantity},
                                     {"unit_price", row.unit_price}}));
        }
        Json out = Json::object({{"op", existing ? "update" : "create"},
                                 {"type", "document"},
                                 {"kind", kind},
                                 {"reference", reference},
                                 {"fields", fields},
                                 {"lines", std::move(lines)},
                                 {"expect", expect_json(plan.expect)}});
        if (existing) out.set("id", existing->target_id);
        return out;
    }
};

OrderPipeline::OrderPipeline(const settings::Flow& flow, connector::Connection& target, connector::Catalog& catalog,
                             store::Store& store, const Clock& clock, Log& log, delivery::Policy policy,
                             std::function<int()> jitter)
    : flow_{flow},
      store_{store},
      clock_{clock},
      log_{log},
      policy_{policy},
      jitter_{std::move(jitter)},
      writer_{store, clock, policy},
      target_{target, catalog, writer_, store, clock},
      customers_{target_},
      articles_{target_} {
    const auto state = store_.flow(flow_.id, clock_.now());
    documents_from_ = text_or(flow_.order.from_date, to_iso_date(state ? state->created_at : clock_.now()));
}

Processed OrderPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing) {
    Work work{call, delivery, flow_.order};
    store::Outcome outcome;
    const auto result = run(work, outcome);
    return conclude(work, outcome, result, connection_failing);
}

Expected<void, Halt> OrderPipeline::run(Work& work, store::Outcome& outcome) {
    if (auto ready = prepare(work); !ready) return ready.error();
    auto existing = existing_document(work);
    if (!existing) return existing.error();
    if (*existing) {
        if (work.settings.existing == settings::Choice::skip) {
            outcome.state = store::DeliveryState::skipped;
            outcome.error = Json::object({{"class", "skipped"},
                                          {"code", "document.exists"},
                                          {"message", fmt::format("{} is in {} already as {}.", work.name(),
                                                                  target_.connection.id(), (*existing)->number)},
                                          {"remedy", ""}});
            return {};
        }
        if (auto allowed = allow_update(work, **existing); !allowed) return allowed.error();
    }
    auto customer = customers_.resolve(work);
    if (!customer) return customer.error();
    auto document = build(work, *customer, *existing);
    if (!document) return document.error();
    auto answer = write_document(work, *document);
    if (!answer) return answer.error();
    return settle(work, *document, *answer, outcome);
}

Expected<void, Halt> OrderPipeline::prepare(Work& work) {
    const auto payload = Json::parse(work.delivery.payload);
    if (!payload)
        return Halt::failed({ErrorClass::rejected, "payload.missing", work.name() + ": its stored document is gone.",
                             "Run the flow for this record again."});
    auto order = entity::parse_order((*payload)["entity"]);
    if (!order) return Halt::failed(std::move(order).error());
    work.order = std::move(*order);
    auto caps = target_.catalog.capabilities(work.call);
    if (!caps) return Halt::failed(std::move(caps).error());
    work.known = std::move(*caps);
    work.mapped = map_order(work.order, work.settings);

    const schema::Operations* documents = work.caps().operations("document");
    const int longest = documents && documents->reference ? documents->reference->length : 0;
    if (longest > 0 && static_cast<int>(work.mapped.reference.size()) > longest)
        return Halt::held("reference.too_long",
                          fmt::format("{}: the document reference {} has more than {} characters.", work.name(),
                                      work.mapped.reference.substr(0, 80), longest),
                          "Use a shorter reference_prefix; a reference is never cut.");
    if (auto filled = target_.catalog.fill_documents(work.call, documents_from_); !filled)
        return Halt::failed(std::move(filled).error());
    return {};
}

Expected<std::optional<store::Binding>, Halt> OrderPipeline::existing_document(Work& work) {
    auto bound = store_.binding(flow_.to, "document", flow_.from, work.delivery.source_id);
    if (bound) {
        work.decided("document", bound->number, "binding");
        return std::optional{std::move(*bound)};
    }
    // A document that this delivery itself may have created is found by the writer's own look-up.
    const bool begun =
        std::ranges::any_of(work.delivery.steps, [](const store::Step& s) { return s.name == "document"; });
    if (begun) return std::optional<store::Binding>{};
    const auto rows = target_.catalog.find("document", "reference", work.mapped.reference);
    if (rows.empty()) return std::optional<store::Binding>{};
    std::string numbers;
    for (const auto& row : rows) numbers += (numbers.empty() ? "" : ", ") + text_or(row.number, row.id);
    return Halt::held(
        "document.exists",
        fmt::format("{}: {} already has a document with the reference {} that was not made by this flow: {}.",
                    work.name(), target_.connection.id(), work.mapped.reference, numbers),
        "Compare them. Cancel this delivery if the order is in the books, else change or remove that document and "
        "replay.");
}

Expected<void, Halt> OrderPipeline::allow_update(Work& work, const store::Binding& binding) {
    if (work.order.status == entity::OrderStatus::cancelled)
        return Halt::held(
            "order.cancelled",
            fmt::format("{} was cancelled after it became {} {}.", work.name(), binding.kind, binding.number),
            "Cancel or credit it in the books.");
    if (work.settings.existing == settings::Choice::update_draft && work.caps().can_update("document", binding.state))
        return {};
    Json differences = Json::object(
        {{"booked", binding.totals}, {"order", work.order.stated_gross ? Json{*work.order.stated_gross} : Json{}}});
    work.decided("existing", binding.number, "document can no longer be changed", std::move(differences));
    return Halt::held(
        "document.differs",
        fmt::format("{} changed after it became {} {} ({}).", work.name(), binding.kind, binding.number, binding.state),
        "Correct it in the books by hand; gross of the order now: " +
            (work.order.stated_gross ? work.order.stated_gross->text(2) : std::string{"see the order"}) + ".");
}

bool OrderPipeline::prices_include_tax(const Work& work, const std::string& customer_kind) const {
    const schema::Arithmetic& a = work.caps().arithmetic;
    if (a.prices != schema::Prices::by_customer) return a.prices == schema::Prices::gross;
    if (const auto learned = store_.fact("prices:" + flow_.to, customer_kind)) return learned->string() == "gross";
    return (customer_kind == "company" ? a.company : a.person) == schema::Prices::gross;
}

void OrderPipeline::learn_prices(const Work& work, const std::string& customer_kind, bool include_tax) {
    if (work.caps().arithmetic.prices != schema::Prices::by_customer) return;
    const std::string_view word = include_tax ? "gross" : "net";
    const auto known = store_.fact("prices:" + flow_.to, customer_kind);
    if (known && known->string() == word) return;
    // A fact that could not be stored is learned again from the next answer.
    (void)store_.set_fact("prices:" + flow_.to, customer_kind, Json{word}, clock_.now());
}

Expected<void, Halt> OrderPipeline::plan_document(Work& work, Document& d, bool include_tax) {
    d.prices_include_tax = include_tax;
    TargetArithmetic arithmetic;
    arithmetic.prices_include_tax = include_tax;
    arithmetic.price_decimals = work.caps().arithmetic.price_decimals;
    arithmetic.quantity_decimals = work.caps().arithmetic.quantity_places(d.kind);
    arithmetic.negative_rows = work.caps().arithmetic.negative_rows;
    arithmetic.tax_rounding =
        work.caps().arithmetic.tax_rounding == schema::TaxRounding::row ? TaxRounding::row : TaxRounding::document_rate;
    auto plan = plan_rows(d.goal, arithmetic);
    if (!plan) return Halt::held(std::move(plan).error());
    d.plan = std::move(*plan);
    auto articles = articles_.resolve(work, d.plan.rows, d.tax_case, include_tax);
    if (!articles) return articles.error();
    d.articles = std::move(*articles);
    for (PlannedRow& row : d.plan.rows) {
        const schema::Field* rule = work.caps().field("line", "text");
        row.text = clean_text(row.text, rule ? rule->length.value_or(0) : 0);
        if (row.text.empty()) row.text = text_or(row.sku, "-");
    }
    return {};
}

Expected<Json, Halt> OrderPipeline::document_fields(Work& work, const store::IndexRow& customer,
                                                    const std::string& kind) {
    Json fields = work.mapped.document;
    fields.set("customer", customer.id);
    const std::string customer_currency{customer.fields["currency"].string()};
    if (kind != "order" && !customer_currency.empty() && customer_currency != work.order.currency)
        return Halt::held("document.currency",
                          fmt::format("{} is in {}, customer {} of {} is invoiced in {}.", work.name(),
                                      work.order.currency, customer.number, target_.connection.id(), customer_currency),
                          "Use a customer in that currency, or document: order.");
    for (const auto& [name, wanted] : {std::pair{"payment_term", &work.settings.payment_term},
                                       std::pair{"delivery_method", &work.settings.delivery_method}}) {
        if (wanted->empty()) continue;
        auto option = choose_option(target_, work, name, *wanted, name);
        if (!option) return option.error();
        fields.set(name, (*option)["id"].text());
    }
    fit(fields, "document", work.caps(), work.notices);
    return fields;
}

Expected<OrderPipeline::Document, Halt> OrderPipeline::build(Work& work, const store::IndexRow& customer,
                                                             const std::optional<store::Binding>& existing) {
    Document d;
    d.existing = existing;
    d.customer_kind = customer.kind;
    d.kind = existing                                      ? existing->kind
             : !work.settings.document.empty()             ? work.settings.document
             : work.caps().can_create("document", "order") ? "order"
                                                           : "invoice_draft";
    if (!existing && !work.caps().can_create("document", d.kind))
        return Halt::failed({ErrorClass::misconfigured, "document.kind",
                             fmt::format("{} cannot take documents of kind {}.", target_.connection.id(), d.kind),
                             "Choose another settings.document, or extend the licence there."});
    d.step = existing ? fmt::format("document-update:{}", work.delivery.version) : "document";

    // What the target charges follows its customer: country, number and kind as they stand there.
    TaxFacts facts = tax_facts(work.order, work.caps().account.country, false);
    if (const auto country = customer.fields["address"]["country"].string(); !country.empty())
        facts.customer_country = country;
    facts.kind = customer.kind == "company" ? entity::CustomerKind::company : entity::CustomerKind::person;
    const auto tax = tax_case(facts);
    if (!tax) return Halt::held(tax.error());
    d.tax_case = *tax;
    work.decided("tax_case", to_string(*tax), "country, kind and VAT number of the customer",
                 Json::object({{"country", facts.customer_country}, {"kind", customer.kind}}));

    auto goal = order_goal(work.order, goal_settings(work.settings, {}));
    if (!goal) return Halt::held(std::move(goal).error());
    d.goal = std::move(*goal);
    auto fields = document_fields(work, customer, d.kind);
    if (!fields) return fields.error();
    d.fields = std::move(*fields);
    if (auto planned = plan_document(work, d, prices_include_tax(work, d.customer_kind)); !planned)
        return planned.error();
    return d;
}

delivery::Look OrderPipeline::document_look(const Work& work) const {
    return [this, reference = work.mapped.reference](const CallContext& call,
                                                     Instant since) -> Expected<std::optional<Json>> {
        const auto rows = target_.catalog.lookup(call, "document", "reference", reference, since);
        if (!rows) return rows.error();
        if (rows->empty()) return std::optional<Json>{};
        return std::optional{connector::Catalog::json_of(rows->front())};
    };
}

Expected<Json, Halt> OrderPipeline::write_document(Work& work, Document& d) {
    const delivery::Write write{d.step, d.json(work.mapped.reference),
                                d.existing ? delivery::Look{} : document_look(work)};
    auto written = writer_.write(work.call, target_.connection, work.delivery, write);
    if (!written) {
        const bool withdraw = delivery::withdrawable(written.error());
        return Halt::failed(std::move(written).error(), withdraw ? write.step : std::string{});
    }
    if (written->found) work.decided("document", written->row["number"].text(), "an earlier attempt had created it");

    const Json& basis = written->row["fields"]["prices_include_tax"];
    const bool include_tax = basis.boolean(d.prices_include_tax);
    if (basis.is_boolean()) learn_prices(work, d.customer_kind, include_tax);
    const auto answered = entity::parse_totals(written->row["totals"]);
    const bool wrong_basis = include_tax != d.prices_include_tax;
    // A document that was found may be the first half of such a correction.
    const bool unfinished = written->found && answered && !compare(d.plan, *answered).equal;
    if (!wrong_basis && !unfinished) return std::move(written->row);

    // The same document once more, planned on the basis that the target has shown.
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
    made.delivery = work.delivery.id;
    made.fence = work.delivery.fence;
    made.now = clock_.now();
    made.step = store::StepDone{d.step, written->row};
    made.bindings.push_back(*d.existing);
    if (const auto stored = store_.finish(made); !stored) return Halt::failed(stored.error());
    d.step += "-basis";
    if (auto planned = plan_document(work, d, include_tax); !planned) return planned.error();
    auto corrected =
        writer_.write(work.call, target_.connection, work.delivery, {d.step, d.json(work.mapped.reference), {}});
    if (!corrected) return Halt::failed(std::move(corrected).error());
    return std::move(corrected->row);
}

Expected<void, Halt> OrderPipeline::settle(Work& work, Document& d, const Json& answer, store::Outcome& outcome) {
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
                           answer["totals"]};
    outcome.step = store::StepDone{d.step, answer};
    outcome.bindings.push_back(binding);
    store::IndexRow row = connector::Catalog::row_of("document", answer);
    if (row.keys.empty()) row.keys.emplace_back("reference", work.mapped.reference);
    outcome.index.emplace_back("document", std::move(row));
    outcome.target_ref =
        Json::object({{"connection", flow_.to}, {"id", id}, {"kind", binding.kind}, {"number", number}});
    outcome.totals = Json::object({{"source", entity::to_json(d.plan.goal)}, {"target", answer["totals"]}});

    const auto answered = entity::parse_totals(answer["totals"]);
    if (!answered)
        return Halt::held(
            "totals.unknown",
            fmt::format("{} became {} {}, but its answer shows no readable totals.", work.name(), binding.kind, number),
            "Compare it by hand.");
    const Equality equality = compare(d.plan, *answered);
    if (!equality.equal)
        return Halt::held("totals.unequal",
                          fmt::format("{} became {} {}, whose totals differ: {}.", work.name(), binding.kind, number,
                                      equality.difference),
                          "Correct or delete that document in the books; it was not booked.");
    outcome.state = store::DeliveryState::delivered;
    return {};
}

Processed OrderPipeline::conclude(Work& work, store::Outcome& outcome, const Expected<void, Halt>& result,
                                  bool connection_failing) {
    Processed processed;
    outcome.delivery = work.delivery.id;
    outcome.fence = work.delivery.fence;
    outcome.now = clock_.now();
    for (const std::string& notice : work.notices)
        work.explain.push(Json::object(
            {{"decision", "notice"}, {"value", notice}, {"rule", "limits of the target"}, {"inputs", Json::object()}}));
    outcome.explain = std::move(work.explain);
    if (!result) {
        const Halt& halt = result.error();
        Error told = halt.error;
        if (told.message.find(work.delivery.source_number) == std::string::npos)
            told.message = work.name() + ": " + told.message;
        outcome.error = error_json(told);
        outcome.withdrawn_step = halt.withdrawn_step;
        if (halt.kind == Halt::Kind::held) {
            outcome.state = store::DeliveryState::held;
        } else if (halt.kind == Halt::Kind::parked) {
            outcome.state = store::DeliveryState::waiting;
            outcome.next_attempt_at = clock_.now() + parked_for;
            outcome.error = Json{};
        } else {
            const auto decision = delivery::decide(
                halt.error, {work.delivery.attempts, connection_failing, clock_.now(), jitter_()}, policy_);
            outcome.state = decision.state;
            outcome.attempts = decision.attempts;
            outcome.next_attempt_at = decision.next_attempt_at;
            processed.pause = decision.pause;
            processed.error = halt.error;
        }
    }
    processed.state = outcome.state.value_or(store::DeliveryState::pending);
    outcome.activity.push_back(Json::object({{"kind", "attempt"},
                                             {"state", store::to_string(processed.state)},
                                             {"run", work.delivery.run_id},
                                             {"error", outcome.error}}));
    if (const auto stored = store_.finish(outcome); !stored) {
        processed.stored = false;
        if (stored.error().code != "store.fenced")
            log_.error("delivery.not_stored", Json::object({{"delivery", work.delivery.id},
                                                            {"code", stored.error().code},
                                                            {"message", stored.error().message}}));
    }
    return processed;
}

}  // namespace brygga::flow
