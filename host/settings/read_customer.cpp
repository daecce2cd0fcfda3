#include "settings/read_customer.h"

namespace brygga::settings {

void read_matching(Reader& r, Order& o) {
    const std::vector<std::string> keys{"email", "number", "vat_number", "organisation_number", "phone"};
    o.match = r.list("match", o.match, keys);
    o.company_match = r.list("company_match", o.company_match, keys);
    o.ambiguous = r.choice("ambiguous", o.ambiguous,
                           std::vector<std::pair<std::string, Choice>>{
                               {"hold", Choice::hold}, {"oldest", Choice::oldest}, {"newest", Choice::newest}});
    o.update_customer = r.boolean("update", true);
}

void read_customer(Reader& r, Customer& c, Order& o) {
    read_matching(r, o);
    c.create = r.one_of("missing", "create", {"create", "skip"}) == "create";
    c.full_every = r.hours("full_every", c.full_every);
    Reader target = r.section("target");
    o.payment_term = target.text("payment_term");
    o.customer_group = target.text("customer_group");
    target.finish();
    if (c.create) return;
    for (const char* key : {"payment_term", "customer_group"})
        target.without_effect(key, "with missing: skip no customer is made");
}

}  // namespace brygga::settings
