#include "settings/read_flow.h"

#include <fmt/format.h>

#include "base/zone.h"
#include "settings/read_category.h"
#include "settings/read_customer.h"
#include "settings/read_order.h"
#include "settings/read_order_status.h"
#include "settings/read_product.h"
#include "settings/read_stock.h"

namespace brygga::settings {

namespace {

/// How often a flow looks for what no call of the vendor has told.
constexpr Milliseconds backstop{900'000};

void read_trigger(Reader& r, Flow& flow) {
    Reader t = r.section("trigger");
    if (t.has("every")) flow.trigger.every = t.duration("every", Milliseconds{300'000});
    flow.trigger.cron = t.text("cron");
    t.place(flow.places, "cron");
    flow.trigger.zone = t.text("zone");
    if (flow.trigger.cron.empty()) t.without_effect("zone", "only a trigger with 'cron' has a zone");
    flow.trigger.webhook = t.boolean("webhook", false);
    t.place(flow.places, "webhook");
    if (flow.trigger.webhook && !flow.trigger.every && flow.trigger.cron.empty()) flow.trigger.every = backstop;
    if (flow.trigger.every && !flow.trigger.cron.empty())
        t.file().error(t.node(), "a trigger has 'every' or 'cron', not both", "remove one");
    if (flow.trigger.every && *flow.trigger.every < Milliseconds{1000})
        t.file().error(t.find("every"), "'every' is shorter than a second", "write for example 5m");
    if (!flow.trigger.zone.empty() && !Zone::find(flow.trigger.zone))
        t.file().error(t.find("zone"), fmt::format("there is no time zone '{}'", flow.trigger.zone),
                       "write for example Europe/Stockholm");
    t.finish();
}

}  // namespace

Flow read_flow(Reader& r, const ReadText& read_text) {
    Flow f;
    f.places.whole = r.file().at(r.node());
    f.id = r.required("flow", "shop-orders");
    f.from = r.required("from", "shop-nl");
    f.to = r.required("to", "books-se");
    f.entity = r.one_of("entity", "order", {"order", "stock", "product", "category", "customer", "order_status"});
    read_trigger(r, f);
    for (const char* key : {"from", "to"}) r.place(f.places, key);
    Reader settings = r.section("settings");
    if (f.entity == "stock") {
        read_stock(settings, f.stock);
        settings.finish();
        r.not_yet({"accept", "mapping", "unset", "tables", "tests"});
        return f;
    }
    if (f.entity == "order_status") {
        read_order_status(settings, f.order_status);
        f.order.from_date = settings.date("from_date");
        settings.finish();
        for (const char* key : {"reference_prefix", "statuses"}) settings.place(f.places, key);
        r.not_yet({"accept", "mapping", "unset", "tables", "tests"});
        return f;
    }
    if (f.entity == "product") {
        read_product(settings, f.product);
        settings.finish();
        settings.place(f.places, "categories");
        read_mapping(r, f.entity, read_text, f.mapping);
        return f;
    }
    if (f.entity == "category") {
        read_category(settings, f.category);
        settings.finish();
        read_mapping(r, f.entity, read_text, f.mapping);
        return f;
    }
    if (f.entity == "customer") {
        read_customer(settings, f.customer, f.order);
        settings.finish();
        read_mapping(r, f.entity, read_text, f.mapping);
        return f;
    }
    read_order(settings, f.order);
    settings.finish();
    for (const char* key :
         {"watch", "reference_prefix", "default_product", "book", "register_payment", "on_refund", "on_cancel"})
        settings.place(f.places, key);
    Reader rows = settings.section("rows");
    for (const auto& [name, number] : f.order.rows) rows.place(f.places, name, "rows/" + name);
    read_mapping(r, f.entity, read_text, f.mapping);
    return f;
}

}  // namespace brygga::settings
