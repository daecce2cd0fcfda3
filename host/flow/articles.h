// Articles: which article of the target each row is billed with (O7, O8): found in the index by number or EAN,
// created or replaced by policy, and checked: its tax treatment must give the rate that the shop charged (O10).
// Used by the order pipeline; every decision goes into the explain.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/plan.h"
#include "flow/target.h"
#include "flow/tax.h"

namespace brygga::flow {

struct Article {
    std::string id, sku;  ///< sku as the target writes it
};

/// What decides the tax of a document's rows beside their articles.
struct BilledAs {
    TaxCase tax_case{};
    std::string zone{};  ///< of the document; empty where the target charges by its customer
    entity::CustomerKind customer = entity::CustomerKind::person;
    bool prices_include_tax = false;
};

class Articles {
public:
    explicit Articles(Target& target) : target_{target} {}

    /// One article for each sku of the rows. A row that policy turns into a text row changes its kind, one that
    /// goes to the default article its sku.
    Expected<std::map<std::string, Article>, Halt> resolve(Work& work, std::vector<PlannedRow>& rows,
                                                           const BilledAs& as);

private:
    Expected<std::optional<store::IndexRow>, Halt> find(Work& work, const std::string& sku, const std::string& ean,
                                                        bool refresh);
    Expected<std::optional<store::IndexRow>, Halt> missing(Work& work, PlannedRow& row, const BilledAs& as);
    Expected<store::IndexRow, Halt> create(Work& work, const PlannedRow& row, const BilledAs& as);
    Expected<store::IndexRow, Halt> take_existing(Work& work, const std::string& sku, const Halt& refusal,
                                                  const std::string& claim);
    Expected<std::string, Halt> unit_for(Work& work, const PlannedRow& row);
    Expected<void, Halt> check_treatment(Work& work, const PlannedRow& row, const store::IndexRow& article,
                                         const BilledAs& as);

    Expected<void, Halt> check_oss(Work& work, const PlannedRow& row, const store::IndexRow& article,
                                   const Json& treatments, const Json& treatment, const BilledAs& as);

    Target& target_;
};

}  // namespace brygga::flow
