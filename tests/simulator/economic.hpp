// The simulated e-conomic agreement: customers with contacts, products, quotes, orders, invoices and master data, with
// the vendor's validation, paging, filters, tokens, call cost and Idempotency-Key. Called from many connection threads;
// one lock guards all records. It never sends anything. What the vendor refuses, it refuses; what the vendor drops
// silently, it drops.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults.hpp"
#include "http_server.hpp"
#include "ledger_table.hpp"
#include "meter.hpp"
#include "query.hpp"
#include "switches.hpp"

namespace brygga::sim {

class Economic {
public:
    static constexpr std::string_view app_secret_token = "example-app-secret-token";
    static constexpr std::string_view agreement_grant_token = "example-agreement-grant-token";
    static constexpr int calls_per_minute = 10'000, call_cost = 3;

    Economic(const SimClock& clock, const Switches& switches, Meter& meter);

    /// The address that stands in links.
    void set_base(std::string base) {
        const std::lock_guard lock{mutex_};
        base_ = std::move(base);
    }
    /// Products and customers that the shop's known ones are.
    void seed(const std::vector<Product>& products, const std::vector<Buyer>& buyers);
    Reply serve(const Request& request);
    Reply fault_reply(const Fault& fault) const;

    struct Document {
        std::string id, number, kind, reference, currency, customer_number;
        const DocumentTotals* totals = nullptr;
    };
    void each_document(const std::function<void(const Document&)>& visit) const;
    void each_customer(
        const std::function<void(std::string_view email, bool company, std::string_view number)>& visit) const;
    Json dump() const;
    /// {"sku", "in_stock", "reserved", "incoming"}; false without the module or such a product.
    bool set_stock(const Json& change);
    /// As somebody makes or changes a product by hand: {"sku", "name", "price", "active", "text", "group"}.
    void set_article(const Json& change);
    /// As somebody makes or renames a group of products by hand: {"number", "name"}; false when refused.
    bool set_group(const Json& change);
    using Caller = std::function<void(std::string event, std::string address, std::string type, std::string body)>;
    /// Who carries the calls of webhooks; set once before the first request.
    void set_caller(Caller caller) { call_ = std::move(caller); }
    Json webhooks() const;
    /// As another program has it.
    void put_webhook(const Json& hook);
    /// As somebody books a draft invoice by hand; false when there is none.
    bool book_draft(std::string_view number);
    /// As somebody books the journal: its payments are those of their invoices.
    void book_journal();

private:
    struct Record {
        Json json;
        DocumentTotals totals;  ///< of documents
    };
    using Records = std::map<std::string, Record>;  ///< numbers with leading zeros, so that they sort

    struct List {
        std::string_view path, number;  ///< number: the member that is the key
        std::string_view filterable;    ///< names with a blank before and after each
        Records* records;
        bool text_key = false;
    };
    struct Problem {
        int status = 0;
        std::string code, message;
        Json errors;
        explicit operator bool() const { return status != 0; }
    };

    Reply refuse(int status, std::string_view code, std::string_view message, Json errors = {}) const;
    Reply refuse(const Problem& problem) const {
        return refuse(problem.status, problem.code, problem.message, problem.errors);
    }
    Reply with_headers(Reply reply) const;
    Reply route(const Request& request);
    Reply page(const Request& request, std::string_view path, std::string_view filterable,
               std::vector<const Json*> rows) const;
    Reply static_list(const Request& request, std::string_view path, const Json& rows) const;
    Reply records(const Request& request, const List& list, std::string_view key);
    Reply self() const;
    void lay_inventory();
    Reply sales_accounts(const Request& request, std::string_view group) const;
    Reply contacts(const Request& request, std::string_view customer);
    Reply journal(const Request& request, std::string_view rest);
    Reply book(const Json& body);
    std::vector<std::string_view> event_types() const;
    std::optional<Reply> wrong_webhook(const Json& body) const;
    Reply webhook_calls(const Request& request, std::string_view path);
    void tell(std::string_view event) const;

    Problem customer(const Json& body, std::optional<std::string> number, Json& out) const;
    Problem product(const Json& body, Json& out) const;
    Problem document(const List& list, const Json& body, const std::string& number, Record& out) const;
    bool has(const Json& list, std::string_view member, const Json& value) const;
    const Json* term(const Json& number) const;
    int rate_of(const Json& product, int zone) const;
    std::vector<List> lists();
    /// One more than the highest in any of them: numbers of deleted records are given again.
    std::string next_number(std::initializer_list<const Records*> all) const;
    std::string link(std::string_view path, std::string_view key) const;
    std::string now() const;
    std::string today() const;

    const SimClock& clock_;
    const Switches& switches_;
    Meter& meter_;
    std::string base_;
    mutable std::mutex mutex_;
    Json payment_terms_, layouts_, customer_groups_, units_, product_groups_, vat_zones_, vat_accounts_, currencies_,
        accounts_, years_;
    Records customers_, contacts_, entries_, products_, quote_drafts_, quotes_sent_, order_drafts_, orders_sent_,
        orders_archived_, invoice_drafts_, invoices_booked_;
    struct Kept {
        std::int64_t at = 0;
        Reply reply;
    };
    std::map<std::string, Json> webhooks_;  ///< by event type
    int webhook_versions_ = 0;
    Caller call_;
    std::map<std::string, Kept> answers_;  ///< by Idempotency-Key
};

}  // namespace brygga::sim
