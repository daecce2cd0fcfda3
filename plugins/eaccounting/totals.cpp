#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "documents.h"

namespace brygga::eaccounting {
namespace {

/// The figures of an answer as they stand there.
struct Stated {
    Decimal tax, rounding;
    std::optional<Decimal> amount;
    std::optional<Decimal> rows;  ///< sum of the row amounts
    std::optional<std::map<Decimal, Decimal>>
        by_rate;  ///< percent to the sum of row amounts; only when every row has a rate
};

struct Reading {
    Decimal net, gross;  ///< without rounding
    Json taxes;          ///< null when they do not add up to the stated tax
};

/// The vendor's names; of an invoice the other totals are in the company's currency.
struct TotalNames {
    std::string_view amount, tax, rounding;
};
constexpr TotalNames names_of(DocumentKind kind) {
    switch (kind) {
        case DocumentKind::quote:
            return {"TotalAmount", "VatAmount", "RoundingsAmount"};
        case DocumentKind::order:
            return {"Amount", "VatAmount", "RoundingsAmount"};
        case DocumentKind::invoice_draft:
            return {"TotalAmount", "TotalVatAmount", "TotalRoundings"};
        case DocumentKind::invoice:
            break;
    }
    return {"TotalAmountInvoiceCurrency", "TotalVatAmountInvoiceCurrency", "TotalRoundings"};
}

std::optional<Stated> stated(DocumentKind kind, const Json& vendor) {
    const TotalNames names = names_of(kind);
    const auto tax = vendor[names.tax].decimal();
    if (!tax) return std::nullopt;
    Stated s;
    s.tax = *tax;
    s.amount = vendor[names.amount].decimal();
    s.rounding = vendor[names.rounding].decimal().value_or(Decimal{});
    if (!vendor["Rows"].is_array()) return s;
    s.rows = Decimal{};
    s.by_rate.emplace();
    for (const Json& row : vendor["Rows"].items()) {
        if (row["IsTextRow"].boolean()) continue;
        const auto amount = row["Amount"].decimal();
        if (!amount) {
            s.rows.reset();
            s.by_rate.reset();
            return s;
        }
        *s.rows += *amount;
        const auto rate = percent(row["VatRate"]).decimal();
        if (!rate)
            s.by_rate.reset();
        else if (s.by_rate)
            (*s.by_rate)[*rate] += *amount;
    }
    return s;
}

/// The figures of a credit note as what it credits. The vendor does not say which sign they have.
void make_positive(Stated& s) {
    if ((s.amount && s.amount->is_negative()) || (!s.amount && s.tax.is_negative())) s.rounding = -s.rounding;
    s.tax = s.tax.abs();
    if (s.amount) s.amount = s.amount->abs();
    if (!s.rows || !s.rows->is_negative()) return;
    s.rows = s.rows->abs();
    if (s.by_rate)
        for (auto& [rate, amount] : *s.by_rate) amount = -amount;
}

/// The rows read as without tax or as with it.
Reading read_rows(const Stated& s, bool with_tax) {
    Reading r;
    r.net = with_tax ? *s.rows - s.tax : *s.rows;
    r.gross = with_tax ? *s.rows : *s.rows + s.tax;
    if (!s.by_rate) return r;
    Json taxes = Json::array();
    Decimal sum;
    for (const auto& [rate, amount] : *s.by_rate) {
        const Decimal divisor = with_tax ? Decimal{100} + rate : Decimal{100};
        const Decimal tax = (amount * rate / divisor).round(2);
        sum += tax;
        taxes.push(Json::object({{"rate", rate}, {"base", with_tax ? amount - tax : amount}, {"amount", tax}}));
    }
    if (sum == s.tax) r.taxes = std::move(taxes);
    return r;
}

/// Whether the document's amount can be this reading's net or gross, before or after rounding.
bool agrees(DocumentKind kind, const Stated& s, const Reading& r) {
    if (!s.amount) return true;
    const auto is = [&](const Decimal& sum) { return *s.amount == sum || *s.amount == sum + s.rounding; };
    return is(r.gross) || (is_before_invoice(kind) && is(r.net));
}

Json document(const Stated& s, Reading r) {
    Json out = Json::object({{"net", r.net}, {"tax", s.tax}, {"gross", r.gross + s.rounding}});
    if (!r.taxes.is_null()) out.set("taxes", std::move(r.taxes));
    if (!s.rounding.is_zero()) out.set("rounding", s.rounding);
    return out;
}

Json derive(DocumentKind kind, const Json& vendor) {
    auto s = stated(kind, vendor);
    if (!s) return {};
    if (is_credit_note(vendor)) make_positive(*s);
    if (!s->rows) {
        // The amount of a draft or an invoice is known to be with tax and rounding; an order's or a quote's is not.
        if (is_before_invoice(kind) || !s->amount) return {};
        return document(*s, Reading{*s->amount - s->rounding - s->tax, *s->amount - s->rounding, {}});
    }
    const bool flag = vendor["IncludesVat"].boolean();
    std::vector<Reading> readings;
    for (const bool with_tax : {flag, !flag})
        if (Reading r = read_rows(*s, with_tax); agrees(kind, *s, r)) readings.push_back(std::move(r));
    if (readings.empty()) return {};
    const auto exact = std::ranges::find_if(readings, [](const Reading& r) { return !r.taxes.is_null(); });
    return document(*s, std::move(exact == readings.end() ? readings.front() : *exact));
}

}  // namespace

Json totals(DocumentKind kind, const Json& vendor) {
    try {
        return derive(kind, vendor);
    } catch (const DecimalOverflow&) {
        return {};
    }
}

}  // namespace brygga::eaccounting
