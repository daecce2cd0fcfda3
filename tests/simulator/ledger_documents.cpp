#include "ledger_call.hpp"

namespace brygga::sim {
namespace {

constexpr std::int64_t largest_price = 99'000'000;

void append_object(std::string& out, const Schema& schema, const std::vector<Json>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        out += i == 0 ? "{\"" : ",\"";
        out.append(schema.fields[i].name).append("\":");
        values[i].append_to(out);
    }
    out += '}';
}

}  // namespace

Reply Ledger::documents(const Call& call, Paper& paper) {
    if (call.id.empty() && call.get()) return list(call, paper.table);
    Record* record = call.id.empty() ? nullptr : paper.table.find(call.id);
    if (!call.id.empty() && !record) return refuse(404, 3000, "The document does not exist.");
    if (!call.action.empty()) return document_action(call, paper, *record);
    if (record && call.get()) return {.body = record->text};
    const bool invoice = paper.kind == Paper::Kind::invoice;
    if (record && call.erase() && !invoice) {
        if (paper.kind == Paper::Kind::order && paper.table.value(*record, "Status").integer(0) >= 3)
            return refuse(400, 4001, "A shipped or invoiced order cannot be deleted.");
        if (paper.kind == Paper::Kind::quote && paper.table.value(*record, "Status").integer(0) >= 2)
            return refuse(400, 4001, "A quote that was approved cannot be deleted.");
        paper.table.erase(*record);
        return {.status = 200, .body = ""};
    }
    if (!(record ? call.put() && !invoice : call.post())) return refuse(405, 4002, "The method is not allowed.");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return refuse(400, 2000, "The body is not a JSON object.");
    if (record && paper.kind == Paper::Kind::order && paper.table.value(*record, "Status").integer(0) == 4)
        return refuse(400, 2000, "The order is already invoiced.");
    if (record && paper.kind == Paper::Kind::quote && paper.table.value(*record, "Status").integer(0) >= 2)
        return refuse(400, 4002, "The quote was approved.");
    if (invoice && (*body)["CreatedFromDraftId"].is_string()) {
        Record* draft = drafts_.find((*body)["CreatedFromDraftId"].string());
        if (!draft) return refuse(missing("The draft"));
    }
    Values values;
    DocumentTotals totals;
    std::string rows;
    const std::string* override_flag = call.query.find("overrideCustomerIsPrivatePerson");
    const bool person_override = override_flag && *override_flag == "true";
    if (const Problem problem = document_values(paper, *body, record, values, totals, rows, person_override))
        return refuse(problem);
    const bool fresh = record == nullptr;
    if (fresh)
        record = &paper.table.add(std::move(values));
    else
        paper.table.replace(*record, std::move(values));
    record->totals = std::move(totals);
    record->rows = std::move(rows);
    paper.table.render(*record);
    if (invoice && (*body)["CreatedFromDraftId"].is_string())
        if (Record* draft = drafts_.find((*body)["CreatedFromDraftId"].string())) drafts_.erase(*draft);
    return {.status = fresh ? 201 : 200, .body = record->text};
}

