#include "flow/credit.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "flow/cents.h"

namespace brygga::flow {

namespace {

using entity::LineKind;

constexpr LineKind line_kinds[] = {LineKind::product,  LineKind::shipping, LineKind::payment_fee, LineKind::extra_cost,
                                   LineKind::discount, LineKind::deposit,  LineKind::gift_card,   LineKind::rounding};

/// Too much for the arithmetic; caught where it is entered.
struct OutOfRange {};
Cents exact_cents(const Decimal& amount) {
    const auto value = to_cents(amount);
    if (!value) throw OutOfRange{};
    return *value;
}
Rate exact_rate(const Decimal& of) {
    const auto value = to_rate(of);
    if (!value) throw OutOfRange{};
    return *value;
}

class Refunder {
public:
    Refunder(const Billed& open, const Billed& wanted, const RowNumbers& rows)
        : open_{open}, wanted_{wanted}, rows_{rows} {}

    Refund run(const std::string& number) {
        if (std::string why = grown(); !why.empty()) return {.kind = Refund::Kind::more, .why = std::move(why)};
        const Cents gross = exact_cents(open_.gross) - exact_cents(wanted_.gross);
        if (gross == 0) return {};
        lay_rows();
        meet(gross);
        return {.kind = Refund::Kind::credit, .goal = goal(number, gross), .left = left()};
    }

private:
    /// An article, or a kind of charge, whatever its rate.
    using Key = std::pair<LineKind, std::string>;
    static Key key(const BilledLine& line) {
        return {line.kind, line.kind == LineKind::product ? line.sku : std::string{}};
    }
    struct Own {
        Decimal quantity, amount;
        std::string text;
    };
    static std::map<Key, Own> own(const Billed& billed) {
        std::map<Key, Own> out;
        for (const BilledLine& line : billed.lines) {
            Own& sum = out[key(line)];
            if (line.kind == LineKind::product) sum.quantity += line.quantity;
            sum.amount += line.own;
            if (sum.text.empty()) sum.text = line.text;
        }
        return out;
    }

    /// Where the order is more than was billed, for people; empty: nowhere.
    std::string grown() {
        if (open_.currency != wanted_.currency)
            return fmt::format("it is in {} now and was in {}", wanted_.currency, open_.currency);
        if (open_.prices_include_tax != wanted_.prices_include_tax)
            return "its prices are with tax and were without, or the other way";
        const auto before = own(open_), now = own(wanted_);
        for (const auto& [name, sum] : now) {
            const auto known = before.find(name);
            const Own was = known == before.end() ? Own{} : known->second;
            if (sum.quantity > was.quantity)
                return fmt::format("there are {} of {} now and {} were billed", sum.quantity.text(),
                                   excerpt(sum.text, 60), was.quantity.text());
            if (sum.amount > was.amount)
                return fmt::format("{} is {} now and {} was billed", excerpt(sum.text, 60), sum.amount.text(2),
                                   was.amount.text(2));
            if (sum.amount < was.amount || sum.quantity < was.quantity) reduced_.insert(name);
        }
        for (const auto& [name, sum] : before)
            if (!now.contains(name)) reduced_.insert(name);
        for (const auto& [rate, amount] : open_.by_rate) by_rate_[exact_rate(rate)] += exact_cents(amount);
        for (const auto& [rate, amount] : wanted_.by_rate) by_rate_[exact_rate(rate)] -= exact_cents(amount);
        for (const auto& [rate, amount] : by_rate_)
            if (amount < 0)
                return fmt::format("at {} % VAT it is {} more than was billed", percent(rate).text(),
                                   from_cents(-amount).text(2));
        if (wanted_.gross > open_.gross)
            return fmt::format("its total is {} more than was billed", (wanted_.gross - open_.gross).text(2));
        return {};
    }

    /// The lines of one article and rate, of both sides.
    struct Pair {
        const BilledLine* line;
        Decimal quantity, amount;  ///< billed and not wanted any more
    };
    std::vector<Pair> pairs() const {
        std::vector<Pair> out;
        const auto of = [&](const BilledLine& line) -> Pair& {
            for (Pair& p : out)
                if (p.line->sku == line.sku && p.line->rate == line.rate && p.line->kind == line.kind) return p;
            return out.emplace_back(Pair{&line, {}, {}});
        };
        for (const BilledLine& line : open_.lines) {
            Pair& pair = of(line);
            pair.quantity += line.quantity;
            pair.amount += line.amount;
        }
        for (const BilledLine& line : wanted_.lines) {
            Pair& pair = of(line);
            pair.quantity -= line.quantity;
            pair.amount -= line.amount;
        }
        return out;
    }

