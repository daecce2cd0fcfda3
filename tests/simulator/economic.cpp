#include "economic.hpp"

#include <algorithm>
#include <utility>

#include "economic_rules.hpp"

namespace brygga::sim {
namespace {

constexpr std::string_view document_filters =
    " date currency exchangeRate customer.customerNumber recipient.name recipient.address recipient.zip recipient.city "
    "recipient.country delivery.address notes.heading notes.textLine1 references.other ";

std::string padded(std::string_view number) {
    return std::string(number.size() < 12 ? 12 - number.size() : 0, '0') + std::string{number};
}

/// The vendor's codes for characters in keys of a path, undone; then percent-decoded.
std::string key_of_path(std::string_view part) {
    static constexpr std::string_view coded = "<>*%:&/\\_ ?.#+";
    std::string out, decoded;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const std::size_t end = part[i] == '_' ? part.find('_', i + 1) : std::string_view::npos;
        if (end != std::string_view::npos) {
            const auto code = Decimal::parse(part.substr(i + 1, end - i - 1));
            if (code && *code >= Decimal{0} && *code < Decimal{static_cast<int>(coded.size())}) {
                out += coded[static_cast<std::size_t>(code->units(0).value_or(0))];
                i = end;
                continue;
            }
        }
        out += part[i];
    }
    return percent_decode(out, false, decoded) ? decoded : out;
}

std::string path_of_key(std::string_view key) {
    static constexpr std::string_view coded = "<>*%:&/\\_ ?.#+";
    std::string out;
    for (const char c : key) {
        const std::size_t code = coded.find(c);
        out += code == std::string_view::npos ? std::string(1, c) : "_" + std::to_string(code) + "_";
    }
    return out;
}

Json answer_body(const Reply& reply) { return Json::parse(reply.body).value_or(Json{}); }

}  // namespace

std::string Economic::now() const { return utc_text(clock_.now()); }
std::string Economic::today() const { return date_text(clock_.now() + central_european_offset(clock_.now())); }
std::string Economic::link(std::string_view path, std::string_view key) const {
    return base_ + std::string{path} + "/" + path_of_key(key);
}

Reply Economic::refuse(int status, std::string_view code, std::string_view message, Json errors) const {
    Json body = Json::object({{"message", message},
                              {"developerHint", "See the documentation."},
                              {"logId", "0000000000000001-SIM"},
                              {"httpStatusCode", status},
                              {"logTime", utc_text(clock_.now(), "")}});
    if (!code.empty()) body.set("errorCode", code);
    if (!errors.is_null()) body.set("errors", std::move(errors));
    return {.status = status, .body = body.dump()};
}

Reply Economic::fault_reply(const Fault& fault) const {
    switch (fault.kind) {
        case FaultKind::too_many:
            return refuse(429, "", "Too many requests.");
        case FaultKind::expired_token:
            return refuse(401, "E02250", "Access denied.");
        case FaultKind::error_502:
            return {.status = 502, .body = "<html>Bad Gateway</html>", .type = "text/html"};
        case FaultKind::error_503:
            return {.status = 503, .body = "<html>Service Unavailable</html>", .type = "text/html"};
        default:
            return refuse(500, "", "An unhandled error occurred.");
    }
}

Reply Economic::with_headers(Reply reply) const {
    reply.headers.emplace_back("X-CallCost", std::to_string(call_cost));
    reply.headers.emplace_back("X-RateLimiting", "token-limit-" + std::to_string(calls_per_minute) +
                                                     "-per-60-seconds: " + std::to_string(meter_.used("economic")) +
                                                     "/" + std::to_string(calls_per_minute));
    return reply;
}