Ledger::Problem Ledger::document_values(Paper& paper, const Json& body, const Record* existing, Values& values,
                                        DocumentTotals& totals, std::string& rows, bool person_override) {
    if (const Problem problem = read(paper.fields, body, "", values)) return problem;
    Record* customer = nullptr;
    if (const Problem problem = document_head(paper, values, customer)) return problem;
    const auto put = [&](std::string_view field, Json value) { at(paper.fields, values, field) = std::move(value); };
    copy_addresses(paper, values, *customer);
    const bool person = customers_.value(*customer, "IsPrivatePerson").boolean() && !person_override;
    put("CustomerIsPrivatePerson", person);
    const bool excluded = switches_.get(Switch::show_prices_excl_vat_pc) == 1;
    totals.includes_vat = person && (switches_.is_default(Switch::includes_vat_sign) ? !excluded : excluded);
    put("IncludesVat", totals.includes_vat);

    RowContext context;
    context.customer = customer;
    context.customer_country = &customers_.value(*customer, "InvoiceCountryCode");
    context.delivery_country = at(paper.fields, values, "DeliveryCountryCode").string();
    context.third_party = at(paper.fields, values, "EuThirdParty").boolean();
    const std::string_view country = context.customer_country->string("SE");
    const std::string_view currency = customers_.value(*customer, "CurrencyCode").string("SEK");
    const bool order = paper.kind == Paper::Kind::order, quote = paper.kind == Paper::Kind::quote;
    context.domestic =
        country == "SE" && (order ? at(paper.fields, values, "CurrencyCode").string() : currency) == "SEK";
    context.construction = order && at(paper.fields, values, "ReverseChargeOnConstructionServices").boolean();
    const Json given = at(paper.fields, values, "Rows");
    if (const Problem problem = document_rows(paper, given, context, rows, totals)) return problem;
    put("Rows", Json{});
    totals.compute(context.domestic && switches_.get(Switch::domestic_rounding) == 1);

    const std::string now = utc_ms_text(clock_.now_ms());
    put("CreatedUtc", existing ? paper.table.value(*existing, "CreatedUtc") : Json{now});
    if (order) {
        put("ModifiedUtc", now);
        Json number = existing ? paper.table.value(*existing, "Number") : Json{};
        if (number.is_null() && at(paper.fields, values, "Status").integer(1) != 1) number = Json{next_order_++};
        put("Number", std::move(number));
        order_totals(values, totals);
    } else if (quote) {
        put("CurrencyCode", currency);
        put("IsDomestic", context.domestic);
        put("ModifiedUtc", now);
        put("Status", existing ? paper.table.value(*existing, "Status") : Json{1});
        put("Number", existing ? paper.table.value(*existing, "Number") : Json{next_quote_++});
        quote_totals(values, totals);
    } else if (paper.kind == Paper::Kind::draft) {
        put("InvoiceCurrencyCode", currency);
        draft_totals(values, totals);
    } else {
        put("CurrencyCode", currency);
        put("ModifiedUtc", now);
        put("InvoiceNumber", next_invoice_++);
        invoice_totals(values, totals);
    }
    return {};
}

Ledger::Problem Ledger::document_head(Paper& paper, Values& values, Record*& customer) {
    const auto get = [&](std::string_view field) -> const Json& { return at(paper.fields, values, field); };
    const auto put = [&](std::string_view field, Json value) { at(paper.fields, values, field) = std::move(value); };
    customer = customers_.find(get("CustomerId").string());
    if (!customer) return missing("The customer");
    if (!customers_.value(*customer, "IsActive").boolean()) return {400, 4002, "The customer is not active.", {}};
    put("CustomerId", customer->id);
    if (paper.kind == Paper::Kind::quote) return quote_head(values, *customer);
    if (get("TermsOfPaymentId").is_null()) put("TermsOfPaymentId", customers_.value(*customer, "TermsOfPaymentId"));
    if (!company_.term(get("TermsOfPaymentId").string())) return missing("The term of payment");
    const auto rot = get("RotReducedInvoicingType").integer(0);
    if (rot < 0 || rot > 2)
        return field_problem("RotReducedInvoicingType", "Range",
                             "The field RotReducedInvoicingType must be 0, 1 or 2.");
    if (rot != 0 && get("Persons").size() == 0)
        return field_problem("Persons", "Required", "ROT and RUT need Persons.");
    for (const std::string_view field : {"DeliveryCountryCode", "InvoiceCountryCode"})
        if (get(field).is_string() && !get(field).string().empty() && !company_.has_country(get(field).string()))
            return field_problem(field, "InvalidCountry",
                                 "The field " + std::string{field} + " is not a known country code.");
    if (paper.kind == Paper::Kind::order) {
        if (get("Status").integer(0) == 4) return field_problem("Status", "Invalid", "Status Invoiced cannot be set.");
        if (!company_.has_currency(get("CurrencyCode").string()))
            return field_problem("CurrencyCode", "InvalidCurrency", "The currency is not known.");
        if (get("ReverseChargeOnConstructionServices").boolean() &&
            !customers_.value(*customer, "ReverseChargeOnConstructionServices").boolean())
            return field_problem("ReverseChargeOnConstructionServices", "Invalid",
                                 "The customer is not flagged for reverse charge on construction services.");
        put("OrderDate", date_value(get("OrderDate").string(today())));
        if (get("Status").integer(0) == 3 && get("ShippedDateTime").is_null()) put("ShippedDateTime", Json{today()});
        for (const std::string_view field : {"DeliveryDate", "ShippedDateTime"})
            if (get(field).is_string()) put(field, date_value(get(field).string()));
        return {};
    }
    put("InvoiceDate", date_value(get("InvoiceDate").string(today())));
    const Term* term = company_.term(get("TermsOfPaymentId").string());
    const std::int64_t due = parse_time(get("InvoiceDate").string()).seconds + term->days * 86'400;
    put("DueDate", date_value(get("DueDate").string(date_text(due))));
    if (get("DeliveryDate").is_string()) put("DeliveryDate", date_value(get("DeliveryDate").string()));
    if (get("ElectronicReference").is_string() && customers_.value(*customer, "IsPrivatePerson").boolean() &&
        paper.kind == Paper::Kind::draft)
        return field_problem("ElectronicReference", "Invalid",
                             "ElectronicReference is not allowed for private customers.");
    return {};
}

