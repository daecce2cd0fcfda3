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
    number("other", g.rows.other);
    return g;
}

}  // namespace brygga::flow