    struct Row {
        GoalLine line;
        Cents amount;
        Rate rate;
    };

    void lay_rows() {
        std::map<Rate, Cents> rest = by_rate_;
        for (const Pair& pair : pairs()) {
            const BilledLine& of = *pair.line;
            const Cents amount = exact_cents(pair.amount);
            if (amount <= 0 || !reduced_.contains(key(of))) continue;
            GoalLine line;
            line.kind = of.kind;
            line.sku = of.sku;
            line.templated = of.templated;
            line.text = of.text;
            line.unit = of.unit;
            if (of.kind == LineKind::product && pair.quantity > Decimal{0}) line.quantity = pair.quantity;
            const Rate rate = exact_rate(of.rate);
            rest[rate] -= amount;
            credit_.push_back({std::move(line), amount, rate});
        }
        for (const auto& [rate, amount] : rest) {
            if (amount > 0) {
                GoalLine line;
                line.kind = LineKind::discount;
                line.sku = with_rate(rows_.refund, percent(rate));
                line.templated = true;
                line.text = "Refund";
                credit_.push_back({std::move(line), amount, rate});
            } else if (amount < 0) {
                take(-amount, rate);  // a reduction of the whole order rests on fewer lines now
            }
        }
        std::erase_if(credit_, [](const Row& row) { return row.amount == 0; });
    }

    /// Off the largest rows first.
    void take(Cents amount, std::optional<Rate> rate) {
        while (amount > 0) {
            Row* largest = nullptr;
            for (Row& row : credit_)
                if ((!rate || row.rate == *rate) && (!largest || row.amount > largest->amount)) largest = &row;
            if (!largest || largest->amount == 0) return;
            const Cents part = std::min(amount, largest->amount);
            largest->amount -= part;
            amount -= part;
        }
    }

    static Cents gross_at(const Billed& billed, Rate rate) {
        const auto known = billed.by_rate.find(percent(rate));
        const Cents amount = known == billed.by_rate.end() ? 0 : exact_cents(known->second);
        return split({rate, amount}, billed.prices_include_tax).gross();
    }
    std::vector<RateSum> sums() const {
        std::vector<RateSum> out;
        for (const Row& row : credit_) sum_of(out, row.rate).amount += row.amount;
        std::ranges::sort(out, {}, &RateSum::rate);
        return out;
    }
    Cents total() const {
        Cents out = 0;
        for (const RateSum& s : sums()) out += split(s, open_.prices_include_tax).gross();
        return out;
    }

    /// Rows are planned downwards and closed by a positive one, as those of an invoice.
    void meet(Cents gross) {
        // Each rate gives what its own rounding is too much.
        for (const RateSum& s : sums()) {
            const Cents wanted = gross_at(open_, s.rate) - gross_at(wanted_, s.rate);
            const Cents excess = split(s, open_.prices_include_tax).gross() - wanted;
            if (excess > 0) take(std::min(excess, total() - gross), s.rate);
        }
        for (Cents excess = 0; (excess = total() - gross) > 0;) {
            const Cents before = total();
            take(open_.prices_include_tax ? excess : 1, std::nullopt);
            if (total() == before) break;
        }
        rounding_ = gross - total();
        if (rounding_ < 0) throw OutOfRange{};
        std::erase_if(credit_, [](const Row& row) { return row.amount == 0; });
    }

    Goal goal(const std::string& number, Cents gross) const {
        Goal out;
        out.number = number;
        out.prices_include_tax = open_.prices_include_tax;
        for (const Row& row : credit_) {
            GoalLine line = row.line;
            line.amount = from_cents(row.amount);
            line.rate = percent(row.rate);
            out.lines.push_back(std::move(line));
        }
        if (out.lines.empty()) {
            // Nothing but cents that rounding had added.
            GoalLine line;
            line.kind = LineKind::rounding;
            line.sku = line.text = rows_.rounding;
            line.templated = true;
            line.amount = from_cents(rounding_);
            out.lines.push_back(std::move(line));
            out.totals.taxes.push_back({Decimal{}, from_cents(rounding_), Decimal{}});
        } else {
            out.rounding = from_cents(rounding_);
        }
        Cents tax = 0;
        for (const RateSum& s : sums()) {
            const NetAndTax part = split(s, open_.prices_include_tax);
            tax += part.tax;
            out.totals.taxes.push_back({percent(s.rate), from_cents(part.net), from_cents(part.tax)});
        }
        out.totals.net = from_cents(gross - tax);
        out.totals.tax = from_cents(tax);
        out.totals.gross = from_cents(gross);
        out.rounding_sku = rows_.rounding;
        return out;
    }