Ledger::Problem Ledger::quote_head(Values& values, const Record& customer) const {
    const auto get = [&](std::string_view field) -> const Json& { return at(quote_fields, values, field); };
    const auto put = [&](std::string_view field, Json value) { at(quote_fields, values, field) = std::move(value); };
    Json terms = get("TermsOfPayment");
    if (terms["Id"].is_null()) terms = Json::object({{"Id", customers_.value(customer, "TermsOfPaymentId")}});
    const Term* term = company_.term(terms["Id"].string());
    if (!term) return missing("The term of payment");
    put("TermsOfPayment", std::move(terms));
    put("QuoteDate", date_value(get("QuoteDate").string(today())));
    const std::int64_t due = parse_time(get("QuoteDate").string()).seconds + 30 * 86'400;
    put("DueDate", date_value(get("DueDate").string(date_text(due))));
    if (get("DeliveryDate").is_string()) put("DeliveryDate", date_value(get("DeliveryDate").string()));
    return {};
}

void Ledger::copy_addresses(Paper& paper, Values& values, const Record& customer) const {
    const auto absent = [&](std::string_view field) { return at(paper.fields, values, field).is_null(); };
    const auto put = [&](std::string_view field, Json value) { at(paper.fields, values, field) = std::move(value); };
    const auto of = [&](std::string_view field) -> const Json& { return customers_.value(customer, field); };
    put("CustomerNumber", of("CustomerNumber"));
    put("CustomerName", of("Name"));
    for (const std::string_view field :
         {"InvoiceAddress1", "InvoiceAddress2", "InvoicePostalCode", "InvoiceCity", "InvoiceCountryCode"})
        if (absent(field)) put(field, of(field));
    if (absent("InvoiceCustomerName")) put("InvoiceCustomerName", of("Name"));
    for (const std::string_view field : {"DeliveryAddress1", "DeliveryAddress2", "DeliveryPostalCode", "DeliveryCity",
                                         "DeliveryCountryCode", "DeliveryCustomerName"})
        if (absent(field)) put(field, of(field));
}

