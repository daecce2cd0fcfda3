#include "app/check.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/key_file.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "flow/product_terms.h"
#include "flow/target.h"
#include "http/url.h"
#include "scheduler/cron.h"
#include "schema/capabilities.h"
#include "schema/config.h"
#include "settings/standard_mapping.h"

namespace brygga::app {

namespace {

/// http:// is for this computer only; a name that merely begins like its own is another's.
bool is_plain_and_remote(std::string_view address) {
    const auto url = http::parse_url(address);
    return url && !url->tls && !http::is_loopback_name(url->host);
}

void check_secrets(const settings::Connection& c, const schema::Manifest& manifest,
                   std::vector<settings::Problem>& errors) {
    std::vector<std::string> known;
    for (const auto& secret : manifest.secrets)
        if (!secret.made_by_host) known.push_back(secret.name);
    std::set<std::string> meant;
    for (const auto& [name, value] : c.secrets) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto near = nearest(name, known);
        if (near) meant.insert(*near);
        errors.push_back({c.places.of("secrets/" + name),
                          fmt::format("connection '{}' has an unknown secret '{}'", c.id, name),
                          near ? fmt::format("did you mean '{}'?", *near)
                               : fmt::format("those of {}: {}", c.connector, fmt::join(known, ", "))});
    }
    for (const auto& secret : manifest.secrets) {
        if (secret.made_by_host || meant.contains(secret.name)) continue;
        const auto given = c.secrets.find(secret.name);
        const settings::Position at = c.places.of("secrets/" + secret.name);
        const bool told = std::ranges::any_of(
            errors, [&](const settings::Problem& e) { return e.at.file == at.file && e.at.line == at.line; });
        if (given == c.secrets.end() && secret.required)
            errors.push_back({at,
                              fmt::format("connection '{}' has no secret '{}' ({})", c.id, secret.name, secret.title),
                              fmt::format("add secrets: {{ {}: {{ env: NAME }} }}", secret.name)});
        else if (given != c.secrets.end() && given->second.empty() && secret.required && !told)
            errors.push_back({at, fmt::format("connection '{}': the secret '{}' is empty", c.id, secret.name),
                              fmt::format("write {}: {{ env: NAME }} or {{ file: path }}", secret.name)});
    }
}

void check_connection(const settings::Connection& c, const schema::Manifest& manifest, Checked& out) {
    if (c.config_read)
        for (const auto& finding : schema::check_config(manifest, c.config))
            out.errors.push_back({c.places.of("config" + finding.pointer),
                                  fmt::format("connection '{}', config{}: {}", c.id, finding.pointer, finding.reason),
                                  finding.reason.ends_with('?')
                                      ? ""
                                      : fmt::format("brygga plugin describe shows the keys of {}", c.connector)});
    for (const auto& member : c.config.members())
        if (is_plain_and_remote(member.value.string()))
            out.errors.push_back(
                {c.places.of("config/" + std::string{member.name}),
                 fmt::format("connection '{}', config/{}: http:// is for this computer only", c.id, member.name),
                 "write https://"});
    if (c.secrets_read) check_secrets(c, manifest, out.errors);
    const auto* documents = manifest.operations("document");
    if (c.settle && documents && *c.settle < documents->settle)
        out.warnings.push_back(
            {c.places.of("settle"),
             fmt::format("connection '{}': settle is shorter than the {} s of {}, so that a write may be repeated that "
                         "only took long to show",
                         c.id, documents->settle.count() / 1000, manifest.name),
             "remove it"});
}

/// How long open orders are read again is the source's work: a flow's `watch` is its connection's `watch_days`.
void apply_watch(const settings::Flow& flow, settings::Connection& source, const schema::Manifest& manifest,
                 std::vector<settings::Problem>& errors) {
    constexpr std::chrono::hours day{24};
    if (!manifest.config_schema["properties"].has("watch_days")) {
        errors.push_back({flow.places.of("watch"),
                          fmt::format("flow '{}': the connector {} of '{}' cannot be told how long to watch orders",
                                      flow.id, manifest.id, source.id),
                          "remove watch"});
        return;
    }
    const Json days{static_cast<std::int64_t>((*flow.order.watch + day - settings::Milliseconds{1}) / day)};
    const Json& set = source.config["watch_days"];
    if (!set.is_null() && !(set == days))
        errors.push_back({flow.places.of("watch"),
                          fmt::format("flow '{}' watches orders for {} days, but '{}' is set to {} days", flow.id,
                                      days.text(), source.id, set.text()),
                          "say it once: settings.watch of the flow, or watch_days of the connection"});
    source.config.set("watch_days", days);
}

void check_trigger(const settings::Flow& flow, std::vector<settings::Problem>& errors) {
    if (!flow.trigger.cron.empty() && !scheduler::Cron::parse(flow.trigger.cron, Zone::utc()))
        errors.push_back({flow.places.of("cron"),
                          fmt::format("flow '{}': '{}' is no time table", flow.id, flow.trigger.cron.substr(0, 60)),
                          "write the five fields of crontab(5), for example cron: \"*/5 6-22 * * *\""});
}

/// Numbers and references that the target would not take.
void check_lengths(const settings::Flow& flow, const schema::Manifest& target, std::vector<settings::Problem>& errors) {
    const auto check = [&](const std::string& key, const std::string& text, int limit) {
        if (limit > 0 && static_cast<int>(text.size()) > limit)
            errors.push_back({flow.places.of(key),
                              fmt::format("flow '{}': '{}…' is longer than the {} characters that {} takes", flow.id,
                                          text.substr(0, 20), limit, target.name),
                              "shorten it"});
    };
    const auto* documents = target.operations("document");
    // At least one character of the order number has to fit behind it.
    if (documents && documents->reference)
        check("reference_prefix", flow.order.reference_prefix, documents->reference->length - 1);
    const auto* products = target.operations("product");
    const int longest = products && products->reference ? products->reference->length : 0;
    check("default_product", flow.order.default_product, longest);
    for (const auto& [name, number] : flow.order.rows) check("rows/" + name, number, longest);
}

void check_booking(const settings::Flow& flow, const schema::Manifest& target, std::vector<settings::Problem>& errors) {
    const schema::Capabilities can = schema::capabilities(target);
    if (flow.order.book && !can.can_book("document", flow.order.document))
        errors.push_back({flow.places.of("book"),
                          fmt::format("flow '{}': the connector {} of '{}' books nothing", flow.id, target.id, flow.to),
                          "remove book"});
    for (const auto& [key, choice] :
         {std::pair{"on_refund", flow.order.on_refund}, std::pair{"on_cancel", flow.order.on_cancel}})
        if (choice == settings::Choice::credit && !can.can_credit("document", flow::credit_draft))
            errors.push_back(
                {flow.places.of(key),
                 fmt::format("flow '{}': the connector {} of '{}' writes no credit notes", flow.id, target.id, flow.to),
                 fmt::format("write {}: hold", key)});
    if (flow.order.register_payment && !can.can_create("payment", "customer_payment"))
        errors.push_back(
            {flow.places.of("register_payment"),
             fmt::format("flow '{}': the connector {} of '{}' takes no payments", flow.id, target.id, flow.to),
             "remove register_payment; config/README.md says what there is instead"});
}

/// The kinds of options that tables lead from and to.
void check_tables(const settings::Flow& flow, const schema::Manifest* source, const schema::Manifest* target,
                  std::vector<settings::Problem>& errors) {
    const auto check = [&](const std::string& kind, const settings::Position& at, const schema::Manifest* manifest) {
        if (kind.empty() || !manifest || std::ranges::find(manifest->options, kind) != manifest->options.end()) return;
        const auto near = nearest(kind, manifest->options);
        errors.push_back({at, fmt::format("{} has no options '{}'", manifest->name, excerpt(kind, 60)),
                          near ? fmt::format("did you mean '{}'?", *near)
                               : fmt::format("there are: {}", fmt::join(manifest->options, ", "))});
    };
    for (const settings::Table& table : flow.mapping.tables) {
        check(table.from_option, table.from_at, source);
        check(table.to_option, table.to_at, target);
    }
}

void check_ends(const settings::Flow& flow, const std::map<std::string, const schema::Manifest*>& manifests,
                std::vector<settings::Problem>& errors) {
    const auto from = manifests.find(flow.from), to = manifests.find(flow.to);
    if (flow.from == flow.to) return;
    const bool orders = flow.entity == "order", customers = flow.entity == "customer";
    const bool products = flow.entity == "product";  // either way
    const bool back = !orders && !customers;         // from the books into the shop
    const std::string_view source = products ? "the other system"
                                    : back   ? "the books"
                                             : "the shop",
                           target = products ? source
                                    : back   ? "the shop"
                                             : "the books",
                           what = flow.entity == "stock"          ? "stock"
                                  : flow.entity == "order_status" ? "statuses of orders"
                                  : customers                     ? "customers"
                                  : flow.entity == "category"     ? "categories"
                                  : back                          ? "products"
                                                                  : "orders";
    if (from != manifests.end()) {
        const auto* operations = from->second->operations(flow.entity);
        if (!operations || !operations->poll)
            errors.push_back({flow.places.of("from"),
                              fmt::format("flow '{}': the connector {} of '{}' has no {} to read", flow.id,
                                          from->second->id, flow.from, what),
                              fmt::format("name the connection of {} here", source)});
        else if (flow.trigger.webhook && operations->webhooks.empty())
            errors.push_back({flow.places.of("webhook"),
                              fmt::format("flow '{}': the connector {} of '{}' tells no changes of {}", flow.id,
                                          from->second->id, flow.from, what),
                              "remove webhook: the flow reads by every or cron"});
    }
    if (to != manifests.end()) {
        const auto* operations = to->second->operations(orders ? "document" : flow.entity);
        if (!operations || (back ? operations->update : operations->create).empty())
            errors.push_back({flow.places.of("to"),
                              fmt::format("flow '{}': the connector {} of '{}' takes no {}", flow.id, to->second->id,
                                          flow.to, orders ? "documents" : what),
                              fmt::format("name the connection of {} here", target)});
        check_lengths(flow, *to->second, errors);
        check_booking(flow, *to->second, errors);
    }
    check_tables(flow, from == manifests.end() ? nullptr : from->second, to == manifests.end() ? nullptr : to->second,
                 errors);
}

/// The mapping of each flow, and its tests: a red one is a mistake like any other.
void compile_mappings(const std::map<std::string, const schema::Manifest*>& manifests, Checked& out) {
    for (const auto& flow : out.configuration.flows) {
        const auto target = manifests.find(flow.to);
        if (target == manifests.end()) continue;
        if (flow.entity == "stock" || flow.entity == "order_status") {
            out.rules[flow.id] = std::make_shared<const flow::FieldRules>();  // it has none
            continue;
        }
        const bool articles = flow.entity == "product" && flow::keeps_books(*target->second);
        auto compiled = flow::FieldRules::compile(
            flow, settings::standard_mapping(articles ? "product_into_books" : flow.entity), *target->second);
        std::ranges::move(compiled.errors, std::back_inserter(out.errors));
        std::ranges::move(compiled.warnings, std::back_inserter(out.warnings));
        if (!compiled.rules) continue;
        for (auto& result : flow::run_tests(flow, *compiled.rules)) {
            std::ranges::copy(result.failures, std::back_inserter(out.errors));
            out.tests.emplace_back(flow.id, std::move(result));
        }
        out.rules[flow.id] = std::move(compiled.rules);
    }
}

/// Two flows of products in opposite directions, each of which says that its own side decides.
void check_masters(Checked& out) {
    const auto decides = [](const flow::FieldRule& rule) {
        return rule.write == settings::Write::always || rule.write == settings::Write::on_update;
    };
    for (const auto& flow : out.configuration.flows) {
        const std::string& mirror = flow.product.mirror;
        const auto rules = out.rules.find(flow.id), others = out.rules.find(mirror);
        if (mirror.empty() || mirror < flow.id || rules == out.rules.end() || others == out.rules.end()) continue;
        std::vector<std::string> both;
        for (const flow::FieldRule& rule : rules->second->rules()) {
            const flow::FieldRule* other = others->second->rule(rule.root, rule.path);
            if (other && rule.path != "price_includes_tax" && decides(rule) && decides(*other))
                both.push_back(rule.name());
        }
        if (both.empty()) continue;
        out.warnings.push_back(
            {flow.places.whole,
             fmt::format("the flows '{}' and '{}' go opposite ways, and each writes {} whenever it differs: what was "
                         "changed on both sides is as the later one says",
                         flow.id, mirror, fmt::join(both, ", ")),
             fmt::format(
                 "choose the side that decides: in the flow into that side unset it or write it on_create, for example "
                 "{}: {{ value: {}, write: on_create }}",
                 both.front(), both.front())});
    }
}

/// A certificate that cannot be shown is a mistake like any other, so that a reload keeps the one there is.
void check_tls(const settings::Host& host, Checked& out) {
    if (host.tls.certificate.empty()) return;
    const auto identity = read_server_identity(host.tls);
    if (identity) return;
    std::string reason = identity.error().message;
    if (reason.ends_with('.')) reason.pop_back();
    out.errors.push_back({host.tls.place, std::move(reason), identity.error().remedy});
}

}  // namespace

