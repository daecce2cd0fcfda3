#include "ledger.hpp"

#include <algorithm>

#include "front.hpp"
#include "ledger_call.hpp"

namespace brygga::sim {

/// Who may use a resource: scope family and product variants, by the vendor's tables.
struct Ledger::Resource {
    std::string_view name;
    std::string_view scopes;    ///< letters: s sales, a accounting, p purchase, x any
    std::string_view variants;  ///< letters in the order of Switch::product_variant: s i b o p
    bool sales_module = false;
};

namespace {

bool has_scope(std::string_view scopes, std::string_view wanted) {
    for (std::size_t at = scopes.find(wanted); at != std::string_view::npos; at = scopes.find(wanted, at + 1)) {
        const bool starts = at == 0 || scopes[at - 1] == ' ';
        const std::size_t end = at + wanted.size();
        if (starts && (end == scopes.size() || scopes[end] == ' ')) return true;
    }
    return false;
}

}  // namespace

const Ledger::Resource* Ledger::resource(std::string_view name) {
    static constexpr Resource table[] = {
        {"customers", "s", "siop"},
        {"articles", "s", "siop"},
        {"articleaccountcodings", "s", "siop"},
        {"articlelabels", "s", "sip"},
        {"customerinvoicedrafts", "s", "siop"},
        {"customerinvoices", "s", "siop"},
        {"quotes", "s", "sip", true},
        {"orders", "s", "sip", true},
        {"units", "s", "siop"},
        {"deliverymethods", "s", "siop"},
        {"deliveryterms", "s", "siop"},
        {"termsofpayments", "sp", "sibop"},
        {"currencies", "sp", "sibop"},
        {"countries", "s", "sibop"},
        {"companysettings", "s", "sibop"},
        {"vatcodes", "a", "sibop"},
        {"bankaccounts", "p", "sibop"},
        {"banks", "p", "sibop"},
        {"fiscalyears", "sa", "sibop"},
        {"users", "x", "sibop"},
    };
    for (const Resource& r : table)
        if (r.name == name) return &r;
    return nullptr;
}

Ledger::Ledger(std::string client_id, const Identity& identity, const SimClock& clock, const Switches& switches,
               Meter& meter)
    : client_id_{std::move(client_id)},
      identity_{identity},
      clock_{clock},
      switches_{switches},
      meter_{meter},
      customers_{customer_fields, 0x0000C057, {"EmailAddress", "CustomerNumber", "CorporateIdentityNumber"}},
      articles_{article_fields, 0x0000A271, {"Number"}},
      quotes_{quote_fields, 0x00000C07, {"BuyersOrderReference"}},
      orders_{order_fields, 0x00000DE2, {"BuyersOrderReference"}},
      drafts_{draft_fields, 0x0000D2AF, {"BuyersOrderReference"}},
      invoices_{invoice_fields, 0x00001210, {"BuyersOrderReference"}} {}

Reply Ledger::refuse(int status, int code, std::string_view message, Json errors) const {
    Reply reply;
    reply.status = status;
    reply.body = Json::object({{"ErrorCode", code},
                               {"DeveloperErrorMessage", message},
                               {"ErrorId", guid(0x0000E220, static_cast<std::uint64_t>(clock_.now_ms()))},
                               {"Errors", std::move(errors)}})
                     .dump();
    return reply;
}

Ledger::Problem Ledger::missing(std::string_view what) const {
    const bool as_400 = switches_.get(Switch::unknown_reference_status) == 1;
    return {as_400 ? 400 : 404, 3000, std::string{what} + " does not exist.", {}};
}

Ledger::Problem Ledger::field_problem(std::string_view field, std::string_view kind, std::string message) const {
    Json errors =
        Json::array({Json::object({{"Field", field}, {"ErrorCode", kind}, {"Message", message}, {"Key", Json{}}})});
    return {400, 2000, std::move(message), std::move(errors)};
}

Reply Ledger::fault_reply(const Fault& fault) const {
    switch (fault.kind) {
        case FaultKind::too_many:
            return refuse(429, 4010,
                          "API calls quota exceeded! maximum admitted 600 per Minute. Try again in 1 seconds.");
        case FaultKind::expired_token:
            return refuse(401, 4005, "Authorization was denied.");
        case FaultKind::error_502:
            return {.status = 502, .body = "<html>Bad Gateway</html>", .type = "text/html"};
        case FaultKind::error_503:
            return {.status = 503, .body = "<html>Service Unavailable</html>", .type = "text/html"};
        default:
            return refuse(500, 5000, "An unhandled error occurred.");
    }
}

std::optional<Reply> Ledger::admission(const Request& request, const Resource& needed, std::string_view path) const {
    std::string_view bearer = request.header("authorization");
    if (!bearer.starts_with("Bearer ")) return refuse(401, 4005, "Authorization was denied.");
    bearer.remove_prefix(7);
    const Identity::Grant grant = identity_.check(bearer);
    if (!grant.valid) return refuse(401, 4005, "Authorization was denied.");
    const bool per_path = switches_.get(Switch::endpoint_url) == 1;
    const std::string scope = "eaccounting " + client_id_ + " " + (per_path ? std::string{path} : path_template(path));
    if (const int wait = meter_.take(scope, 600); wait > 0) {
        Reply reply = refuse(429, 4010,
                             "API calls quota exceeded! maximum admitted 600 per Minute. Try again in " +
                                 std::to_string(wait) + " seconds.");
        if (switches_.get(Switch::retry_after) == 1) reply.headers.emplace_back("Retry-After", std::to_string(wait));
        return reply;
    }
    const int modules = switches_.get(Switch::activated_modules);
    if (modules == 1) return refuse(403, 4002, "No access to module: api_standard");
    if (modules == 2 && needed.sales_module) return refuse(403, 4002, "No access to module: sales_standard");
    bool allowed = needed.scopes == "x";
    for (const char family : needed.scopes) {
        const std::string name = family == 's' ? "ea:sales" : family == 'a' ? "ea:accounting" : "ea:purchase";
        allowed = allowed || has_scope(grant.scopes, name) ||
                  (request.method == "GET" && has_scope(grant.scopes, name + "_readonly"));
    }
    if (!allowed || !has_scope(grant.scopes, "ea:api"))
        return refuse(403, 4006, "The token lacks the scope for this endpoint.");
    const char variant = "sibop"[switches_.get(Switch::product_variant)];
    if (needed.variants.find(variant) == std::string_view::npos)
        return refuse(403, 4009, "The endpoint is not available in this product variant.");
    return std::nullopt;
}

Reply Ledger::serve(const Request& request) {
    std::string_view path = request.path();
    if (!path.starts_with("/v2/")) return {.status = 404, .body = ""};
    Call call{request, {}, {}, {}, {}};
    std::string* const parts[] = {&call.resource, &call.id, &call.action};
    std::string_view rest = path.substr(4);
    std::size_t depth = 0;
    while (!rest.empty()) {
        const auto slash = rest.find('/');
        if (depth == 3) return {.status = 404, .body = ""};
        if (slash != 0) *parts[depth++] = std::string{rest.substr(0, slash)};
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    const Resource* needed = resource(call.resource);
    if (!needed) return {.status = 404, .body = ""};
    if (auto refusal = admission(request, *needed, path)) return std::move(*refusal);
    auto query = Query::parse(request.query());
    if (!query) return refuse(400, 6000, "The query string is not valid.");
    call.query = std::move(*query);
    for (const auto& [name, value] : call.query.parameters) {
        static constexpr std::string_view known[] = {"$page",   "$pagesize", "$filter",
                                                     "$select", "$orderby",  "$version"};
        if (name.starts_with('$') && std::find(std::begin(known), std::end(known), name) == std::end(known))
            return refuse(400, 6000, "The query parameter " + name + " is not supported.");
    }
    if ((call.post() || call.put()) && !request.body.empty() &&
        !request.header("content-type").starts_with("application/json"))
        return refuse(415, 2000, "Content-Type is not application/json.");
    const std::lock_guard lock{mutex_};
    return route(call);
}

Reply Ledger::route(const Call& call) {
    if (call.resource == "customers") return customers(call);
    if (call.resource == "articles") return articles(call);
    using Kind = Paper::Kind;
    if (call.resource == "quotes") {
        Paper paper{Kind::quote, quotes_, quote_fields, quote_row_fields, 4};
        return documents(call, paper);
    }
    if (call.resource == "orders") {
        Paper paper{Kind::order, orders_, order_fields, order_row_fields, 4};
        return documents(call, paper);
    }
    if (call.resource == "customerinvoicedrafts") {
        Paper paper{Kind::draft, drafts_, draft_fields, draft_row_fields, 2};
        return documents(call, paper);
    }
    if (call.resource == "customerinvoices") {
        Paper paper{Kind::invoice, invoices_, invoice_fields, invoice_row_fields, 2};
        return documents(call, paper);
    }
    if (!call.get()) return refuse(405, 4002, "The method is not allowed.");
    if (call.resource == "articlelabels") return reference(call, labels_);
    if (call.resource == "articleaccountcodings") return codings(call);
    if (call.resource == "termsofpayments") return terms(call);
    if (call.resource == "vatcodes") return vat_codes(call);
    if (call.resource == "companysettings") return company_settings(call);
    if (call.resource == "units") return reference(call, company_.units);
    if (call.resource == "deliverymethods") return reference(call, company_.delivery_methods);
    if (call.resource == "deliveryterms") return reference(call, company_.delivery_terms);
    if (call.resource == "currencies") return reference(call, company_.currencies);
    if (call.resource == "countries") return reference(call, company_.countries);
    if (call.resource == "bankaccounts") return reference(call, company_.bank_accounts);
    if (call.resource == "banks") return reference(call, company_.banks);
    return static_list(call, Json::array());
}

void Ledger::each_document(const std::function<void(const Document&)>& visit) const {
    const std::lock_guard lock{mutex_};
    const auto show = [&](const Table& table, std::string_view kind, std::string_view number,
                          std::string_view currency) {
        for (const auto& record : table.records()) {
            if (!record->alive) continue;
            if (kind == "invoice" && table.value(*record, "CreatedFromOrderId").is_string()) continue;
            visit({record->id, std::string{table.value(*record, number).text()}, std::string{kind},
                   std::string{table.value(*record, "BuyersOrderReference").string()},
                   std::string{table.value(*record, currency).string()},
                   std::string{table.value(*record, "CustomerNumber").string()}, &record->totals,
                   kind == "invoice" ? table.value(*record, "RemainingAmountInvoiceCurrency") : Json{},
                   kind != "order" && kind != "quote" && table.value(*record, "IsCreditInvoice").boolean()});
        }
    };
    show(quotes_, "quote", "Number", "CurrencyCode");
    show(orders_, "order", "Number", "CurrencyCode");
    show(drafts_, "draft", "Id", "InvoiceCurrencyCode");
    show(invoices_, "invoice", "InvoiceNumber", "CurrencyCode");
}

void Ledger::each_customer(const std::function<void(std::string_view, bool, std::string_view)>& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& record : customers_.records())
        if (record->alive)
            visit(customers_.value(*record, "EmailAddress").string(),
                  customers_.value(*record, "IsPrivatePerson").boolean(),
                  customers_.value(*record, "CustomerNumber").string());
}

void Ledger::each_article(const std::function<void(std::string_view)>& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& record : articles_.records()) visit(articles_.value(*record, "Number").string());
}