Ledger::Problem Ledger::document_rows(Paper& paper, const Json& rows, const RowContext& context, std::string& out,
                                      DocumentTotals& totals) {
    if (rows.size() > 1000) return field_problem("Rows", "Range", "A document has at most 1000 rows.");
    int n = 0;
    out = '[';
    for (const Json& given : rows.items()) {
        const std::string where = "Rows[" + std::to_string(n++) + "].";
        if (!given.is_object()) return field_problem(where, "InvalidType", "A row must be an object.");
        Values row;
        if (const Problem problem = read(paper.row_fields, given, where, row)) return problem;
        DocumentRow total;
        if (Problem problem = document_row(paper, row, context, total)) {
            for (Json& error : problem.errors.items_for_writing())
                error.set("Field", where + std::string{error["Field"].string()});
            if (problem.errors.size() == 0) problem.errors = Json{};
            return problem;
        }
        if (paper.kind != Paper::Kind::order && at(paper.row_fields, row, "LineNumber").integer(0) == 0)
            at(paper.row_fields, row, "LineNumber") = Json{n - 1};
        at(paper.row_fields, row, "Id") =
            Json{guid(0x00002001,
                      static_cast<std::uint64_t>(paper.table.records().size()) * 1024 + static_cast<std::uint64_t>(n))};
        totals.rows.push_back(std::move(total));
        if (n > 1) out += ',';
        append_object(out, paper.row_fields, row);
    }
    out += ']';
    return {};
}

Ledger::Problem Ledger::document_row(Paper& paper, Values& row, const RowContext& context, DocumentRow& total) const {
    const auto get = [&](std::string_view field) -> const Json& { return at(paper.row_fields, row, field); };
    const auto put = [&](std::string_view field, Json value) { at(paper.row_fields, row, field) = std::move(value); };
    const bool invoice = paper.kind == Paper::Kind::invoice;
    if (invoice || paper.kind == Paper::Kind::quote) put("IsTextRow", get("ArticleId").is_null());
    const Decimal price = get("UnitPrice").decimal().value_or(0), quantity = get("Quantity").decimal().value_or(0);
    total.text = get("Text").string();
    if (get("IsTextRow").boolean()) {
        if (!get("ArticleId").is_null()) return field_problem("ArticleId", "Invalid", "A text row has no article.");
        if (total.text.empty())
            return field_problem("Text", "Required", "A text row needs a text of at least 1 character.");
        if (!price.is_zero() || !quantity.is_zero())
            return field_problem("UnitPrice", "Invalid", "A text row carries no amount.");
        put("VatRate", Json{});
        total.text_only = true;
        return {};
    }
    if (get("ArticleId").is_null())
        return field_problem("ArticleId", "Required", "The field ArticleId is required unless IsTextRow.");
    const Record* article = const_cast<Table&>(articles_).find(get("ArticleId").string());
    if (!article) return missing("The article");
    if (!articles_.value(*article, "IsActive").boolean())
        return {400, 4002, "The article is not active.", Json::array()};
    const int places = context.domestic ? 2 : 4;
    if (price.places() > places)
        return field_problem("UnitPrice", "Decimals",
                             "The field UnitPrice may have " + std::to_string(places) + " decimals.");
    if (quantity.places() > paper.quantity_places)
        return field_problem("Quantity", "Decimals",
                             "The field Quantity may have " + std::to_string(paper.quantity_places) + " decimals.");
    if ((price.is_negative() || quantity.is_negative()) && switches_.is_default(Switch::negative_rows))
        return field_problem(price.is_negative() ? "UnitPrice" : "Quantity", "Range",
                             "Negative amounts are not allowed.");
    if (price.abs() > Decimal{largest_price} || quantity.abs() > Decimal{largest_price})
        return field_problem("UnitPrice", "Range", "UnitPrice and Quantity may be at most 99000000.");
    const bool construction_row =
        paper.kind == Paper::Kind::order
            ? get("EligibleForReverseChargeOnVat").boolean() && context.construction
            : paper.kind == Paper::Kind::draft && get("ReversedConstructionServicesVatFree").boolean();
    if (paper.kind == Paper::Kind::draft && construction_row &&
        !customers_.value(*context.customer, "ReverseChargeOnConstructionServices").boolean())
        return {400, 4027, "Reverse charge on a row that is not eligible.", Json::array()};
    total.rate = construction_row || (invoice && get("IsVatFree").boolean()) ? 0 : row_rate(*article, context);
    total.amount = row_amount(quantity, price, get("DiscountPercentage").decimal().value_or(0));
    total.article_number = articles_.value(*article, "Number").string();
    if (total.text.empty()) {
        total.text = articles_.value(*article, "Name").string();
        put("Text", total.text);
    }
    put("ArticleId", article->id);
    put("ArticleNumber", total.article_number);
    put("IsServiceArticle", articles_.value(*article, "IsServiceArticle"));
    put("UnitId", articles_.value(*article, "UnitId"));
    put("VatRate", rate_json(total.rate));
    put("Amount", money(total.amount));
    if (invoice) put("PercentVat", percent(total.rate));
    return {};
}