Reply Economic::serve(const Request& request) {
    if (!equal_constant_time(request.header("x-appsecrettoken"), app_secret_token) ||
        !equal_constant_time(request.header("x-agreementgranttoken"), agreement_grant_token))
        return with_headers(refuse(401, "E02250", "Access denied."));
    for (int i = 0; i < call_cost; ++i)
        if (const int wait = meter_.take("economic", calls_per_minute); wait > 0) {
            Reply reply = refuse(429, "", "Too many requests.");
            reply.headers.emplace_back("Retry-After", std::to_string(wait));
            return with_headers(std::move(reply));
        }
    if (!request.body.empty() && !request.header("content-type").starts_with("application/json"))
        return with_headers(refuse(415, "", "Unsupported media type."));
    const std::lock_guard lock{mutex_};
    const std::string key = request.method == "GET" ? "" : std::string{request.header("idempotency-key")};
    if (const auto kept = answers_.find(key);
        !key.empty() && kept != answers_.end() && clock_.now() - kept->second.at < 3600) {
        Reply again = kept->second.reply;
        again.headers.emplace_back("X-ResultFromCache", "true");
        return with_headers(std::move(again));
    }
    Reply reply = route(request);
    if (!key.empty()) answers_[key] = {clock_.now(), reply};
    return with_headers(std::move(reply));
}

std::vector<Economic::List> Economic::lists() {
    static const std::string drafts = " orderNumber lastUpdated" + std::string{document_filters};
    static const std::string quotes = " quoteNumber lastUpdated" + std::string{document_filters};
    static const std::string archived = " orderNumber" + std::string{document_filters};
    static const std::string invoices = " draftInvoiceNumber lastUpdated" + std::string{document_filters};
    static const std::string booked = " bookedInvoiceNumber" + std::string{document_filters};
    return {
        {"/customers", "customerNumber",
         " address balance barred city corporateIdentificationNumber country creditLimit currency customerNumber ean "
         "email lastUpdated name publicEntryNumber telephoneAndFaxNumber mobilePhone vatNumber website zip "
         "customerGroup.customerGroupNumber ",
         &customers_},
        {"/products", "productNumber",
         " productNumber description name costPrice recommendedPrice salesPrice barCode barred lastUpdated "
         "unit.unitNumber productGroup.productGroupNumber ",
         &products_, true},
        {"/quotes/drafts", "quoteNumber", quotes, &quote_drafts_},
        {"/quotes/sent", "quoteNumber", quotes, &quotes_sent_},
        {"/orders/drafts", "orderNumber", drafts, &order_drafts_},
        {"/orders/sent", "orderNumber", drafts, &orders_sent_},
        {"/orders/archived", "orderNumber", archived, &orders_archived_},
        {"/invoices/drafts", "draftInvoiceNumber", invoices, &invoice_drafts_},
        {"/invoices/booked", "bookedInvoiceNumber", booked, &invoices_booked_},
    };
}

Reply Economic::route(const Request& request) {
    lay_inventory();
    const std::string_view path = request.path();
    if (constexpr std::string_view root = "/webhooksapi/v1.0.0"; path.starts_with(root))
        return webhook_calls(request, path.substr(root.size()));
    for (const List& list : lists()) {
        if (path == list.path) return records(request, list, {});
        if (path.starts_with(list.path) && path[list.path.size()] == '/') {
            const std::string_view key = path.substr(list.path.size() + 1);
            if (key.find('/') == std::string_view::npos) return records(request, list, key);
        }
    }
    constexpr std::string_view customers = "/customers/", persons = "/contacts";
    if (path.starts_with(customers) && path.ends_with(persons) && path.size() > customers.size() + persons.size())
        return contacts(request, path.substr(customers.size(), path.size() - customers.size() - persons.size()));
    if (constexpr std::string_view journals = "/journals/1/"; path.starts_with(journals))
        return journal(request, path.substr(journals.size()));
    if (request.method != "GET") return refuse(405, "", "Method not allowed.");
    if (path == "/self") return self();
    for (const auto& [name, rows] :
         {std::pair{"/payment-terms", &payment_terms_}, std::pair{"/layouts", &layouts_},
          std::pair{"/customer-groups", &customer_groups_}, std::pair{"/units", &units_},
          std::pair{"/product-groups", &product_groups_}, std::pair{"/vat-zones", &vat_zones_},
          std::pair{"/vat-accounts", &vat_accounts_}, std::pair{"/currencies", &currencies_},
          std::pair{"/accounts", &accounts_}, std::pair{"/accounting-years", &years_}})
        if (path == name) return static_list(request, name, *rows);
    constexpr std::string_view groups = "/product-groups/", accounts = "/sales-accounts";
    if (path.starts_with(groups) && path.ends_with(accounts) && path.size() > groups.size() + accounts.size())
        return sales_accounts(request, path.substr(groups.size(), path.size() - groups.size() - accounts.size()));
    return refuse(404, "E06000", "The resource does not exist.");
}