bool Ledger::delete_document(std::string_view id) {
    const std::lock_guard lock{mutex_};
    for (Table* table : {&quotes_, &orders_, &drafts_})
        if (Record* record = table->find(id)) return table->erase(*record), true;
    return false;
}

bool Ledger::advance(const Json& change) {
    const std::lock_guard lock{mutex_};
    for (Table* table : {&orders_, &quotes_})
        for (Record* record :
             table->with(table->schema().index("BuyersOrderReference"), std::string{change["reference"].string()})) {
            const std::int64_t status = change["status"].integer(3);
            table->set(*record, "Status", Json{status});
            table->set(*record, "ModifiedUtc", utc_ms_text(clock_.now_ms()));
            if (table == &orders_ && status == 3) table->set(*record, "ShippedDateTime", date_value(today()));
            table->render(*record);
            return true;
        }
    return false;
}

bool Ledger::set_stock(const Json& change) {
    const std::lock_guard lock{mutex_};
    const auto found = articles_.with(article_fields.index("Number"), std::string{change["sku"].string()});
    if (found.empty()) return false;
    Record& article = *found.front();
    const auto now_or = [&](const char* name, std::string_view field) {
        return change[name].decimal().value_or(articles_.value(article, field).decimal().value_or(0));
    };
    const Decimal in_stock = now_or("in_stock", "StockBalance"), reserved = now_or("reserved", "StockBalanceReserved");
    articles_.set(article, "StockBalance", in_stock);
    articles_.set(article, "StockBalanceReserved", reserved);
    articles_.set(article, "StockBalanceAvailable", in_stock - reserved);
    if (switches_.is_default(Switch::stock_changes)) articles_.set(article, "ChangedUtc", utc_ms_text(clock_.now_ms()));
    articles_.render(article);
    return true;
}