    Billed left() const {
        Billed out = wanted_;
        out.by_rate = open_.by_rate;
        for (const Row& row : credit_) out.by_rate[percent(row.rate)] -= from_cents(row.amount);
        return out;
    }

    const Billed &open_, &wanted_;
    const RowNumbers& rows_;
    std::set<Key> reduced_;
    std::map<Rate, Cents> by_rate_;  ///< billed and not wanted any more
    std::vector<Row> credit_;
    Cents rounding_ = 0;
};

}  // namespace

Billed billed(const entity::Order& order, const Goal& goal) {
    Billed out;
    out.currency = order.currency;
    out.prices_include_tax = goal.prices_include_tax;
    out.gross = goal.totals.gross;
    std::set<std::size_t> told;
    for (const GoalLine& line : goal.lines) {
        const bool first = told.insert(line.source_line).second;  // of the parts of one line
        out.lines.push_back({line.sku, line.templated, line.kind, line.text, line.unit, line.quantity, line.amount,
                             line.rate, first ? order.lines[line.source_line].total : Decimal{}});
        out.by_rate[line.rate] += line.amount;
    }
    return out;
}

Billed nothing_billed(const Billed& before) {
    Billed out;
    out.currency = before.currency;
    out.prices_include_tax = before.prices_include_tax;
    return out;
}

Json to_json(const Billed& b) {
    Json lines = Json::array(), rates = Json::array();
    for (const BilledLine& line : b.lines)
        lines.push(Json::object({{"sku", line.sku},
                                 {"templated", line.templated},
                                 {"kind", entity::to_string(line.kind)},
                                 {"text", line.text},
                                 {"unit", line.unit},
                                 {"quantity", line.quantity},
                                 {"amount", line.amount},
                                 {"rate", line.rate},
                                 {"own", line.own}}));
    for (const auto& [rate, amount] : b.by_rate) rates.push(Json::object({{"rate", rate}, {"amount", amount}}));
    return Json::object({{"currency", b.currency},
                         {"prices_include_tax", b.prices_include_tax},
                         {"lines", std::move(lines)},
                         {"by_rate", std::move(rates)},
                         {"gross", b.gross}});
}

std::optional<Billed> parse_billed(const Json& document) {
    const auto gross = document["gross"].decimal();
    if (!gross) return std::nullopt;
    const auto number = [](const Json& value) { return value.decimal().value_or(Decimal{}); };
    Billed out;
    out.currency = document["currency"].string();
    out.prices_include_tax = document["prices_include_tax"].boolean();
    out.gross = *gross;
    for (const Json& line : document["lines"].items()) {
        const auto kind = std::ranges::find(line_kinds, line["kind"].string(), [](LineKind k) { return to_string(k); });
        if (kind == std::end(line_kinds)) return std::nullopt;
        out.lines.push_back({std::string{line["sku"].string()}, line["templated"].boolean(), *kind,
                             std::string{line["text"].string()}, std::string{line["unit"].string()},
                             number(line["quantity"]), number(line["amount"]), number(line["rate"]),
                             number(line["own"])});
    }
    for (const Json& sum : document["by_rate"].items()) out.by_rate[number(sum["rate"])] = number(sum["amount"]);
    return out;
}

Expected<Refund> refund(const std::string& number, const Billed& open, const Billed& wanted, const RowNumbers& rows) {
    const auto refused = [&] {
        return Error{ErrorClass::rejected, "totals.out_of_range",
                     "Order " + number + ": what is to be credited cannot be calculated.",
                     "Credit it in the books by hand, then cancel this delivery."};
    };
    try {
        return Refunder{open, wanted, rows}.run(number);
    } catch (const OutOfRange&) {
        return refused();
    } catch (const DecimalOverflow&) {
        return refused();
    }
}

}  // namespace brygga::flow