Checked check_configuration(const std::string& directory, const settings::Environment& environment, Log& log,
                            const std::vector<store::Document>& documents,
                            const std::optional<connector::Trust>& trust) {
    auto loaded = settings::load(directory, environment, documents);
    const auto& names = loaded.configuration.host.plugin_dirs;
    const std::vector<std::filesystem::path> dirs(names.begin(), names.end());
    Checked out =
        check_settings(std::move(loaded),
                       connector::PluginSet::scan(dirs, log, trust.value_or(connector::trust_own_plugins(directory))));
    check_tls(out.configuration.host, out);
    return out;
}

Checked check_settings(settings::Loaded loaded, connector::PluginSet plugins) {
    Checked out{
        std::move(loaded.configuration), std::move(loaded.errors), std::move(loaded.warnings), {}, std::move(plugins)};
    out.files = out.configuration;
    std::map<std::string, const schema::Manifest*> manifests;
    for (auto& c : out.configuration.connections) {
        if (c.connector.empty()) continue;
        const auto plugin = out.plugins.find(c.connector);
        if (!plugin) {
            std::string reason = plugin.error().message;
            if (reason.ends_with('.')) reason.pop_back();
            out.errors.push_back(
                {c.places.of("connector"), fmt::format("connection '{}': {}", c.id, reason), plugin.error().remedy});
            continue;
        }
        manifests[c.id] = &(*plugin)->manifest;
        for (const auto& flow : out.configuration.flows)
            if (flow.from == c.id && flow.order.watch) apply_watch(flow, c, (*plugin)->manifest, out.errors);
        check_connection(c, (*plugin)->manifest, out);
    }
    for (const auto& flow : out.configuration.flows) {
        check_trigger(flow, out.errors);
        check_ends(flow, manifests, out.errors);
    }
    compile_mappings(manifests, out);
    check_masters(out);
    return out;
}

settings::Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>{value} : std::nullopt;
    };
}

}  // namespace brygga::app
