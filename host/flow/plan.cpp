#include "flow/plan.h"

#include <fmt/format.h>

#include "flow/cents.h"

namespace brygga::flow {

namespace {

using entity::LineKind;

/// The lines of one rate: their amounts on the target's basis, and what planning downwards left over.
struct Group {
    Rate rate;
    std::vector<std::size_t> lines;
    std::vector<Cents> amounts;
    Cents left = 0;  ///< 0 or 1 cent for the rounding row
};

class Planner {
public:
    Planner(const Goal& goal, const TargetArithmetic& arithmetic) : goal_{goal}, target_{arithmetic} {}

    Expected<Plan> run() {
        if (auto why = unfit(); !why.empty()) return refused(why);
        group();
        std::vector<Cents> planned(goal_.lines.size());
        for (Group& g : groups_) {
            convert(g);
            for (std::size_t i = 0; i < g.lines.size(); ++i) planned[g.lines[i]] = g.amounts[i];
        }
        plan_.rows.reserve(goal_.lines.size() + 4);
        for (std::size_t i = 0; i < goal_.lines.size(); ++i) realise(i, planned[i]);
        close();
        plan_.goal = goal_.totals;
        plan_.expect = ledger_totals(plan_.rows, target_);
        if (auto why = differs(); !why.empty()) return refused(why);
        return std::move(plan_);
    }

private:
    Error refused(const std::string& why) const {
        return Error{ErrorClass::rejected, "totals.not_plannable",
                     fmt::format("Order {} cannot be written so that the target's calculation gives {}: {}.",
                                 goal_.number, goal_.totals.gross.text(2), why),
                     "Nothing was written. Enter this order by hand, or raise `tolerance`."};
    }

    std::string unfit() const {
        if (goal_.lines.empty()) return "it has no lines";
        if (target_.price_decimals < 2 || target_.price_decimals > 6)
            return fmt::format("the target keeps {} decimals of a price", target_.price_decimals);
        for (const GoalLine& line : goal_.lines) {
            if (!to_cents(line.amount) || !to_rate(line.rate)) return "an amount or a rate is out of range";
            if (line.amount.is_negative() && !target_.negative_rows)
                return fmt::format("the row {} of {} is negative, which the target does not take", line.sku,
                                   line.amount.text(2));
        }
        return {};
    }

    void group() {
        for (std::size_t i = 0; i < goal_.lines.size(); ++i) {
            const Rate rate = *to_rate(goal_.lines[i].rate);
            auto found = std::ranges::find(groups_, rate, &Group::rate);
            if (found == groups_.end()) found = groups_.insert(found, Group{rate, {}, {}, 0});
            found->lines.push_back(i);
            found->amounts.push_back(*to_cents(goal_.lines[i].amount));
        }
    }

    static Cents sum(const std::vector<Cents>& amounts) {
        return std::accumulate(amounts.begin(), amounts.end(), Cents{0});
    }

    /// From the goal's basis to the target's, so that the target's tax gives the goal's gross or a cent less.
    void convert(Group& g) {
        const Cents goal = sum(g.amounts);
        const bool by_row = target_.tax_rounding == TaxRounding::row;
        Cents total = goal;
        if (goal_.prices_include_tax && !target_.prices_include_tax) {
            total = by_row ? goal - tax_of_gross(goal, g.rate) : net_not_above(goal, g.rate);
            g.left = by_row ? 0 : goal - total - tax_of_net(total, g.rate);
        } else if (!goal_.prices_include_tax && target_.prices_include_tax) {
            total = goal + tax_of_net(goal, g.rate);
        }
        if (total != goal) g.amounts = allocate(total, g.amounts);
        if (by_row && g.rate != 0) settle_rows(g, goal_tax(g.rate));
    }

    static std::string rate_text(Rate rate) { return Decimal::scaled(rate, 9).text(); }

    Cents goal_tax(Rate rate) const {
        return to_cents(of_rate(goal_.totals, Decimal::scaled(rate, 9)).amount).value_or(0);
    }

    Cents row_tax(Cents amount, Rate rate) const {
        return target_.prices_include_tax ? tax_of_gross(amount, rate) : tax_of_net(amount, rate);
    }

    /// Tax rounded per row: moves a few cents between neighbours until the rows' taxes add up to the goal's; where
    /// that cannot be, one cent is left for the rounding row.
    void settle_rows(Group& g, Cents goal) {
        const auto change = [&](std::size_t i, Cents by) {
            return row_tax(g.amounts[i] + by, g.rate) - row_tax(g.amounts[i], g.rate);
        };
        const std::size_t count = g.amounts.size();
        Cents surplus = -goal;
        for (const Cents a : g.amounts) surplus += row_tax(a, g.rate);
        for (Cents cents = 1; cents <= 8 && count > 1; ++cents) {
            for (std::size_t from = 0; from < count && surplus != 0; ++from) {
                const std::size_t to = (from + 1) % count;
                if (g.amounts[from] < cents || g.amounts[to] <= 0) continue;
                const Cents delta = change(from, -cents) + change(to, cents);
                if (delta == 0 || (delta > 0) == (surplus > 0) || std::abs(delta) > std::abs(surplus)) continue;
                g.amounts[from] -= cents;
                g.amounts[to] += cents;
                surplus += delta;
            }
        }
        if (surplus < 0 && !target_.prices_include_tax) {
            g.left = -surplus;
        } else if (surplus != 0) {
            const Cents wanted = surplus > 0 ? -1 : 0;
            for (Cents& amount : g.amounts) {
                if (amount <= 0 || change(static_cast<std::size_t>(&amount - g.amounts.data()), -1) != wanted) continue;
                --amount;
                g.left = 1;
                break;
            }
        }
    }

