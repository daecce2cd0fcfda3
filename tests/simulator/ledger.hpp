// The simulated eAccounting company: customers, articles, orders, invoice drafts, invoices and reference data,
// with the vendor's validation, VAT rules and rounding.
// Called from many connection threads; one lock guards all records.
// It never sends anything and never forgives: what the vendor would refuse, it refuses.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "faults.hpp"
#include "http_server.hpp"
#include "identity.hpp"
#include "ledger_table.hpp"
#include "meter.hpp"
#include "query.hpp"
#include "switches.hpp"

namespace brygga::sim {

struct Coding {
    std::string id, name, name_english;
    bool service = false;
    int rate = 0;
};

struct Term {
    std::string id, name, name_english;
    int days = 0, type = 0;
    std::string type_text;
};

/// Reference data of the company; immutable after construction.
struct Company {
    Company();

    std::vector<Coding> codings;
    std::vector<Term> terms;
    Json units, delivery_methods, delivery_terms, currencies, countries, bank_accounts, banks;

    const Coding* coding(std::string_view id) const;
    const Term* term(std::string_view id) const;
    const Json* by_id(const Json& list, std::string_view id) const;
    bool has_currency(std::string_view code) const;
    bool has_country(std::string_view code) const;
    static bool in_union(std::string_view country);
    /// Swedish kronor per unit, in hundredths.
    static int exchange_rate(std::string_view currency);
    /// OSS rate of that country for goods that carry `domestic` at home; 0 when there is none.
    static int oss_rate(std::string_view country, int domestic);
    static Json term_json(const Term& term);
};

class Ledger {
public:
    Ledger(std::string client_id, const Identity& identity, const SimClock& clock, const Switches& switches,
           Meter& meter);

    /// Articles of the known products, customers of the known buyers, articles for shipping, fees and rounding.
    void seed(const std::vector<Product>& products, const std::vector<Buyer>& buyers);
    Reply serve(const Request& request);
    Reply fault_reply(const Fault& fault) const;

    /// A document of the report: quotes, orders, drafts, and invoices that did not come from an order.
    struct Document {
        std::string id, number, kind, reference, currency, customer_number;
        const DocumentTotals* totals = nullptr;
        Json remaining;       ///< of an invoice: what is not paid
        bool credit = false;  ///< its totals are what it credits
    };
    void each_document(const std::function<void(const Document&)>& visit) const;
    void each_customer(
        const std::function<void(std::string_view email, bool person, std::string_view number)>& visit) const;
    void each_article(const std::function<void(std::string_view number)>& visit) const;
    Json dump() const;
    /// As somebody deletes a quote, an order or a draft by hand; false when there is none.
    bool delete_document(std::string_view id);
    /// {"reference", "status"}: of an order, 2 ongoing, 3 shipped, 4 invoiced; of a quote, 1 ongoing, 2 approved; false
    /// when there is none.
    bool advance(const Json& change);
    /// {"sku", "in_stock", "reserved"}; false when there is no such article.
    bool set_stock(const Json& change);
    /// As somebody makes a label by hand, or changes or removes the one with this "id": {"name", "description",
    /// "removed"}. Its id; null when refused.
    Json set_label(const Json& change);
    /// As somebody makes or changes an article by hand: {"sku", "name", "price", "active", "ean", "labels": [ids]};
    /// false when refused.
    bool set_article(const Json& change);
    /// As somebody adds a customer by hand: the vendor's fields, over those of a private person; false when refused.
    bool add_customer(const Json& fields);
    const Company& company() const { return company_; }

private:
    using Values = std::vector<Json>;
    struct Call;
    struct Paper;  // what differs between quotes, orders, drafts and invoices
    struct Problem {
        int status = 0;  ///< 0: none
        int code = 0;
        std::string message;
        Json errors;
        explicit operator bool() const { return status != 0; }
    };
    struct Resource;
    struct RowContext {
        const Json* customer_country = nullptr;
        Record* customer = nullptr;
        std::string delivery_country;
        bool third_party = false, construction = false, domestic = true;
    };

