// Target: what the steps of a pipeline share about the connection they write to, and how a step ends early.
// Owned by the pipeline; plain references, safe as long as the pipeline lives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/call.h"
#include "base/expected.h"
#include "connector/catalog.h"
#include "connector/connection.h"
#include "delivery/writer.h"
#include "entity/order.h"
#include "flow/goal_settings.h"
#include "flow/order_mapping.h"
#include "flow/tax.h"
#include "schema/capabilities.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// Why a pipeline stops before its end.
struct Halt {
    enum class Kind : std::uint8_t {
        failed,   ///< the error's class decides: retry, pause, dead letter
        held,     ///< a person has to decide; nothing wrong was written
        parked,   ///< somebody else is at work on the same thing; again in a moment
        skipped,  ///< by the mapping
    };
    Kind kind;
    Error error;
    std::string withdrawn_step{};             ///< this write certainly had no effect
    std::optional<store::Binding> binding{};  ///< what is known of the order's document from now on

    static Halt held(std::string code, std::string message, std::string remedy) {
        return {Kind::held, {ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)}};
    }
    static Halt held(Error error) { return {Kind::held, std::move(error)}; }
    static Halt failed(Error error, std::string withdrawn = {}) {
        return {Kind::failed, std::move(error), std::move(withdrawn)};
    }
};

struct Target {
    connector::Connection& connection;
    connector::Catalog& catalog;
    delivery::Writer& writer;
    store::Store& store;
    const Clock& clock;
};

enum class Among : std::uint8_t { documents, documents_and_quotes, credit_notes };

/// Whether orders may become quotes by this flow.
bool makes_quotes(const settings::Order& settings, const FieldRules& rules);

/// One delivery under way: an order, or a customer as the order that they have not placed yet.
struct Work {
    const CallContext& call;
    store::Delivery& delivery;
    const settings::Order& settings;
    const FieldRules& rules;
    std::shared_ptr<const schema::Capabilities> known{};
    entity::Order order{};
    std::optional<Subject> subject{};
    MappedOrder mapped{};
    bool quotes = makes_quotes(settings, rules);  ///< whether the order's document may be one
    std::string create_step = "document";         ///< another one when the document of an earlier step is gone
    std::string customer_step = "customer";       ///< the same of its customer
    bool wrote = false;                           ///< something other than the document
    std::string tax_country{};                    ///< by which the target charges: that of the customer in the books
    Json explain = Json::array();
    std::vector<std::string> notices{};

    const schema::Capabilities& caps() const { return *known; }
    /// Where the order's own document may be.
    Among among() const { return quotes ? Among::documents_and_quotes : Among::documents; }
    /// Records a decision (O13): what was chosen, and the rule that chose it.
    void decided(std::string_view decision, Json value, std::string_view rule, Json inputs = Json::object()) {
        explain.push(Json::object(
            {{"decision", decision}, {"value", std::move(value)}, {"rule", rule}, {"inputs", std::move(inputs)}}));
    }
    /// "Order 2026-0042", for messages.
    std::string name() const { return (delivery.type == "customer" ? "Customer " : "Order ") + delivery.source_number; }
};

/// State of a document that is in the books for good.
inline constexpr std::string_view booked_state = "booked";
/// The kind of a credit note that is not booked yet.
inline constexpr std::string_view credit_draft = "credit_note_draft";
/// Credit notes are no order's own document: each belongs to an invoice.
inline bool is_credit_note(std::string_view kind) { return kind.starts_with("credit_note"); }
/// The target's type of a document, for its index and look-ups: quotes are kept apart, so that nobody who writes none
/// pays for reading them.
inline std::string document_type(std::string_view kind) { return kind == "quote" ? "quote" : "document"; }
/// The documents with this reference.
Expected<std::vector<store::IndexRow>> look_up_documents(const Target& target, const CallContext& call,
                                                         std::string_view reference, std::optional<Instant> since,
                                                         Among among = Among::documents);

/// As settings say it, with the country of a sale under the one-stop shop.
GoalSettings goal_settings(const Work& work);

/// What a write leaves behind, stored before the next one begins.
Expected<void, Halt> keep(const Target& target, const Work& work, store::Outcome outcome);

/// One write of a step other than the last, finished in its own transaction: the step, the new index row, the
/// claim that guarded it.
Expected<store::IndexRow, Halt> write_indexed(Target& target, Work& work, const std::string& type,
                                              const delivery::Write& write, const std::string& claim);

/// A record of the target that a write names: its type and id.
using Named = std::pair<std::string, std::string>;

/// After a write that was refused because something that it names is gone: that leaves the index, and the next attempt
/// finds or makes another. Anything else that was refused is not_taken().
Halt refused(Target& target, const Work& work, Error error, const std::string& step, const std::vector<Named>& named);

/// How a delivery ends when the target did not take a write: held where only a person can tell what is right, else
/// the error's class decides.
Halt not_taken(const Work& work, Error error, const std::string& step);

/// What a name picks of the options of one kind: by id or label; without a name the default, else the only active one.
struct OptionChoice {
    std::vector<const Json*> matches;  ///< of the list that was given
    std::size_t active = 0;
    std::string labels;  ///< of the active ones, for people
};
OptionChoice options_named(const Json& options, std::string_view wanted);

/// The option that a setting or a rule names by id or label; without a name the target's default, else the only active
/// one. Held with the choices otherwise. Null when the target has no options of this kind. `where` a person says it.
Expected<Json, Halt> choose_option(Target& target, Work& work, const std::string& kind, const std::string& wanted,
                                   const std::string& where);
/// The same for a record of this name, such as "Article MUG".
Expected<Json, Halt> choose_option(const CallContext& call, connector::Catalog& catalog, const std::string& target,
                                   const std::string& name, const std::string& kind, const std::string& wanted,
                                   const std::string& where);

/// What the flow's own rules gave for option fields of one root becomes the option's id.
Expected<void, Halt> resolve_options(Target& target, Work& work, std::string_view root, Json& fields);

/// Option fields of a new record that the target requires and nothing has filled: what the settings name, else its
/// default, else the only one; held with the choices otherwise.
Expected<void, Halt> choose_required(Target& target, Work& work, std::string_view root, Json& fields);

/// Whether what the target charges follows a zone that each document names, and not its customer.
bool charges_by_zone(const schema::Capabilities& target);

/// For such a target: the zone that charges as the tax case says, unless a rule has named one.
Expected<void, Halt> choose_zone(Target& target, Work& work, std::string_view root, TaxCase tax_case, Json& fields);

/// How a delivery ends with its mapping.
Halt ended_early(const std::string& name, const Ending& ending);
inline Halt ended_early(const Work& work, const Ending& ending) { return ended_early(work.name(), ending); }

}  // namespace brygga::flow
