// Compares shop and ledger, independently of any connector: which orders arrived, exactly once, and equal to the cent.
// Reads both under their locks and holds nothing.
// It never trusts a stated total: shop figures come from the rows, ledger figures from the documents' rows.
#pragma once

#include "brygga/sdk/json.hpp"
#include "economic.hpp"
#include "ledger.hpp"
#include "meter.hpp"
#include "shop.hpp"
#include "switches.hpp"

namespace brygga::sim {

/// A bookkeeper could enter this order in the company as it is set up.
bool enterable(const ShopOrder& order, const Company& company, const Switches& switches);
/// To be delivered: completed, paid, not cancelled.
bool eligible(const ShopOrder& order);
/// The part of a document that is the 0 % rounding row.
Cents rounding_rows(const DocumentTotals& totals);
/// Gross to the cent; net and tax per rate to the cent, or within 0.01 where a rounding row explains it.
bool equal_to_the_cent(const ShopOrder& order, const DocumentTotals& totals);

/// Whose documents count. Of all, an order may have one in either of the books.
enum class Books : std::uint8_t { all, eaccounting, economic };

Json make_report(const Shop& shop, const Ledger& ledger, const Economic& economic, const Meter& meter,
                 const Switches& switches, Books books);

}  // namespace brygga::sim
