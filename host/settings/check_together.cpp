#include "settings/check_together.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "http/url.h"

namespace brygga::settings {

namespace {

/// The references of a flow of statuses are those of the flow of orders the other way.
void take_prefix(Flow& statuses, const std::vector<Flow>& flows, std::vector<Problem>& errors) {
    if (!statuses.order_status.reference_prefix.empty()) return;
    const Flow* orders = nullptr;
    for (const Flow& f : flows) {
        if (f.entity != "order" || f.from != statuses.to || f.to != statuses.from) continue;
        if (orders && orders->order.reference_prefix != f.order.reference_prefix)
            errors.push_back({statuses.places.whole,
                              fmt::format("flow '{}': the flows '{}' and '{}' have different reference prefixes",
                                          statuses.id, orders->id, f.id),
                              "say in its settings which reference_prefix this flow is for"});
        orders = &f;
    }
    if (orders) statuses.order_status.reference_prefix = orders->order.reference_prefix;
}

/// The flow of products between the same two the other way: neither sends back what it was sent.
void find_mirror(Flow& products, const std::vector<Flow>& flows) {
    products.product.mirror.clear();
    for (const Flow& f : flows)
        if (f.entity == "product" && f.from == products.to && f.to == products.from) products.product.mirror = f.id;
}

/// Products are linked to what a flow of categories beside theirs has made.
void take_categories(Flow& products, const std::vector<Flow>& flows, std::vector<Problem>& warnings) {
    const bool made = std::ranges::any_of(
        flows, [&](const Flow& f) { return f.entity == "category" && f.from == products.from && f.to == products.to; });
    if (made && !products.product.categories) products.product.categories = true;
    if (made || !products.product.categories.value_or(false)) return;
    warnings.push_back(
        {products.places.of("categories"),
         fmt::format("flow '{}' links products to categories, and no flow brings those from '{}' to '{}'", products.id,
                     products.from, products.to),
         "add a flow with entity: category, or remove categories"});
}

/// Whether a vendor can call about what the flow waits for: the address is secret, so it travels over TLS.
void check_address(const Flow& flow, const std::string& public_url, std::vector<Problem>& errors) {
    if (!flow.trigger.webhook) return;
    const auto url = http::parse_url(public_url);
    if (public_url.empty())
        errors.push_back({flow.places.of("webhook"),
                          fmt::format("flow '{}' waits for calls of '{}', but no public_url says where they reach "
                                      "this host",
                                      flow.id, flow.from),
                          "set public_url in brygga.yaml, or remove webhook"});
    else if (url && !url->tls && !http::is_loopback_name(url->host))
        errors.push_back(
            {flow.places.of("webhook"),
             fmt::format("flow '{}' waits for calls at a secret address, but public_url is without TLS", flow.id),
             "set public_url in brygga.yaml to an https address, or remove webhook"});
}

}  // namespace

void check_together(Loaded& loaded, bool all_connections) {
    Configuration& c = loaded.configuration;
    const auto bad_id = [&](const std::string& id, const Position& at) {
        const bool good = !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char ch) {
            return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_';
        });
        if (!good && !id.empty())
            loaded.errors.push_back({at, fmt::format("'{}' is no name", excerpt(id, 64)),
                                     "use small letters, digits, - and _, at most 64"});
    };
    const auto where = [](const Position& at) { return fmt::format("{}:{}", at.file, at.line); };
    std::map<std::string, Position> connections, flows;
    std::map<std::string, const Flow*> references;
    for (const Connection& k : c.connections) {
        if (k.id.empty()) continue;
        bad_id(k.id, k.places.whole);
        if (const auto [other, fresh] = connections.emplace(k.id, k.places.whole); !fresh)
            loaded.errors.push_back(
                {k.places.whole,
                 fmt::format("there are two connections '{}', the other in {}", k.id, where(other->second)),
                 "rename one"});
    }
    for (const Connection& k : c.connections)
        if (!k.time_zone.empty() && std::ranges::find(c.flows, k.id, &Flow::from) == c.flows.end())
            loaded.warnings.push_back({k.places.of("time_zone"),
                                       fmt::format("the time_zone of connection '{}' has no effect: a document has the "
                                                   "date of its source",
                                                   k.id),
                                       "set time_zone at the source connection"});
    std::vector<std::string> names;
    for (const auto& [name, at] : connections) names.push_back(name);
    for (Flow& f : c.flows) {
        bad_id(f.id, f.places.whole);
        if (const auto source = std::ranges::find(c.connections, f.from, &Connection::id);
            source != c.connections.end())
            f.time_zone = source->time_zone;
        const auto [same, fresh] = flows.emplace(f.id, f.places.whole);
        if (!fresh && !f.id.empty())
            loaded.errors.push_back(
                {f.places.whole, fmt::format("there are two flows '{}', the other in {}", f.id, where(same->second)),
                 "rename one"});
        for (const auto& [key, end] : {std::pair{"from", f.from}, std::pair{"to", f.to}}) {
            if (end.empty() || connections.contains(end) || !all_connections) continue;
            const auto near = nearest(end, names);
            loaded.errors.push_back(
                {f.places.of(key), fmt::format("flow '{}' names the connection '{}', which does not exist", f.id, end),
                 near ? fmt::format("did you mean '{}'?", *near) : "add it to connections.d"});
        }
        // Files are checked where nobody knows what the API brought.
        for (const auto& [key, end] : {std::pair{"from", f.from}, std::pair{"to", f.to}})
            if (const auto k = std::ranges::find(c.connections, end, &Connection::id);
                k != c.connections.end() && k->origin.api && !f.origin.api)
                loaded.errors.push_back(
                    {f.places.of(key),
                     fmt::format("flow '{}' of a file names the connection '{}', which came by the API", f.id, end),
                     "put the connection into connections.d, or give the flow to the API, too"});
        if (!f.from.empty() && f.from == f.to)
            loaded.errors.push_back({f.places.of("to"),
                                     fmt::format("flow '{}' reads from '{}' and writes into the same one", f.id, f.to),
                                     "name the connection of the books here"});
        check_address(f, c.host.public_url, loaded.errors);
        if (f.entity == "product") find_mirror(f, c.flows);
        if (f.entity == "order_status") take_prefix(f, c.flows, loaded.errors);
        if (f.entity == "product") take_categories(f, c.flows, loaded.warnings);
        if (f.to.empty() || !fresh || f.entity != "order") continue;
        const auto [like, alone] = references.emplace(f.to + '\n' + f.order.reference_prefix, &f);
        if (!alone)
            loaded.errors.push_back(
                {f.places.of("to"),
                 fmt::format("flow '{}' and flow '{}' ({}) write into '{}' with the same document reference", f.id,
                             like->second->id, where(like->second->places.whole), f.to),
                 "give one of them a reference_prefix in its settings"});
    }
}

}  // namespace brygga::settings