bool Ledger::set_article(const Json& change) {
    const std::lock_guard lock{mutex_};
    const auto found = articles_.with(article_fields.index("Number"), std::string{change["sku"].string()});
    Record* const known = found.empty() ? nullptr : found.front();
    const auto now_or = [&](const char* name, std::string_view field, Json otherwise) {
        if (change.has(name)) return change[name];
        return known ? articles_.value(*known, field) : otherwise;
    };
    Json body = Json::object({{"Number", change["sku"]},
                              {"Name", now_or("name", "Name", change["sku"])},
                              {"IsActive", now_or("active", "IsActive", true)},
                              {"CodingId", now_or("coding", "CodingId", company_.codings.front().id)},
                              {"UnitId", company_.units.at(0)["Id"]},
                              {"NetPrice", now_or("price", "NetPrice", 0)}});
    Json labels = known ? articles_.value(*known, "ArticleLabels") : Json::array();
    if (change.has("labels")) {
        labels = Json::array();
        for (const Json& id : change["labels"].items())
            for (const Json& label : labels_.items())
                if (label["Id"] == id) labels.push(label);
    }
    if (labels.is_array()) body.set("ArticleLabels", std::move(labels));
    if (change.has("ean"))
        body.set("Barcodes", Json::array({Json::object({{"Barcode", change["ean"]}, {"BarcodeType", 0}})}));
    Values values;
    if (read(article_fields, body, "", values) || article_rules(values, known)) return false;
    Record& article = known ? *known : articles_.add(Values{values});
    if (known) articles_.replace(article, std::move(values));
    articles_.render(article);
    return true;
}

