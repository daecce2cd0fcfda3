// OrderPipeline: one order on its way into the books, step by step; each write is remembered with its result, so
// that a crash resumes at the step. accept -> existing document -> customer -> articles -> rows and totals ->
// document -> compare -> book -> payment; or, of an order that has become less than its invoice, a credit note. Nothing
// that does not agree to the cent is called delivered.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "base/zone.h"
#include "flow/articles.h"
#include "flow/booking.h"
#include "flow/conclusion.h"
#include "flow/contacts.h"
#include "flow/credit_notes.h"
#include "flow/customers.h"
#include "flow/existing_documents.h"
#include "flow/plan.h"
#include "flow/target.h"

namespace brygga {
class Log;
}

namespace brygga::flow {

struct Document;

class OrderPipeline final : public Pipeline {
public:
    OrderPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Connection& target,
                  connector::Catalog& catalog, store::Store& store, const Clock& clock, Log& log,
                  delivery::Policy policy, std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    Expected<void, Halt> run(Work& work, store::Outcome& outcome);
    Expected<void, Halt> prepare(Work& work);
    Expected<void, Halt> map(Work& work, const Zone& days);
    Expected<void, Halt> adopt(Work& work, ExistingDocuments::Found& found, store::Outcome& outcome);
    Expected<void, Halt> cancel(Work& work, const std::optional<ExistingDocuments::Found>& found,
                                store::Outcome& outcome);
    Expected<void, Halt> credit(Work& work, const store::Binding& invoice, store::Outcome& outcome);
    Expected<void, Halt> credit_instead(Work& work, const Halt& halt, store::Outcome& outcome);
    void skip(const Work& work, const store::Binding& binding, store::Outcome& outcome) const;
    Expected<void, Halt> known_currency(const Work& work) const;
    Expected<Document, Halt> draft(const Work& work, const std::optional<store::Binding>& existing) const;
    Expected<void, Halt> build(Work& work, Document& document, const store::IndexRow& customer);
    Expected<void, Halt> lay_rows(Work& work, Document& document, bool prices_include_tax);
    static bool is_first_half(const Work& work, const Document& document, const entity::Totals& answered,
                              bool prices_include_tax);
    Expected<Json, Halt> document_fields(Work& work, const Document& document, const store::IndexRow& customer);
    Expected<void, Halt> write_texts(Work& work, Document& document);
    Expected<Json, Halt> write_document(Work& work, Document& document);
    Expected<void, Halt> complete(Work& work, const store::Binding& document, store::Outcome& outcome, bool fresh);
    void tell(const Work& work, const store::Binding& document, store::Outcome& outcome) const;
    Expected<void, Halt> settle(Work& work, Document& document, const Json& answer, store::Outcome& outcome);
    Expected<Zone> days(const Work& work);
    Expected<bool> prices_include_tax(const Work& work, const std::string& customer_kind) const;
    void learn_prices(const Work& work, const std::string& customer_kind, bool include_tax);
    delivery::Look document_look(const Work& work) const;
    std::int64_t mapped_then(const Work& work, const std::string& step) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    store::Store& store_;
    const Clock& clock_;
    Conclusion conclusion_;
    delivery::Writer writer_;
    Target target_;
    Customers customers_;
    Contacts contacts_;
    Articles articles_;
    ExistingDocuments existing_;
    Booking booking_;
    CreditNotes credit_notes_;
    Instant created_at_;  ///< of the flow
    std::mutex zone_mutex_;
    std::optional<Zone> zone_;  ///< of the source, once a run has found it; a new one counts from the next start
};

}  // namespace brygga::flow