Reply Economic::static_list(const Request& request, std::string_view path, const Json& rows) const {
    std::vector<const Json*> all;
    for (const Json& row : rows.items()) all.push_back(&row);
    return page(request, path, " ", std::move(all));
}

Reply Economic::page(const Request& request, std::string_view path, std::string_view filterable,
                     std::vector<const Json*> rows) const {
    const auto query = Query::parse(request.query());
    if (!query) return refuse(400, "", "The query string is not valid.");
    const auto number = [&](std::string_view name, std::int64_t fallback) {
        const std::string* text = query->find(name);
        const auto value = text ? Decimal::parse(*text) : std::nullopt;
        return !text ? fallback : value ? value->units(0).value_or(-1) : std::int64_t{-1};
    };
    const std::int64_t size = number("pagesize", 20), skip = number("skippages", 0);
    if (size < 1 || size > 1000 || skip < 0) return refuse(400, "E04810", "The page size is out of range.");
    const std::size_t unfiltered = rows.size();
    if (const std::string* filter = query->find("filter")) {
        std::string error;
        const Json nothing = Json::object();
        (void)economic_matches(*filter, nothing, filterable, error);
        if (error.empty())
            std::erase_if(rows, [&](const Json* row) { return !economic_matches(*filter, *row, filterable, error); });
        if (!error.empty()) {
            Json body = answer_body(refuse(400, "", "Could not parse query string filter."));
            Json allowed = Json::array();
            for (std::string_view rest = filterable.substr(1); !rest.empty();) {
                const std::size_t blank = rest.find(' ');
                if (blank > 0) allowed.push(rest.substr(0, blank));
                rest.remove_prefix(std::min(blank + 1, rest.size()));
            }
            body.set("errors", Json::array({Json{error}}));
            body.set("allowedFilteringFields", std::move(allowed));
            return {.status = 400, .body = body.dump()};
        }
    }
    if (const std::string* sort = query->find("sort")) {
        const std::string name = sort->starts_with('-') || sort->starts_with('~') ? sort->substr(1) : *sort;
        if (filterable.find(" " + name + " ") == std::string_view::npos)
            return refuse(400, "", "Sorting is not allowed on property '" + name + "'.");
        if (sort->starts_with('-')) std::ranges::reverse(rows);  // lists are in the order of their numbers
    }
    Json collection = Json::array();
    const auto first = static_cast<std::size_t>(skip) * static_cast<std::size_t>(size);
    for (std::size_t i = first; i < rows.size() && i < first + static_cast<std::size_t>(size); ++i) {
        Json row = *rows[i];
        row.erase("lines");  // items of lists carry none
        collection.push(std::move(row));
    }
    const auto address = [&](std::int64_t at) {
        std::string out =
            base_ + std::string{path} + "?skippages=" + std::to_string(at) + "&pagesize=" + std::to_string(size);
        for (const std::string& raw : query->raw)
            if (raw.starts_with("filter=") || raw.starts_with("sort=")) out += "&" + raw;
        return out;
    };
    Json pagination = Json::object({{"skipPages", skip},
                                    {"pageSize", size},
                                    {"maxPageSizeAllowed", 1000},
                                    {"results", rows.size()},
                                    {"resultsWithoutFilter", unfiltered},
                                    {"firstPage", address(0)},
                                    {"lastPage", address(static_cast<std::int64_t>(rows.size()) / size)}});
    if (first + static_cast<std::size_t>(size) < rows.size()) pagination.set("nextPage", address(skip + 1));
    return {.body = Json::object({{"collection", std::move(collection)},
                                  {"pagination", std::move(pagination)},
                                  {"self", address(skip)}})
                        .dump()};
}