    Reply refuse(int status, int code, std::string_view message, Json errors = {}) const;
    Reply refuse(const Problem& problem) const {
        return refuse(problem.status, problem.code, problem.message, problem.errors);
    }
    Problem missing(std::string_view what) const;
    Problem field_problem(std::string_view field, std::string_view kind, std::string message) const;
    static const Resource* resource(std::string_view name);
    std::optional<Reply> admission(const Request& request, const Resource& resource, std::string_view path) const;
    Reply route(const Call& call);

    // Lists
    Reply list(const Call& call, Table& table);
    Reply static_list(const Call& call, const Json& items) const;
    bool filterable(std::string_view resource, std::string_view field) const;
    Problem select(const Call& call, const Schema& schema, std::vector<std::size_t>& fields) const;
    Problem sort(const Call& call, const Schema& schema, std::vector<Record*>& records) const;
    Problem page(const Call& call, std::size_t total, std::size_t& number, std::size_t& size) const;
    std::string meta(std::size_t page, std::size_t size, std::size_t total) const;

    // Validation
    Problem read(const Schema& schema, const Json& body, std::string_view where, Values& values) const;
    void check_field(const Field& field, const Json& value, const std::string& where, Json& errors) const;
    std::string text_error(const Field& field, std::string_view text) const;

    // Customers and articles
    Reply customers(const Call& call);
    Problem customer_rules(Values& values, const Record* existing);
    Problem customer_addresses(const Values& values) const;
    Reply articles(const Call& call);
    Problem article_rules(Values& values, const Record* existing);

    // Documents
    Reply documents(const Call& call, Paper& paper);
    Reply document_action(const Call& call, Paper& paper, Record& record);
    Problem document_values(Paper& paper, const Json& body, const Record* existing, Values& values,
                            DocumentTotals& totals, std::string& rows, bool person_override);
    Problem document_head(Paper& paper, Values& values, Record*& customer);
    Problem document_rows(Paper& paper, const Json& rows, const RowContext& context, std::string& out,
                          DocumentTotals& totals);
    Problem document_row(Paper& paper, Values& row, const RowContext& context, DocumentRow& total) const;
    Problem quote_head(Values& values, const Record& customer) const;
    void copy_addresses(Paper& paper, Values& values, const Record& customer) const;
    void quote_totals(Values& values, const DocumentTotals& totals) const;
    void order_totals(Values& values, const DocumentTotals& totals) const;
    /// Of the totals of a document: the schema does not say it of credit notes.
    Cents stated_sign(const Json& is_credit) const;
    void draft_totals(Values& values, const DocumentTotals& totals) const;
    void invoice_totals(Values& values, const DocumentTotals& totals) const;
    int row_rate(const Record& article, const RowContext& context) const;
    Reply order_action(const Call& call, Record& order);
    Reply convert(Paper& from, Record& record, std::string_view origin, const Json& date);
    Reply pay(const Call& call, Record& invoice);

    // Reference data
    Reply codings(const Call& call) const;
    Reply terms(const Call& call) const;
    Reply vat_codes(const Call& call) const;
    Reply company_settings(const Call& call) const;
    Reply reference(const Call& call, const Json& items) const;
    Json rate_json(int rate) const;
    std::string today() const { return date_text(clock_.now() + central_european_offset(clock_.now())); }
    Json date_value(std::string_view text) const;

    static Json& at(const Schema& schema, Values& values, std::string_view field) {
        return values[static_cast<std::size_t>(schema.index(field))];
    }
    static const Json& at(const Schema& schema, const Values& values, std::string_view field) {
        return values[static_cast<std::size_t>(schema.index(field))];
    }

    std::string client_id_;
    const Identity& identity_;
    const SimClock& clock_;
    const Switches& switches_;
    Meter& meter_;
    Company company_;
    mutable std::mutex mutex_;
    Table customers_, articles_, quotes_, orders_, drafts_, invoices_;
    Json labels_ = Json::array();
    std::uint64_t last_label_ = 0;
    std::int64_t next_customer_ = 1000, next_quote_ = 1, next_order_ = 1, next_invoice_ = 1, next_article_ = 5000;
};

}  // namespace brygga::sim
