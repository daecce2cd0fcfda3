#include <fmt/format.h>

#include "flow/cents.h"
#include "flow/plan.h"

namespace brygga::flow {

namespace {

using entity::LineKind;
using entity::Order;
using entity::OrderLine;

/// A line that gives money back, to be spread over the others.
struct Discount {
    std::size_t source_line;
    Cents amount;  ///< positive
    std::optional<Rate> rate;
};

Error refused(std::string code, std::string message, std::string remedy) {
    return Error{ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)};
}

std::string money(Cents cents) { return from_cents(cents).text(2); }

std::string expand(const std::string& text, Rate rate, const std::string& oss_country) {
    std::string number = with_rate(text, percent(rate));
    if (rate != 0 && !oss_country.empty()) number.append("-").append(oss_country);
    return number;
}

class GoalMaker {
public:
    GoalMaker(const Order& order, const GoalSettings& settings) : order_{order}, settings_{settings} {}

    Expected<Goal> run() {
        if (auto error = read_lines()) return *error;
        spread_shipping();
        const std::size_t sold = lines_.size();
        for (const Discount& d : discounts_)
            if (auto error = settings_.discounts_as_rows ? add_rows(d, sold) : spread(d)) return *error;
        if (auto error = meet_stated_gross()) return *error;
        if (auto error = compare_stated_tax()) return *error;
        return finish();
    }

private:
    struct Line {
        std::size_t source_line;
        LineKind kind;
        Cents amount;
        Rate rate;
    };
    std::string name() const { return "Order " + order_.number; }
    std::string name(std::size_t line) const { return fmt::format("{}, line {}", name(), line + 1); }
    bool untaxed() const noexcept { return order_.reverse_charge || order_.platform; }

    std::optional<Error> read_lines() {
        if (order_.lines.empty())
            return refused("totals.not_plannable", name() + " has no lines, so there is nothing to enter.",
                           "Cancel it in the shop, or give it lines.");
        for (std::size_t i = 0; i < order_.lines.size(); ++i) {
            const OrderLine& line = order_.lines[i];
            const auto amount = to_cents(line.total);
            if (!amount || (line.rate && !to_rate(*line.rate)))
                return refused("totals.out_of_range", name(i) + ": the amount or the VAT rate is out of range.",
                               "Correct the line in the shop.");
            note_contradiction(i, line);
            if (line.kind == LineKind::gift_card && *amount < 0) {
                redeemed_ -= *amount;
            } else if (*amount < 0) {
                notices_.push_back(fmt::format("{}: the {} of {} is spread over the other rows.", name(i),
                                               to_string(line.kind), line.total.text(2)));
                discounts_.push_back({i, -*amount, line.rate ? to_rate(*line.rate) : std::nullopt});
            } else if (line.kind != LineKind::discount || *amount != 0) {
                lines_.push_back({i, line.kind, *amount, 0});
            }
        }
        return resolve_rates();
    }

    void note_contradiction(std::size_t i, const OrderLine& line) {
        const Decimal computed = line.quantity * line.unit_price - line.discount;
        if ((computed - line.total).abs() > Decimal::scaled(1, 2))
            notices_.push_back(fmt::format("{}: the shop's line total {} counts, not quantity x price - discount = {}.",
                                           name(i), line.total.text(2), computed.round(2).text(2)));
    }

    std::optional<Error> resolve_rates() {
        std::optional<Rate> shipping;
        Rate highest = 0;
        for (const Line& line : lines_) {
            const auto& rate = order_.lines[line.source_line].rate;
            if (!rate) continue;
            const Rate r = *to_rate(*rate);
            if (line.kind == LineKind::product) highest = std::max(highest, r);
            if (line.kind == LineKind::shipping && !shipping) shipping = r;
        }
        for (Line& line : lines_) {
            const auto& rate = order_.lines[line.source_line].rate;
            const bool fee = line.kind == LineKind::payment_fee || line.kind == LineKind::extra_cost;
            if (untaxed()) {
                line.rate = 0;
            } else if (rate) {
                line.rate = *to_rate(*rate);
            } else if (fee) {
                line.rate = settings_.fee_tax == FeeTax::fixed      ? to_rate(settings_.fee_rate).value_or(0)
                            : settings_.fee_tax == FeeTax::shipping ? shipping.value_or(highest)
                                                                    : highest;
            } else if (line.amount == 0) {
                line.rate = highest;
            } else if (line.kind != LineKind::gift_card && line.kind != LineKind::rounding) {
                return refused("totals.rate_missing",
                               fmt::format("{}: the shop states no VAT rate for this {} of {}.", name(line.source_line),
                                           to_string(line.kind), money(line.amount)),
                               "Set the VAT rate in the shop and save the order again.");
            }
        }
        return std::nullopt;
    }

    std::vector<RateSum> goods_by_rate() const {
        std::vector<RateSum> sums;
        for (const Line& line : lines_)
            if (line.kind == LineKind::product && line.amount > 0) sum_of(sums, line.rate).amount += line.amount;
        return sums;
    }