/// Those of one customer; keys have its number before their own.
Reply Economic::contacts(const Request& request, std::string_view customer) {
    if (!customers_.contains(padded(customer))) return refuse(404, "E06000", "The customer does not exist.");
    const std::string before = padded(customer) + "/";
    if (request.method == "GET") {
        std::vector<const Json*> rows;
        for (const auto& [key, record] : contacts_)
            if (key.starts_with(before)) rows.push_back(&record.json);
        return page(request, request.path(), " customerContactNumber email name phone eInvoiceId sortKey ",
                    std::move(rows));
    }
    if (request.method != "POST") return refuse(405, "", "Method not allowed.");
    const auto body = Json::parse(request.body);
    if (!body || !body->is_object()) return refuse(400, "", "The body is not a JSON object.");
    Json errors = Json::object();
    Record made;
    made.json = economic_accept(economic_contact, *body, errors);
    const Json& owner = made.json["customer"]["customerNumber"];
    if (!owner.is_null() && owner.text() != customer)
        economic_error(errors, "customer.customerNumber", "", "It is not the customer of the address.", owner);
    if (errors.size() > 0) return refuse(400, "", "Validation error.", errors);
    const std::string number = std::to_string(contacts_.size() + 101);
    made.json.set("customerContactNumber", *Decimal::parse(number));
    made.json.set("customer", Json::object({{"customerNumber", *Decimal::parse(customer)}}));
    made.json.set("self", link(request.path(), number));
    const Json& stored = (contacts_[before + padded(number)] = std::move(made)).json;
    Reply reply{.status = 201, .body = stored.dump()};
    reply.headers.emplace_back("Location", link(request.path(), number));
    return reply;
}

/// The one journal that there is: entries wait in it until it is booked.
Reply Economic::journal(const Request& request, std::string_view rest) {
    if (rest == "entries" && request.method == "GET") {
        std::vector<const Json*> rows;
        for (const auto& [key, record] : entries_) rows.push_back(&record.json);
        return page(request, request.path(),
                    " amount date text entryType voucher.voucherNumber journalEntryNumber customer.customerNumber "
                    "contraAccount.accountNumber currency.code ",
                    std::move(rows));
    }
    if (rest != "vouchers" || request.method != "POST") return refuse(405, "", "Method not allowed.");
    const auto body = Json::parse(request.body);
    if (!body || !body->is_object()) return refuse(400, "", "The body is not a JSON object.");
    const Json& payments = (*body)["entries"]["customerPayments"];
    Json errors = Json::object(), stored = Json::array();
    if (!has(years_, "year", (*body)["accountingYear"]["year"]))
        economic_error(errors, "accountingYear.year", "E04042", "There is no such accounting year.", {});
    if (payments.size() == 0) economic_error(errors, "entries", "E04042", "A voucher has entries.", {});
    for (const Json& payment : payments.items()) {
        Json made = economic_accept(economic_payment, payment, errors);
        const Json &customer = made["customer"]["customerNumber"], &account = made["contraAccount"]["accountNumber"],
                   &invoice = made["customerInvoice"];
        if (!customers_.contains(padded(customer.text())))
            economic_error(errors, "customer", "E06000", "The entity does not exist.", customer);
        if (!has(accounts_, "accountNumber", account))
            economic_error(errors, "contraAccount", "E06000", "The entity does not exist.", account);
        if (!invoices_booked_.contains(padded(invoice.text())))
            economic_error(errors, "customerInvoice", "E06000", "The entity does not exist.", invoice);
        made.set("entryType", "customerPayment");
        stored.push(std::move(made));
    }
    if (errors.size() > 0) return refuse(400, "", "Validation error.", errors);
    for (const Json& entry : stored.items()) entries_[padded(next_number({&entries_}))].json = entry;
    Json voucher = Json::object({{"voucherNumber", entries_.size()},
                                 {"accountingYear", (*body)["accountingYear"]},
                                 {"entries", Json::object({{"customerPayments", std::move(stored)}})},
                                 {"self", link(request.path(), std::to_string(entries_.size()))}});
    return {.status = 201, .body = Json::array({std::move(voucher)}).dump()};
}

