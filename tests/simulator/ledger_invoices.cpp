#include "ledger_call.hpp"

namespace brygga::sim {

namespace {

bool keeps_date(const Query& query) {
    const std::string* value = query.find("keepOriginalDraftDate");
    return value && *value == "true";
}

}  // namespace

void Ledger::invoice_totals(Values& values, const DocumentTotals& totals) const {
    const auto put = [&](std::string_view field, Json value) { at(invoice_fields, values, field) = std::move(value); };
    const int rate = Company::exchange_rate(at(invoice_fields, values, "CurrencyCode").string());
    const auto base = [rate](Cents amount) {
        return Json{money(divide_rounded(static_cast<Wide>(amount) * rate, 100))};
    };
    const Json& is_credit = at(invoice_fields, values, "IsCreditInvoice");
    const Cents sign = stated_sign(is_credit), owed = is_credit.boolean() ? -totals.gross : totals.gross;
    put("TotalAmountInvoiceCurrency", money(sign * totals.gross));
    put("TotalVatAmountInvoiceCurrency", money(sign * totals.tax));
    put("TotalAmount", base(sign * totals.gross));
    put("TotalVatAmount", base(sign * totals.tax));
    put("TotalRoundings", base(sign * totals.rounding));
    put("RemainingAmount", base(owed));
    put("RemainingAmountInvoiceCurrency", money(owed));
    put("PaymentStatus", totals.gross == 0 ? 0 : 1);
    Json specification = Json::array();
    for (const TaxLine& line : totals.taxes)
        specification.push(Json::object({{"AmountInvoiceCurrency", money(sign * line.net)},
                                         {"VatAmountInvoiceCurrency", money(sign * line.tax)},
                                         {"VatPercent", percent(line.rate)}}));
    put("VatSpecification", std::move(specification));
}

Reply Ledger::document_action(const Call& call, Paper& paper, Record& record) {
    if (!call.post()) {
        if (call.get() && call.action == "print") return {.body = "%PDF-1.4\n%%EOF\n", .type = "application/pdf"};
        return refuse(405, 4002, "The method is not allowed.");
    }
    if (paper.kind == Paper::Kind::order) return order_action(call, record);
    if (paper.kind == Paper::Kind::draft && call.action == "convert")
        return convert(paper, record, "CreatedFromDraftId",
                       keeps_date(call.query) ? drafts_.value(record, "InvoiceDate") : Json{});
    if (paper.kind == Paper::Kind::invoice && call.action == "payments") return pay(call, record);
    if (paper.kind == Paper::Kind::invoice && call.action == "email") return {.status = 200, .body = ""};
    return {.status = 404, .body = ""};
}

Reply Ledger::order_action(const Call& call, Record& order) {
    const std::int64_t status = orders_.value(order, "Status").integer(1);
    const auto move_to = [&](std::int64_t wanted) -> Reply {
        orders_.set(order, "Status", Json{wanted});
        orders_.set(order, "ModifiedUtc", utc_ms_text(clock_.now_ms()));
        if (wanted != 1 && orders_.value(order, "Number").is_null()) orders_.set(order, "Number", Json{next_order_++});
        if (wanted == 3) orders_.set(order, "ShippedDateTime", date_value(today()));
        order_totals(order.values, order.totals);
        orders_.render(order);
        return {.status = 200, .body = order.text};
    };
    const auto wrong_state = [&] { return refuse(400, 4002, "The order is not in the right state."); };
    if (call.action == "converteddrafttoorder") return status == 1 ? move_to(2) : wrong_state();
    if (call.action == "completed") return status == 2 ? move_to(3) : wrong_state();
    if (call.action == "voided") return status == 3 ? move_to(2) : wrong_state();
    if (call.action == "email") return {.status = 200, .body = ""};
    if (call.action != "convert") return {.status = 404, .body = ""};
    if (status == 4) return refuse(400, 2000, "The order is already invoiced.");
    if (status != 3 && switches_.is_default(Switch::convert_needs_shipped)) return wrong_state();
    Paper paper{Paper::Kind::order, orders_, order_fields, order_row_fields, 4};
    Reply reply = convert(paper, order, "CreatedFromOrderId", {});
    move_to(4);
    reply.status = 200;
    return reply;
}

/// date: of the invoice; null: today.
Reply Ledger::convert(Paper& from, Record& record, std::string_view origin, const Json& date) {
    Values values(invoice_fields.fields.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Field& field = invoice_fields.fields[i];
        const int source = from.fields.index(field.name);
        if (source >= 0 && field.name != "Id")
            values[i] = record.values[static_cast<std::size_t>(source)];
        else if (field.type == FieldType::list)
            values[i] = Json::array();
        else if (field.type == FieldType::boolean && !field.nullable)
            values[i] = Json{false};
        else if ((field.type == FieldType::number || field.type == FieldType::integer) && !field.nullable)
            values[i] = Json{0};
    }
    const auto put = [&](std::string_view field, Json value) { at(invoice_fields, values, field) = std::move(value); };
    const bool order = from.kind == Paper::Kind::order;
    put("CurrencyCode", from.table.value(record, order ? "CurrencyCode" : "InvoiceCurrencyCode"));
    put(origin, record.id);
    put("InvoiceNumber", next_invoice_++);
    put("InvoiceDate", date.is_string() ? date : date_value(today()));
    const Term* term = company_.term(from.table.value(record, "TermsOfPaymentId").string());
    put("DueDate", date_value(date_text(clock_.now() + (term ? term->days : 0) * 86'400)));
    put("CreatedUtc", utc_ms_text(clock_.now_ms()));
    put("ModifiedUtc", utc_ms_text(clock_.now_ms()));
    invoice_totals(values, record.totals);
    Record& invoice = invoices_.add(std::move(values));
    invoice.totals = record.totals;
    invoice.rows = record.rows;
    invoices_.render(invoice);
    if (!order) from.table.erase(record);
    return {.status = 201, .body = invoice.text};
}

Reply Ledger::pay(const Call& call, Record& invoice) {
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return refuse(400, 2000, "The body is not a JSON object.");
    Values values;
    if (const Problem problem = read(payment_fields, *body, "", values)) return refuse(problem);
    const auto get = [&](std::string_view field) -> const Json& { return at(payment_fields, values, field); };
    if (!company_.by_id(company_.bank_accounts, get("CompanyBankAccountId").string()))
        return refuse(missing("The bank account"));
    if (get("PaymentDate").is_string() && get("PaymentDate").string().substr(0, 10) > today())
        return refuse(400, 4023, "The payment date must not be in the future.");
    if (get("PaymentCurrency").string() != invoices_.value(invoice, "CurrencyCode").string())
        return refuse(field_problem("PaymentCurrency", "Invalid", "The payment currency is not the invoice currency."));
    const Cents amount = cents_of(get("PaymentAmount").decimal().value_or(0));
    const Cents open = cents_of(invoices_.value(invoice, "RemainingAmountInvoiceCurrency").decimal().value_or(0));
    if (amount <= 0 || amount > open)
        return refuse(field_problem("PaymentAmount", "Range", "The amount is more than what remains to be paid."));
    const int rate = Company::exchange_rate(get("PaymentCurrency").string());
    invoices_.set(invoice, "RemainingAmountInvoiceCurrency", Json{money(open - amount)});
    invoices_.set(invoice, "RemainingAmount",
                  Json{money(divide_rounded(static_cast<Wide>(open - amount) * rate, 100))});
    invoices_.set(invoice, "PaymentStatus", Json{open == amount ? 0 : 1});
    invoices_.set(invoice, "PaymentDate",
                  get("PaymentDate").is_string() ? date_value(get("PaymentDate").string()) : date_value(today()));
    invoices_.render(invoice);
    Json answer = Json::object();
    for (std::size_t i = 0; i < values.size(); ++i) answer.set(payment_fields.fields[i].name, values[i]);
    return {.status = 201, .body = answer.dump()};
}

}  // namespace brygga::sim