    PlannedRow row(std::size_t line, const Decimal& quantity, const Decimal& price, const Decimal& amount) const {
        const GoalLine& source = goal_.lines[line];
        PlannedRow out;
        out.source_line = source.source_line;
        out.role = source.kind;
        out.sku = source.sku;
        out.templated = source.templated;
        out.text = source.text;
        out.quantity = quantity;
        out.unit_price = price;
        out.rate = source.rate;
        out.amount = amount;
        return out;
    }

    /// The line as rows whose amounts the target will calculate exactly.
    void realise(std::size_t line, Cents cents) {
        const Decimal& quantity = goal_.lines[line].quantity;
        const Decimal amount = from_cents(cents);
        const bool holds = quantity > Decimal{0} && quantity.places() <= target_.quantity_decimals;
        if (holds) {
            const auto count = quantity.units(0);
            const bool even = count && cents % *count == 0;
            const Decimal price = even ? from_cents(cents / *count) : (amount / quantity).round(target_.price_decimals);
            if (even || (price * quantity).round(2) == amount) {
                plan_.rows.push_back(row(line, quantity, price, amount));
                return;
            }
            if (count && cents > 0 && target_.tax_rounding == TaxRounding::document_rate) {
                split(line, *count, cents);
                return;
            }
        }
        PlannedRow whole = row(line, Decimal{1}, amount, amount);
        if (quantity != Decimal{1}) {
            const std::string& unit = goal_.lines[line].unit;
            whole.quantity_text = fmt::format("{}{}{} × ", quantity.text(), unit.empty() ? "" : " ", unit);
            whole.text = whole.quantity_text + whole.text;
        }
        plan_.rows.push_back(std::move(whole));
    }

    /// q - r at p and r at the next price.
    void split(std::size_t line, Cents count, Cents cents) {
        const Cents dearer = cents % count, cheaper = count - dearer, price = cents / count;
        const auto add = [&](Cents pieces, Cents each) {
            plan_.rows.push_back(row(line, Decimal{pieces}, from_cents(each), from_cents(pieces * each)));
        };
        add(cheaper, price);
        add(dearer, price + 1);
    }

    void close() {
        Cents cents = to_cents(goal_.rounding).value_or(0);
        std::string rates;
        for (const Group& g : groups_) {
            cents += g.left;
            if (g.left != 0) rates += fmt::format("{}{} %", rates.empty() ? "" : ", ", rate_text(g.rate));
        }
        plan_.notices = goal_.notices;
        if (cents == 0) return;
        PlannedRow out;
        out.role = LineKind::rounding;
        out.sku = goal_.rounding_sku;
        out.templated = true;
        out.text = goal_.rounding_sku;
        out.unit_price = out.amount = from_cents(cents);
        plan_.rows.push_back(std::move(out));
        plan_.rounding = from_cents(cents);
        plan_.notices.push_back(fmt::format(
            "Order {}: a rounding row of {} without VAT closes {}.", goal_.number, plan_.rounding.text(2),
            rates.empty() ? "the difference to the shop's total" : "what rows with VAT of " + rates + " cannot reach"));
    }

    /// What the ledger's own calculation of the rows gets wrong; empty when equal in the sense of the rules.
    std::string differs() const {
        if (plan_.expect.gross != goal_.totals.gross)
            return fmt::format("the nearest rows give {}", plan_.expect.gross.text(2));
        for (const Group& g : groups_) {
            const Decimal rate = Decimal::scaled(g.rate, 9);
            const entity::TaxAmount wanted = of_rate(goal_.totals, rate), given = of_rate(plan_.expect, rate);
            const Decimal allowed = from_cents(std::min<Cents>(g.left, 1));
            const Decimal extra = g.rate == 0 ? plan_.rounding : Decimal{};
            if ((wanted.amount - given.amount).abs() <= allowed && (wanted.base + extra - given.base).abs() <= allowed)
                continue;
            return fmt::format("at {} % the shop has {} net and {} VAT, the nearest rows give {} and {}", rate.text(),
                               wanted.base.text(2), wanted.amount.text(2), given.base.text(2), given.amount.text(2));
        }
        return {};
    }

    static entity::TaxAmount of_rate(const entity::Totals& totals, const Decimal& rate) {
        const auto found = std::ranges::find(totals.taxes, rate, &entity::TaxAmount::rate);
        return found == totals.taxes.end() ? entity::TaxAmount{rate, {}, {}} : *found;
    }

    const Goal& goal_;
    const TargetArithmetic& target_;
    std::vector<Group> groups_;
    Plan plan_;
};

}  // namespace

Expected<Plan> plan_rows(const Goal& goal, const TargetArithmetic& arithmetic) {
    try {
        return Planner{goal, arithmetic}.run();
    } catch (const DecimalOverflow&) {
        return Error{ErrorClass::rejected, "totals.out_of_range",
                     "Order " + goal.number + ": its amounts are too large to calculate with.",
                     "Correct the amounts in the shop."};
    }
}

}  // namespace brygga::flow