int Ledger::row_rate(const Record& article, const RowContext& context) const {
    const Coding* coding = company_.coding(articles_.value(article, "CodingId").string());
    const Record& customer = *context.customer;
    std::string_view country = context.customer_country->string("SE");
    if (customers_.value(customer, "DeliveryBasedVat").boolean() && !context.delivery_country.empty())
        country = context.delivery_country;
    if (country.empty() || country == "SE") return coding->rate;
    const bool in_union =
        Company::in_union(country) || (country == "GB" && customers_.value(customer, "IsNorthernIreland").boolean());
    if (!in_union) return customers_.value(customer, "ForceBookkeepVat").boolean() ? coding->rate : 0;
    const bool business = !customers_.value(customer, "IsPrivatePerson").boolean() &&
                          !customers_.value(customer, "VatNumber").string().empty();
    if (business || context.third_party) return 0;
    const bool oss = switches_.get(Switch::uses_moss) == 1 && articles_.value(article, "UsesMoss").boolean();
    return oss ? Company::oss_rate(country, coding->rate) : coding->rate;
}

void Ledger::quote_totals(Values& values, const DocumentTotals& totals) const {
    at(quote_fields, values, "TotalAmount") = Json{money(totals.gross)};
    at(quote_fields, values, "VatAmount") = Json{money(totals.tax)};
    at(quote_fields, values, "RoundingsAmount") = Json{money(totals.rounding)};
}

void Ledger::order_totals(Values& values, const DocumentTotals& totals) const {
    const auto put = [&](std::string_view field, Cents amount) {
        at(order_fields, values, field) = Json{money(amount)};
    };
    const Cents amount = switches_.get(Switch::order_amount) == 1 ? totals.gross : totals.net;
    const bool delivered = at(order_fields, values, "Status").integer(0) >= 3;
    put("Amount", amount);
    put("VatAmount", totals.tax);
    put("RoundingsAmount", totals.rounding);
    put("DeliveredAmount", delivered ? amount : 0);
    put("DeliveredVatAmount", delivered ? totals.tax : 0);
    put("DeliveredRoundingsAmount", delivered ? totals.rounding : 0);
}

Cents Ledger::stated_sign(const Json& is_credit) const {
    return is_credit.boolean() && switches_.is_default(Switch::credit_sign) ? -1 : 1;
}

void Ledger::draft_totals(Values& values, const DocumentTotals& totals) const {
    const auto put = [&](std::string_view field, Cents amount) {
        at(draft_fields, values, field) = Json{money(amount)};
    };
    const int rate = Company::exchange_rate(at(draft_fields, values, "InvoiceCurrencyCode").string());
    const Cents sign = stated_sign(at(draft_fields, values, "IsCreditInvoice"));
    put("TotalAmount", sign * totals.gross);
    put("TotalVatAmount", sign * totals.tax);
    put("TotalRoundings", sign * totals.rounding);
    put("TotalAmountBaseCurrency", sign * divide_rounded(static_cast<Wide>(totals.gross) * rate, 100));
    put("TotalVatAmountBaseCurrency", sign * divide_rounded(static_cast<Wide>(totals.tax) * rate, 100));
}

}  // namespace brygga::sim