void Economic::book_journal() {
    const std::lock_guard lock{mutex_};
    for (const auto& [key, entry] : entries_) {
        const auto invoice = invoices_booked_.find(padded(entry.json["customerInvoice"].text()));
        if (invoice == invoices_booked_.end()) continue;
        Json& json = invoice->second.json;
        json.set("remainder", json["remainder"].decimal().value_or(0) + entry.json["amount"].decimal().value_or(0));
    }
    entries_.clear();
}

Reply Economic::records(const Request& request, const List& list, std::string_view part) {
    Records& all = *list.records;
    const bool documents = list.records != &customers_ && list.records != &products_;
    const bool drafts = list.path.ends_with("/drafts"), sent = list.path.ends_with("/sent");
    const bool quotes = list.path.starts_with("/quotes"), sales = quotes || list.path.starts_with("/orders");
    if (part.empty() && request.method == "GET") {
        std::vector<const Json*> rows;
        for (const auto& [key, record] : all) rows.push_back(&record.json);
        return page(request, list.path, list.filterable, std::move(rows));
    }
    const std::string number = key_of_path(part);
    const std::string key = list.text_key ? lower(number) : padded(number);
    const auto found = part.empty() ? all.end() : all.find(key);
    if (request.method == "GET" || request.method == "DELETE") {
        if (found == all.end()) return refuse(404, "E06000", "The entity does not exist.");
        if (request.method == "GET") return {.body = found->second.json.dump()};
        if (documents && !drafts && !sent) return refuse(405, "", "Method not allowed.");
        all.erase(found);
        if (list.records != &invoice_drafts_) return {.status = 204, .body = ""};
        return {.body = Json::object({{"message", "Deleted 1 invoice."}, {"deletedCount", 1}}).dump()};
    }
    const auto body = Json::parse(request.body);
    if (!body || !body->is_object()) return refuse(400, "", "The body is not a JSON object.");
    const bool post = request.method == "POST" && part.empty(), put = request.method == "PUT" && !part.empty();
    if (post && list.records == &invoices_booked_) return book(*body);
    if ((!post && !put) || list.records == &orders_archived_ || list.records == &invoices_booked_ || (put && sent))
        return refuse(405, "", "Method not allowed.");
    // The vendor says that this is not available, not in which words.
    if (sales && switches_.get(Switch::economic_inventory) == 1)
        return refuse(403, "", "Orders and quotes are not available with the inventory module.");

    Record made;
    std::string own = number;
    Problem problem;
    if (documents) {
        Records& other = quotes ? (sent ? quote_drafts_ : quotes_sent_) : (sent ? order_drafts_ : orders_sent_);
        const Json& given = (*body)[list.number];
        const bool moved = post && sales && given.integer(0) > 0 && other.erase(padded(given.text())) > 0;
        if (moved) {
            own = given.text();
        } else if (post) {
            if (sent) return refuse(404, "E06000", "The document does not exist.");
            own = quotes  ? next_number({&quote_drafts_, &quotes_sent_})
                  : sales ? next_number({&order_drafts_, &orders_sent_, &orders_archived_})
                          : next_number({&invoice_drafts_});
        }
        problem = document(list, *body, own, made);
    } else if (list.records == &customers_) {
        if (post)
            own = (*body)["customerNumber"].integer(0) > 0 ? std::string{(*body)["customerNumber"].text()}
                                                           : next_number({&customers_});
        if (post && all.contains(padded(own))) problem = {400, "E06010", "The number is in use.", {}};
        if (!problem) problem = customer(*body, own, made.json);
    } else {
        if (post) own = (*body)["productNumber"].text();
        if (post && all.contains(lower(own))) problem = {400, "E06010", "The number is in use.", {}};
        if (!problem) problem = product(*body, made.json);
    }
    if (problem) return refuse(problem);
    made.json.set("self", link(list.path, own));
    const bool is_new = post || found == all.end();
    all[list.text_key ? lower(own) : padded(own)] = made;
    if (list.records == &products_) tell("PRODUCT_UPDATED");
    Reply reply{.status = is_new ? 201 : 200, .body = made.json.dump()};
    if (is_new) reply.headers.emplace_back("Location", link(list.path, own));
    return reply;
}