    static std::vector<Cents> weights(const std::vector<RateSum>& sums) {
        std::vector<Cents> out;
        for (const RateSum& s : sums) out.push_back(s.amount);
        return out;
    }

    void spread_shipping() {
        const std::vector<RateSum> goods = goods_by_rate();
        if (!settings_.proportional_shipping || goods.empty() || untaxed()) return;
        std::vector<Line> lines;
        for (const Line& line : lines_) {
            if (line.kind != LineKind::shipping || line.amount == 0) {
                lines.push_back(line);
                continue;
            }
            const std::vector<Cents> parts = allocate(line.amount, weights(goods));
            for (std::size_t i = 0; i < parts.size(); ++i)
                if (parts[i] != 0) lines.push_back({line.source_line, line.kind, parts[i], goods[i].rate});
        }
        lines_ = std::move(lines);
    }

    /// First the goods (of the discount's rate, if it has one), then everything else.
    std::optional<Error> spread(const Discount& d) {
        Cents left = d.amount;
        if (d.rate) left = take(left, [&](const Line& l) { return l.kind == LineKind::product && l.rate == *d.rate; });
        left = take(left, [](const Line& l) { return l.kind == LineKind::product; });
        left = take(left, [](const Line&) { return true; });
        if (left == 0) return std::nullopt;
        return refused("totals.discount_too_large",
                       fmt::format("{}: the reduction of {} is {} more than everything it could reduce.",
                                   name(d.source_line), money(d.amount), money(left)),
                       "Correct the discount in the shop, or enter this order by hand as a credit.");
    }

    /// Spreads over the rates first, so that each rate is right to the cent, then over the lines of each.
    template <class Pick>
    Cents take(Cents amount, Pick pick) {
        std::vector<RateSum> sums;
        for (const Line& line : lines_)
            if (line.amount > 0 && pick(line)) sum_of(sums, line.rate).amount += line.amount;
        Cents available = 0;
        for (const RateSum& s : sums) available += s.amount;
        const Cents taken = std::min(amount, available);
        if (taken == 0) return amount;
        const std::vector<Cents> by_rate = allocate(taken, weights(sums));
        for (std::size_t r = 0; r < sums.size(); ++r) {
            std::vector<Line*> members;
            std::vector<Cents> amounts;
            for (Line& line : lines_) {
                if (line.amount <= 0 || line.rate != sums[r].rate || !pick(line)) continue;
                members.push_back(&line);
                amounts.push_back(line.amount);
            }
            const std::vector<Cents> parts = allocate(by_rate[r], amounts);
            for (std::size_t i = 0; i < members.size(); ++i) members[i]->amount -= parts[i];
        }
        return amount - taken;
    }

    /// Rows of their own, one a rate, weighed by what was sold.
    std::optional<Error> add_rows(const Discount& d, std::size_t sold) {
        std::vector<RateSum> sums;
        if (d.rate)
            sums.push_back({*d.rate, 1});
        else
            sums = goods_by_rate();
        for (std::size_t i = 0; sums.empty() && i < sold; ++i)
            if (lines_[i].amount > 0) sums.push_back({lines_[i].rate, 1});
        if (sums.empty()) return spread(d);
        const std::vector<Cents> parts = allocate(d.amount, weights(sums));
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (parts[i] != 0) lines_.push_back({d.source_line, LineKind::discount, -parts[i], sums[i].rate});
        return std::nullopt;
    }

    std::vector<RateSum> by_rate() const {
        std::vector<RateSum> sums;
        for (const Line& line : lines_) sum_of(sums, line.rate).amount += line.amount;
        std::ranges::sort(sums, {}, &RateSum::rate);
        return sums;
    }

    NetAndTax total() const {
        NetAndTax out;
        for (const RateSum& s : by_rate()) {
            const NetAndTax part = split(s, order_.prices_include_tax);
            out.net += part.net;
            out.tax += part.tax;
        }
        return out;
    }

    Error contradiction(std::string_view what, Cents stated, Cents computed) const {
        return refused("totals.contradict",
                       fmt::format("{}: the shop states {} {}, but its lines add up to {} (difference {}).", name(),
                                   what, money(stated), money(computed), money(stated - computed)),
                       "Compare the order with its lines in the shop. Correct it there, or raise `tolerance` if the "
                       "difference is acceptable.");
    }

    std::optional<Error> meet_stated_gross() {
        if (!order_.stated_gross) return std::nullopt;
        const auto stated = to_cents(*order_.stated_gross);
        const auto tolerance = to_cents(settings_.tolerance);
        const Cents computed = total().gross() - redeemed_;
        if (!stated || !tolerance || std::abs(*stated - computed) > *tolerance)
            return contradiction("a total with tax of", stated.value_or(0), computed);
        // Rows are planned downwards and closed by a positive row, so a surplus comes off the largest line.
        for (Cents excess = 0; (excess = total().gross() - redeemed_ - *stated) > 0;) {
            const auto largest = std::ranges::max_element(lines_, {}, &Line::amount);
            if (largest == lines_.end()) return contradiction("a total with tax of", *stated, computed);
            const Cents part = order_.prices_include_tax ? excess : net_not_above(excess, largest->rate);
            largest->amount -= std::max<Cents>(part, 1);
            if (largest->amount < 0) return contradiction("a total with tax of", *stated, computed);
        }
        rounding_ = *stated - (total().gross() - redeemed_);
        if (*stated != computed)
            notices_.push_back(fmt::format("{}: stated total {}, lines {}; the difference is within the tolerance.",
                                           name(), money(*stated), money(computed)));
        return std::nullopt;
    }

