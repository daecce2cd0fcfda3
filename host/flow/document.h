// Document: an order's document on its way to the target: what each step has found out about it, and the form in which
// the connector takes it. Plain value of one delivery; it decides nothing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "flow/articles.h"
#include "flow/plan.h"
#include "flow/tax.h"
#include "store/store.h"

namespace brygga::flow {

struct Document {
    std::string kind, customer_kind;  ///< kind credit_draft: a credit note
    std::string contact{};            ///< the person of the company, where the target keeps such records
    std::optional<store::Binding> existing;
    TaxCase tax_case{};
    Goal goal;
    Plan plan;
    bool prices_include_tax = false;
    Json fields;
    std::vector<Json> line_fields;  ///< by line of the order; what rules give besides the text
    std::map<std::string, Article> articles;
    std::string step;

    BilledAs billed_as() const {
        return {tax_case, std::string{fields["zone"].text()},
                customer_kind == "company" ? entity::CustomerKind::company : entity::CustomerKind::person,
                prices_include_tax};
    }
    /// See deliver in brygga/plugin.h.
    Json json(const std::string& reference) const;
};

/// Totals as deliver takes them in "expect".
Json expect_json(const entity::Totals& totals);

}  // namespace brygga::flow