Reply Economic::book(const Json& body) {
    const Json& number = body["draftInvoice"]["draftInvoiceNumber"];
    const auto draft = invoice_drafts_.find(padded(number.text()));
    if (draft == invoice_drafts_.end()) return refuse(400, "E06000", "The draft invoice does not exist.");
    Record booked = std::move(draft->second);
    invoice_drafts_.erase(draft);
    const std::string own = next_number({&invoices_booked_});
    booked.json.erase("draftInvoiceNumber");
    booked.json.erase("lastUpdated");
    booked.json.set("bookedInvoiceNumber", *Decimal::parse(own));
    booked.json.set("remainder", booked.json["grossAmount"]);
    booked.json.set("self", link("/invoices/booked", own));
    Reply reply{.status = 201, .body = booked.json.dump()};
    reply.headers.emplace_back("Location", link("/invoices/booked", own));
    invoices_booked_[padded(own)] = std::move(booked);
    tell("INVOICE_BOOKED");
    return reply;
}

/// With the module every product has figures.
void Economic::lay_inventory() {
    if (switches_.get(Switch::economic_inventory) != 1) return;
    for (auto& [key, record] : products_)
        if (!record.json.has("inventory"))
            record.json.set(
                "inventory",
                Json::object(
                    {{"available", 0}, {"inStock", 0}, {"orderedByCustomers", 0}, {"orderedFromSuppliers", 0}}));
}

bool Economic::set_stock(const Json& change) {
    const std::lock_guard lock{mutex_};
    lay_inventory();
    const auto found = products_.find(lower(change["sku"].string()));
    if (found == products_.end() || !found->second.json.has("inventory")) return false;
    Json& inventory = found->second.json.member("inventory");
    for (const auto& [name, member] : {std::pair{"in_stock", "inStock"}, std::pair{"reserved", "orderedByCustomers"},
                                       std::pair{"incoming", "orderedFromSuppliers"}})
        if (change[name].is_number()) inventory.set(member, change[name]);
    inventory.set("available",
                  inventory["inStock"].decimal().value_or(0) - inventory["orderedByCustomers"].decimal().value_or(0));
    found->second.json.set("lastUpdated", now());
    tell("PRODUCT_UPDATED");
    return true;
}

