// FieldRules: the mapping of one flow, compiled: which records it takes, which field of the target gets what, and when
// that is written (M2, M4 to M7). Made once when a configuration is checked; immutable, safe on any thread. Evaluation
// reads nothing but what it is given: preview, replay and tests agree.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "entity/category.h"
#include "entity/customer_record.h"
#include "entity/order.h"
#include "entity/product.h"
#include "mapping/program.h"
#include "schema/manifest.h"
#include "settings/load.h"

namespace brygga::flow {

/// One rule, ready to run.
struct FieldRule {
    std::string root, path;  ///< "customer", "address.city"
    std::string text;        ///< what stands in the file
    settings::Position at;
    settings::Write write = settings::Write::always;
    bool standard = false;  ///< of the default mapping
    schema::Field field{};  ///< of the target; a string without limits when it names no fields
    std::optional<mapping::Program> program{};
    Json constant{};  ///< when there is no program

    std::string name() const { return root + "." + path; }
};

/// Why a mapping ended before its end, or a record is not taken.
struct Ending {
    enum class Kind : std::uint8_t { skip, hold, error };
    Kind kind;
    std::string code;     ///< "order.not_accepted" and the same of other records, "mapping.skip", "mapping.hold",
                          ///< "mapping.error", "mapping.limit"
    std::string message;  ///< names the field and the place of its rule; no value of the record but what the rule says
    std::string remedy;
};

struct Mapped {
    Json customer = Json::object(), document = Json::object();  ///< fields, nested; what is missing or null is left out
    Json product = Json::object();                              ///< of a flow of products
    Json category = Json::object();                             ///< of a flow of categories
    std::vector<Json> lines{};                                  ///< fields by line of the source; empty without rules
    std::optional<Ending> ending{};                             ///< the fields so far stand

    Json& fields(std::string_view root) noexcept {
        if (root == "category") return category;
        return root == "customer" ? customer : root == "product" ? product : document;
    }
    const Json& fields(std::string_view root) const noexcept {
        if (root == "category") return category;
        return root == "customer" ? customer : root == "product" ? product : document;
    }
};

/// `run` in rules. Of a delivery, it began when its version came in.
struct RunFacts {
    std::string id;
    Instant started_at{};
};

/// What rules may read of one record. Made for one order, which must outlive it, product, category or customer; used on
/// one thread.
class Subject {
public:
    /// raw: the source's own document, JSON.
    Subject(const settings::Flow& flow, const entity::Order& order, std::string_view raw, std::string_view time_zone,
            const RunFacts& run = {});
    Subject(const settings::Flow& flow, const entity::Product& product, std::string_view raw,
            std::string_view time_zone, const RunFacts& run = {});
    Subject(const settings::Flow& flow, const entity::CustomerRecord& customer, std::string_view raw,
            std::string_view time_zone, const RunFacts& run = {});
    Subject(const settings::Flow& flow, const entity::Category& category, std::string_view raw,
            std::string_view time_zone, const RunFacts& run = {});

    /// The canonical document, with what is computed of it.
    const Json& record() const noexcept { return record_; }
    /// The record of the target that exists, as {id, number, kind, state, fields…}; null: there is none.
    void set_target(Json target) { target_ = std::move(target); }

private:
    friend class FieldRules;
    Subject(const settings::Flow& flow, const entity::Order* order, Json record, std::string_view raw,
            std::string_view time_zone, const RunFacts& run);

    const settings::Flow& settings_;
    const entity::Order* order_;  ///< null: the record is none
    std::string_view raw_;
    Json record_, source_, flow_, run_, target_{}, customer_{};
};

class FieldRules {
public:
    struct Compiled {
        std::shared_ptr<const FieldRules> rules;  ///< null when there are errors
        std::vector<settings::Problem> errors, warnings;
    };
    /// standard: the default mapping; its rules for fields that the target does not have are left out. Not asked when
    /// the flow's own is whole.
    static Compiled compile(const settings::Flow& flow, const settings::Mapping& standard,
                            const schema::Manifest& target);

    bool filters() const noexcept { return accept_.has_value(); }
    /// Nothing when the flow takes the record.
    std::optional<Ending> refuse(Subject& subject) const;
    Mapped map(Subject& subject) const;
    /// As map(), but what differs from run to run or with the target stands as its text: for the hash of a version.
    Mapped map_for_version(Subject& subject) const;
    /// The rules of one root that read `target`, once more.
    std::optional<Ending> map_again(Subject& subject, std::string_view root, Json& fields) const;

    /// Whether an assertion of a test holds; it may read customer and document as they were mapped; of a product or
    /// customer, as `mapped`, its fields.
    Expected<bool, mapping::Diagnostics> check(const settings::Expression& text, Subject& subject,
                                               const Mapped& mapped) const;

    const FieldRule* rule(std::string_view root, std::string_view path) const noexcept;
    const std::vector<FieldRule>& rules() const noexcept { return rules_; }
    /// Of everything that decides what records become: a new mark makes known records count as changed.
    const std::string& mark() const noexcept { return mark_; }

private:
    friend class RuleCompiler;
    enum Slot : std::size_t {
        slot_record,
        slot_source,
        slot_target,
        slot_flow,
        slot_run,
        slot_customer,
        slot_line,
        slot_index
    };

    Mapped map(Subject& subject, bool for_version) const;
    std::optional<Ending> apply(const FieldRule& rule, const mapping::Scope& scope, Json& into, bool for_version) const;
    /// What costs something to have, by the text of whoever reads it.
    struct Needs {
        bool raw = false, totals = false, customer = false;
        void add(std::string_view text) {
            customer |= text.find("customer") != std::string_view::npos;
            raw |= text.find("raw") != std::string_view::npos;
            totals |= text.find("totals") != std::string_view::npos;
        }
    };
    void fill(mapping::Scope& scope, Subject& subject, Needs needs) const;
    static bool varies(const FieldRule& rule);
    const std::string& entity() const noexcept { return record_.roots[slot_record].name; }
    bool of_orders() const noexcept { return entity() == "order"; }

    mapping::Environment record_, line_;
    mapping::Tables tables_;
    std::optional<mapping::Program> accept_;
    std::vector<FieldRule> rules_;  ///< customer first, then document, then line; or product, or category
    Needs needs_;
    std::string mark_;
};

}  // namespace brygga::flow
