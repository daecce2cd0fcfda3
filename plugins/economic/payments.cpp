#include "payments.h"

#include <algorithm>
#include <utility>

#include "brygga/sdk/codes.hpp"
#include "documents.h"
#include "query.h"

namespace brygga::economic {
namespace {

Json number(std::string_view text) { return Json{Decimal::parse(text).value_or(Decimal{})}; }

Json payment_row(std::string_view invoice, const Json& amount) {
    return Json::object({{"id", invoice},
                         {"number", ""},
                         {"kind", "customer_payment"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object({{"document", invoice}})},
                         {"fields", Json::object({{"amount", amount}})},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

}  // namespace

Payments::Payments(const Api& api, const Failures& failures, const Json& config)
    : api_{api},
      failures_{failures},
      journal_{config["payment_journal"].text()},
      negative_{config["payment_amounts"].string() != "positive"} {}

Json Payments::create(sdk::Call& call, const Json& document, std::string_view key) {
    const Json& fields = document["fields"];
    const Attempt attempt{"enter a payment of the invoice " + std::string{fields["number"].text()}, "payment", true};
    const Attempt reading{attempt.what, attempt.root};
    const std::string_view invoice_number = number_in(booked_invoices, fields["document"].text());
    const auto invoice =
        invoice_number.empty()
            ? std::nullopt
            : api_.find(call, std::string{booked_invoices.path} + "/" + std::string{invoice_number}, reading);
    if (!invoice) throw failures_.own(code::document_gone, attempt);
    if (const Json row = entered(call, *invoice, reading); !row.is_null()) return row;
    const auto amount = fields["amount"].decimal().value_or(Decimal{});
    const Json payment =
        Json::object({{"amount", negative_ ? -amount : amount},
                      {"date", fields["date"]},
                      {"text", (*invoice)["references"]["other"].text()},
                      {"currency", Json::object({{"code", fields["currency"]}})},
                      {"customerInvoice", number(invoice_number)},
                      {"customer", Json::object({{"customerNumber", (*invoice)["customer"]["customerNumber"]}})},
                      {"contraAccount", Json::object({{"accountNumber", number(fields["account"].text())}})}});
    const Json body =
        Json::object({{"accountingYear", Json::object({{"year", year_of(call, fields["date"].string(), reading)}})},
                      {"journal", Json::object({{"journalNumber", number(journal_)}})},
                      {"entries", Json::object({{"customerPayments", Json::array({payment})}})}});
    (void)api_.write(call, "POST", "/journals/" + journal_ + "/vouchers", body, key, attempt);
    return payment_row(fields["document"].text(), fields["amount"]);
}

void Payments::find(sdk::Call& call, const Json& request, sdk::Page& page) const {
    const Attempt attempt{"look up the payments of an invoice", "payment"};
    for (const Json& key : request["keys"].items()) {
        if (key["by"].string() != "document") throw failures_.own("find.not_searchable", attempt);
        const std::string_view invoice_number = number_in(booked_invoices, key["value"].text());
        if (invoice_number.empty()) continue;
        const auto invoice =
            api_.find(call, std::string{booked_invoices.path} + "/" + std::string{invoice_number}, attempt);
        if (!invoice) continue;
        if (Json row = entered(call, *invoice, attempt); !row.is_null()) page.entity(row.set("n", key["n"]));
    }
}

/// A booked payment shows in what remains of the invoice, one that waits in the journal by the invoice's number. Null
/// for neither.
Json Payments::entered(sdk::Call& call, const Json& invoice, const Attempt& attempt) const {
    const std::string id = std::string{booked_invoices.prefix}.append(invoice[booked_invoices.number].text());
    const auto gross = invoice["grossAmount"].decimal(), open = invoice["remainder"].decimal();
    if (!gross || !open) throw failures_.own("answer.unreadable", attempt);
    if (*gross != *open) return payment_row(id, *gross - *open);
    const std::string filter = equals("text", invoice["references"]["other"].text());
    for (std::int64_t page = 0;; ++page) {
        call.throw_if_cancelled();
        const Records records = api_.page(call, "/journals/" + journal_ + "/entries", filter, {}, page, attempt);
        for (const Json& entry : records.rows)
            if (entry["customerInvoice"].text() == invoice[booked_invoices.number].text())
                return payment_row(id, Json{entry["amount"].decimal().value_or(Decimal{}).abs()});
        if (records.last) return {};
    }
}

std::string Payments::year_of(sdk::Call& call, std::string_view date, const Attempt& attempt) {
    const auto of_date = [&] {
        return std::ranges::find_if(years_, [&](const Json& year) {
            return year["fromDate"].string().substr(0, 10) <= date && date <= year["toDate"].string().substr(0, 10);
        });
    };
    auto found = of_date();
    if (found == years_.end()) {
        years_ = api_.all(call, "/accounting-years", attempt);
        found = of_date();
    }
    if (found == years_.end() || (*found)["closed"].boolean()) throw failures_.own("payment.year", attempt);
    return std::string{(*found)["year"].text()};
}

}  // namespace brygga::economic