void Economic::set_article(const Json& change) {
    const std::lock_guard lock{mutex_};
    const std::string sku{change["sku"].string()};
    Record& record = products_[lower(sku)];
    Json body = record.json.is_object() ? record.json
                                        : Json::object({{"productNumber", sku},
                                                        {"name", sku},
                                                        {"productGroup", Json::object({{"productGroupNumber", 1}})},
                                                        {"unit", Json::object({{"unitNumber", 1}})}});
    for (const auto& [name, member] :
         {std::pair{"name", "name"}, std::pair{"price", "salesPrice"}, std::pair{"text", "description"}})
        if (change.has(name)) body.set(member, change[name]);
    if (change.has("active")) body.set("barred", !change["active"].boolean());
    if (change.has("group")) body.set("productGroup", Json::object({{"productGroupNumber", change["group"]}}));
    body.set("lastUpdated", now()).set("self", link("/products", sku));
    record.json = std::move(body);
    tell("PRODUCT_UPDATED");
}

bool Economic::set_group(const Json& change) {
    const std::lock_guard lock{mutex_};
    if (!change["number"].integer() || change["name"].string().empty() || change["name"].string().size() > 50)
        return false;
    Json all = Json::array();
    bool known = false;
    for (Json group : product_groups_.items()) {
        if (group["productGroupNumber"] == change["number"]) {
            known = true;
            group.set("name", change["name"]);
        }
        all.push(std::move(group));
    }
    if (!known) all.push(Json::object({{"productGroupNumber", change["number"]}, {"name", change["name"]}}));
    product_groups_ = std::move(all);
    return true;
}

bool Economic::book_draft(std::string_view number) {
    const std::lock_guard lock{mutex_};
    const Json draft = Json::object({{"draftInvoiceNumber", number}});
    return book(Json::object({{"draftInvoice", draft}})).status == 201;
}

std::string Economic::next_number(std::initializer_list<const Records*> all) const {
    std::int64_t last = 0;
    for (const Records* records : all)
        if (!records->empty())
            last = std::max(last, Decimal::parse(records->rbegin()->first).value_or(Decimal{}).units(0).value_or(0));
    return std::to_string(last + 1);
}

void Economic::each_document(const std::function<void(const Document&)>& visit) const {
    const std::lock_guard lock{mutex_};
    const auto show = [&](const Records& records, std::string_view kind, std::string_view number) {
        for (const auto& [key, record] : records) {
            const Json& json = record.json;
            visit({std::string{kind} + "-" + std::string{json[number].text()}, std::string{json[number].text()},
                   std::string{kind}, std::string{json["references"]["other"].text()},
                   std::string{json["currency"].text()}, std::string{json["customer"]["customerNumber"].text()},
                   &record.totals});
        }
    };
    show(quote_drafts_, "quote", "quoteNumber");
    show(quotes_sent_, "quote", "quoteNumber");
    show(order_drafts_, "order", "orderNumber");
    show(orders_sent_, "order", "orderNumber");
    show(orders_archived_, "order", "orderNumber");
    show(invoice_drafts_, "draft", "draftInvoiceNumber");
    show(invoices_booked_, "invoice", "bookedInvoiceNumber");
}

void Economic::each_customer(const std::function<void(std::string_view, bool, std::string_view)>& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [key, record] : customers_)
        visit(record.json["email"].string(),
              record.json.has("corporateIdentificationNumber") || record.json.has("vatNumber"),
              record.json["customerNumber"].text());
}

Json Economic::dump() const {
    const std::lock_guard lock{mutex_};
    const auto all = [](const Records& records) {
        Json list = Json::array();
        for (const auto& [key, record] : records) list.push(record.json);
        return list;
    };
    return Json::object({{"customers", all(customers_)},
                         {"contacts", all(contacts_)},
                         {"entries", all(entries_)},
                         {"products", all(products_)},
                         {"quotes", all(quote_drafts_)},
                         {"quotes_sent", all(quotes_sent_)},
                         {"orders", all(order_drafts_)},
                         {"sent", all(orders_sent_)},
                         {"archived", all(orders_archived_)},
                         {"drafts", all(invoice_drafts_)},
                         {"invoices", all(invoices_booked_)}});
}

}  // namespace brygga::sim