/// Whether that moves the ChangedUtc of its articles the vendor does not say: it does not.
Json Ledger::set_label(const Json& change) {
    const std::lock_guard lock{mutex_};
    const bool known = change.has("id");
    const Json id = known ? change["id"] : Json{guid(0x0000AB37, ++last_label_)};
    if (change["name"].string().size() > 50 || change["description"].string().size() > 400) return {};
    Json label = Json::object({{"Id", id}, {"Name", ""}, {"Description", Json{}}}), all = Json::array();
    for (const Json& each : labels_.items())
        if (each["Id"] == id)
            label = each;
        else
            all.push(each);
    if (known && all.size() == labels_.size()) return {};
    if (change.has("name")) label.set("Name", change["name"]);
    if (change.has("description")) label.set("Description", change["description"]);
    const bool removed = change["removed"].boolean();
    if (!removed) all.push(label);
    labels_ = std::move(all);
    for (const auto& record : articles_.records()) {
        Json kept = Json::array();
        for (const Json& each : articles_.value(*record, "ArticleLabels").items())
            if (!(each["Id"] == id))
                kept.push(each);
            else if (!removed)
                kept.push(label);
        if (!articles_.value(*record, "ArticleLabels").is_array()) continue;
        articles_.set(*record, "ArticleLabels", std::move(kept));
        articles_.render(*record);
    }
    return id;
}

Json Ledger::dump() const {
    const std::lock_guard lock{mutex_};
    const auto all = [](const Table& table) {
        Json list = Json::array();
        for (const auto& record : table.records())
            if (record->alive)
                if (auto json = Json::parse(record->text)) list.push(std::move(*json));
        return list;
    };
    return Json::object({{"customers", all(customers_)},
                         {"articles", all(articles_)},
                         {"quotes", all(quotes_)},
                         {"orders", all(orders_)},
                         {"drafts", all(drafts_)},
                         {"invoices", all(invoices_)}});
}

}  // namespace brygga::sim