    std::optional<Error> compare_stated_tax() {
        if (!order_.stated_tax) return std::nullopt;
        const auto stated = to_cents(*order_.stated_tax);
        const Cents computed = total().tax;
        Cents allowed = to_cents(settings_.tolerance).value_or(0);
        for (const RateSum& s : by_rate()) allowed += s.rate != 0;
        if (!stated || std::abs(*stated - computed) > allowed)
            return contradiction("VAT of", stated.value_or(0), computed);
        if (*stated != computed)
            notices_.push_back(fmt::format("{}: the shop states VAT of {}, its rows give {}; the rows count.", name(),
                                           money(*stated), money(computed)));
        return std::nullopt;
    }

    /// The row's own article number, or the one its kind stands for.
    void set_number(GoalLine& out, const OrderLine& line, Rate rate) const {
        const RowNumbers& rows = settings_.rows;
        out.templated = true;
        switch (out.kind) {
            case LineKind::product: {
                out.sku = line.sku.empty() ? line.ean : line.sku;
                out.templated = out.sku.empty();
                if (out.templated) out.sku = expand(rows.other, rate, settings_.oss_country);
                break;
            }
            case LineKind::shipping:
                out.sku = expand(rows.shipping, rate, settings_.oss_country);
                break;
            case LineKind::payment_fee:
            case LineKind::extra_cost:
                out.sku = expand(rows.payment_fee, rate, settings_.oss_country);
                break;
            case LineKind::discount: {
                const bool refund = line.kind != LineKind::discount;
                out.sku = expand(refund ? rows.refund : rows.discount, rate, settings_.oss_country);
                break;
            }
            case LineKind::deposit:
                out.sku = expand(rows.deposit, rate, settings_.oss_country);
                break;
            case LineKind::gift_card:
                out.sku = expand(rows.gift_card, rate, settings_.oss_country);
                break;
            case LineKind::rounding:
                out.sku = expand(rows.rounding, rate, settings_.oss_country);
                break;
        }
    }

    GoalLine goal_line(const Line& line) const {
        const OrderLine& source = order_.lines[line.source_line];
        GoalLine out;
        out.source_line = line.source_line;
        out.kind = line.kind;
        set_number(out, source, line.rate);
        out.text = source.name.empty() ? out.sku : source.name;
        if (!source.options.empty()) out.text.append(" (").append(source.options).append(")");
        out.unit = source.unit;
        if (line.kind == source.kind && line.kind != LineKind::shipping) out.quantity = source.quantity;
        out.amount = from_cents(line.amount);
        out.rate = percent(line.rate);
        return out;
    }

    Goal finish() {
        Goal goal;
        goal.number = order_.number;
        goal.prices_include_tax = order_.prices_include_tax;
        goal.lines.reserve(lines_.size());
        for (const Line& line : lines_) goal.lines.push_back(goal_line(line));
        for (const RateSum& s : by_rate()) {
            const NetAndTax part = split(s, order_.prices_include_tax);
            goal.totals.taxes.push_back({percent(s.rate), from_cents(part.net), from_cents(part.tax)});
        }
        const NetAndTax all = total();
        goal.totals.net = from_cents(all.net + rounding_);
        goal.totals.tax = from_cents(all.tax);
        goal.totals.gross = from_cents(all.gross() + rounding_);
        goal.rounding = from_cents(rounding_);
        goal.redeemed = from_cents(redeemed_);
        goal.rounding_sku = settings_.rows.rounding;
        if (redeemed_ != 0)
            notices_.push_back(fmt::format("{}: {} of it was paid with gift cards; book that as a payment.", name(),
                                           money(redeemed_)));
        goal.notices = std::move(notices_);
        return goal;
    }

    const Order& order_;
    const GoalSettings& settings_;
    std::vector<Line> lines_;
    std::vector<Discount> discounts_;
    std::vector<std::string> notices_;
    Cents redeemed_ = 0, rounding_ = 0;
};

}  // namespace

std::string with_rate(std::string number, const Decimal& rate) {
    constexpr std::string_view hole = "{rate}";
    const std::size_t at = number.find(hole);
    if (at != std::string::npos) number.replace(at, hole.size(), rate.text());
    return number;
}

Expected<Goal> order_goal(const Order& order, const GoalSettings& settings) {
    try {
        return GoalMaker{order, settings}.run();
    } catch (const DecimalOverflow&) {
        return refused("totals.out_of_range",
                       "Order " + order.number + ": its amounts are too large to calculate with.",
                       "Correct the amounts in the shop.");
    }
}

}  // namespace brygga::flow
