#include "flow/goal_settings.h"

namespace brygga::flow {

GoalSettings goal_settings(const settings::Order& s) {
    GoalSettings g;
    g.fee_tax = s.fee_tax == "shipping" ? FeeTax::shipping : s.fee_tax == "highest" ? FeeTax::highest : FeeTax::fixed;
    g.fee_rate = Decimal::parse(s.fee_tax).value_or(Decimal{});
    g.proportional_shipping = s.shipping_tax == "proportional";
    g.tolerance = s.tolerance;
    const auto number = [&](const char* name, std::string& into) {
        if (const auto found = s.rows.find(name); found != s.rows.end()) into = found->second;
    };
    number("shipping", g.rows.shipping);
    number("payment_fee", g.rows.payment_fee);
    number("rounding", g.rows.rounding);
    number("gift_card", g.rows.gift_card);
    number("deposit", g.rows.deposit);
    number("refund", g.rows.refund);
    number("other", g.rows.other);
    return g;
}

TargetArithmetic target_arithmetic(const schema::Arithmetic& of, std::string_view kind, bool prices_include_tax) {
    TargetArithmetic out;
    out.prices_include_tax = prices_include_tax;
    out.price_decimals = of.price_decimals;
    out.quantity_decimals = of.quantity_places(kind);
    out.negative_rows = of.negative_rows;
    out.tax_rounding = of.tax_rounding == schema::TaxRounding::row ? TaxRounding::row : TaxRounding::document_rate;
    return out;
}

}  // namespace brygga::flow
