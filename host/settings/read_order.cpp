#include "settings/read_order.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "settings/read_customer.h"

namespace brygga::settings {

namespace {

void read_buyer(Reader& r, Order& o) {
    Reader c = r.section("customer");
    read_matching(c, o);
    Reader d = c.section("default");
    o.default_mode = d.choice("mode", o.default_mode,
                              std::vector<std::pair<std::string, Choice>>{
                                  {"off", Choice::off}, {"fallback", Choice::fallback}, {"force", Choice::force}});
    o.default_customer = d.text("id");
    if (o.default_mode != Choice::off && o.default_customer.empty())
        d.file().error(d.node(), "a default customer needs its number", "add for example id: \"10001\"");
    d.finish();
    if (c.has("missing_email"))
        o.missing_email =
            c.choice("missing_email", Choice::create,
                     std::vector<std::pair<std::string, Choice>>{
                         {"create", Choice::create}, {"default", Choice::default_}, {"hold", Choice::hold}});
    const bool to_default = o.missing_email == Choice::default_;
    if (to_default && o.default_customer.empty())
        c.file().error(c.find("missing_email"), "missing_email: default needs a default customer",
                       "add for example default: { mode: fallback, id: \"10001\" }");
    if (o.default_mode == Choice::off && !to_default)
        d.without_effect("id", "the mode is off, so nobody becomes the default customer");
    c.finish();
}

std::vector<TaxRule> read_tax(Reader& r) {
    constexpr std::size_t most = 200;
    std::vector<TaxRule> rules;
    const YAML::Node list = r.find("tax");
    if (!list.IsDefined() || list.IsNull()) return rules;
    if (!list.IsSequence() || list.size() > most) {
        r.file().error(list, fmt::format("'tax' must be a list of at most {} rules", most),
                       "write for example tax: [ { country: DE, rate: 7, use: Varor 12 } ]");
        return rules;
    }
    for (const auto& node : list) {
        Reader each{r.file(), node, "tax rule"};
        TaxRule rule;
        rule.country = each.text("country");
        const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
        if (!rule.country.empty() && (rule.country.size() != 2 || !std::ranges::all_of(rule.country, is_capital)))
            each.file().error(each.find("country"), "'country' must be two capital letters", "write for example DE");
        rule.customer = each.one_of("customer", "", {"person", "company"});
        rule.tax_case =
            each.one_of("case", "", {"domestic", "eu_consumer", "oss", "reverse_charge", "export", "platform"});
        rule.goods = each.one_of("goods", "", {"goods", "service"});
        if (each.has("rate")) rule.rate = each.decimal("rate", Decimal{}, Decimal{0}, Decimal{100});
        rule.use = each.required("use", "Varor 25");
        each.finish();
        rules.push_back(std::move(rule));
    }
    return rules;
}

/// For messages; what is written when nothing is said is mostly an order.
std::string_view a_document(const std::string& kind) { return kind == "quote" ? "a quote" : "an order"; }

/// What becomes of the document; before section target, which it reads from.
void read_booking(Reader& r, Reader& target, Order& o) {
    o.book = r.boolean("book", false);
    if (o.book && !o.document.empty() && o.document != "invoice_draft")
        r.file().error(r.find("book"), fmt::format("{} of the books is not booked", a_document(o.document)),
                       "write document: invoice_draft");
    if (o.book) o.document = "invoice_draft";
    for (const auto& [key, choice] : {std::pair{"on_refund", o.on_refund}, std::pair{"on_cancel", o.on_cancel}}) {
        if (choice != Choice::credit) continue;
        if (o.document != "invoice_draft")
            r.file().error(r.find(key),
                           fmt::format("{} of the books is not credited, its invoice is", a_document(o.document)),
                           "write book: true, or document: invoice_draft if people book");
        if (o.existing == Choice::skip)
            r.file().error(r.find(key), "existing: skip leaves an order alone that is in the books",
                           "remove one of them");
    }
    o.register_payment = r.boolean("register_payment", false);
    if (o.register_payment && !o.book)
        r.file().error(r.find("register_payment"), "a payment needs a booked invoice", "add book: true");
    o.payment_accounts = r.texts("payment_accounts");
    o.bank_account = target.text("bank_account");
    if (o.register_payment) return;
    r.without_effect("payment_accounts", "only register_payment: true uses it");
    target.without_effect("bank_account", "only register_payment: true uses it");
}

}  // namespace

void read_order(Reader& r, Order& o) {
    o.document = r.one_of("document", "", {"quote", "order", "invoice_draft"});
    o.statuses = r.list("statuses", {},
                        {"new", "processing", "awaiting_payment", "backorder", "reserved", "ready", "shipped",
                         "delivered", "completed"});
    o.payment = r.one_of("payment", o.payment, {"paid", "authorised", "any"});
    o.from_date = r.date("from_date");
    o.max_per_run = r.integer("max_per_run", o.max_per_run, 1, 1'000'000);
    o.existing = r.choice("existing", o.existing,
                          std::vector<std::pair<std::string, Choice>>{
                              {"skip", Choice::skip}, {"update_draft", Choice::update_draft}, {"hold", Choice::hold}});
    o.on_cancel =
        r.choice("on_cancel", o.on_cancel,
                 std::vector<std::pair<std::string, Choice>>{
                     {"hold", Choice::hold}, {"cancel_draft", Choice::cancel_draft}, {"credit", Choice::credit}});
    o.on_refund =
        r.choice("on_refund", o.on_refund,
                 std::vector<std::pair<std::string, Choice>>{{"hold", Choice::hold}, {"credit", Choice::credit}});
    if (r.has("watch")) {
        constexpr std::chrono::hours day{24};
        const Milliseconds watch = r.duration("watch", 2 * day);
        if (watch >= 2 * day && watch <= 366 * day)
            o.watch = watch;
        else
            r.file().error(r.find("watch"), "'watch' must be from 2d to 366d", "write for example 30d");
    }
    o.reference_prefix = r.text("reference_prefix");
    read_buyer(r, o);
    o.missing_product = r.choice("missing_product", o.missing_product,
                                 std::vector<std::pair<std::string, Choice>>{{"create", Choice::create},
                                                                             {"default", Choice::default_},
                                                                             {"text", Choice::text},
                                                                             {"hold", Choice::hold},
                                                                             {"fail", Choice::fail}});
    o.default_product = r.text("default_product");
    if (o.missing_product == Choice::default_ && o.default_product.empty())
        r.file().error(r.node(), "missing_product: default needs default_product", "add default_product: SKU");
    if (o.missing_product != Choice::default_)
        r.without_effect("default_product", "only missing_product: default uses it");
    Reader rows = r.section("rows");
    for (const char* name : {"shipping", "payment_fee", "rounding", "gift_card", "deposit", "other"})
        if (std::string sku = rows.text(name); !sku.empty()) o.rows[name] = std::move(sku);
    (void)rows.text("discount");
    rows.without_effect("discount", "the ledger takes no negative rows, so reductions are spread over the goods");
    if (std::string sku = rows.text("refund"); !sku.empty()) o.rows["refund"] = std::move(sku);
    if (o.on_refund != Choice::credit) rows.without_effect("refund", "only on_refund: credit uses it");
    rows.finish();
    o.fee_tax = r.text("fee_tax", o.fee_tax);
    const auto fee_rate = Decimal::parse(o.fee_tax);
    if (o.fee_tax != "shipping" && o.fee_tax != "highest" &&
        !(fee_rate && !fee_rate->is_negative() && *fee_rate <= Decimal{100}))
        r.file().error(r.find("fee_tax"), fmt::format("'{}' is no value for 'fee_tax'", excerpt(o.fee_tax, 40)),
                       "possible: shipping, highest, or a rate like 25");
    o.tax = read_tax(r);
    o.shipping_tax = r.one_of("shipping_tax", o.shipping_tax, {"own", "proportional"});
    o.tolerance = r.decimal("tolerance", o.tolerance, Decimal{0}, Decimal{100});
    Reader target = r.section("target");
    o.payment_term = target.text("payment_term");
    o.delivery_method = target.text("delivery_method");
    o.unit = target.text("unit");
    o.layout = target.text("layout");
    o.customer_group = target.text("customer_group");
    o.product_groups = target.list("product_group", {}, {});
    read_booking(r, target, o);
    target.not_yet({"zone", "status", "send_by", "journal"});
    target.finish();
    for (const auto& [key, value] : {std::pair{"discounts", "spread"}, std::pair{"summary", "none"}})
        r.only(key, value);
    r.not_yet({"reference", "delivery_methods", "status_back"});
}

}  // namespace brygga::settings
