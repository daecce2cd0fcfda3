#include "flow/preflight.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/utf8.h"
#include "flow/flow_parts.h"
#include "flow/payload.h"
#include "flow/source_zone.h"
#include "flow/target.h"
#include "flow/tax.h"

namespace brygga::flow {

namespace {

constexpr std::size_t records_looked_at = 50, names_shown = 10;
constexpr std::chrono::days looks_back{30};
constexpr std::chrono::minutes recent{1};

bool is_service(entity::LineKind kind) {
    using enum entity::LineKind;
    return kind == shipping || kind == payment_fee || kind == extra_cost;
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i < std::min(names.size(), names_shown); ++i)
        out += fmt::format("{}{}", i == 0 ? "" : ", ", excerpt(names[i], 60));
    if (names.size() > names_shown) out += fmt::format(" and {} more", names.size() - names_shown);
    return out;
}

/// What an order's lines say of one article.
struct Sold {
    std::string ean;
    std::set<Decimal> rates;
    std::vector<std::string> orders;
};

class Preflight {
public:
    Preflight(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
              const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log)
        : call_{call},
          flow_{flow},
          rules_{std::move(rules)},
          ends_{ends},
          catalog_{ends.target_catalog},
          store_{store},
          clock_{clock},
          log_{log} {}

    Json run() {
        const bool source = reachable("source", ends_.source), target = reachable("target", ends_.target);
        const bool described = target && this->described();
        if (described) limits(ends_.target.id(), known_->limits);
        if (flow_.entity != "order") {
            if (described && flow_.entity == "customer") settings_options();
            if (described && source) records_first();
        } else if (described) {
            account();
            settings_options();
            if (source) tables(), orders();
        }
        const bool ready = std::ranges::none_of(
            findings_.items(), [](const Json& finding) { return finding["level"].string() == "problem"; });
        return Json::object({{"flow", flow_.id},
                             {"ready", ready},
                             {records_, std::move(looked_at_)},
                             {"findings", std::move(findings_)}});
    }

private:
    void found(std::string_view check, std::string_view level, std::string message, std::string_view remedy,
               const std::vector<std::string>& records = {}) {
        Json numbers = Json::array();
        std::set<std::string_view> told;
        for (const std::string& record : records)
            if (numbers.size() < names_shown && told.insert(record).second) numbers.push(record);
        findings_.push(Json::object({{"check", check},
                                     {"level", level},
                                     {"message", std::move(message)},
                                     {"remedy", remedy},
                                     {"records", std::move(numbers)}}));
    }
    void found(std::string_view check, const Error& error) { found(check, "problem", error.message, error.remedy); }

    bool reachable(std::string_view check, connector::Connection& connection) {
        const auto checked = connection.check(call_);
        if (!checked) found(check, checked.error());
        return checked.ok();
    }

    bool described() {
        catalog_.forget_capabilities();  // licence and locked period as they are now
        auto known = catalog_.capabilities(call_);
        if (!known) return found("target", known.error()), false;
        known_ = std::move(*known);
        return true;
    }

    void limits(const std::string& connection, const std::vector<std::string>& limits) {
        for (const std::string& limit : limits)
            found("account", "warning", fmt::format("{}: {}", connection, limit),
                  "Change it there if it is not what you want.");
    }

    void account() {
        const std::string& to = ends_.target.id();
        const std::string& kind = flow_.order.document;
        if (kind.empty() ? !known_->can_create("document", "order") && !known_->can_create("document", "invoice_draft")
                         : !known_->can_create("document", kind))
            found("document", "problem",
                  kind.empty() ? fmt::format("{} takes neither orders nor invoice drafts.", to)
                               : fmt::format("{} cannot take documents of kind {}.", to, kind),
                  kind.empty() ? "Extend the licence there."
                               : "Choose another settings.document, or extend the licence there.");
        const std::string& locked = known_->account.locked_until;
        if (const std::string first = first_day(); !locked.empty() && first <= locked)
            found(
                "period", "warning",
                fmt::format("The accounting of {} is locked up to {}, and the flow takes orders from {}: documents of "
                            "those days cannot be booked.",
                            to, locked, first),
                "Let settings.from_date begin after the locked period, or unlock it there.");
    }
    std::string first_day() const {
        if (!flow_.order.from_date.empty()) return flow_.order.from_date;
        const auto state = store_.flow(flow_.id, clock_.now());
        return to_iso_date(state ? state->created_at : clock_.now());
    }

    /// Null after a finding, or when the system has no options of this kind.
    std::shared_ptr<const Json> options(std::string_view check, connector::Catalog& of, const std::string& kind) {
        auto read = of.options(call_, kind, recent);
        if (read) return std::move(*read);
        if (read.error().error_class != ErrorClass::unsupported) found(check, read.error());
        return nullptr;
    }

    /// One option of the target that the configuration names.
    void named_option(std::string_view check, const std::string& kind, const std::string& wanted,
                      const std::string& where) {
        const auto all = options(check, catalog_, kind);
        if (!all) return;
        const OptionChoice choice = options_named(*all, wanted);
        if (choice.matches.size() == 1 || (wanted.empty() && choice.active == 0)) return;
        found(check, "problem",
              wanted.empty() ? fmt::format("{} has no default {} and several to choose from.", ends_.target.id(), kind)
                             : fmt::format("{} has {} {} '{}'.", ends_.target.id(),
                                           choice.matches.empty() ? "no" : "more than one", kind, excerpt(wanted, 60)),
              fmt::format("Set {} to one of: {}.", where, excerpt(choice.labels, 400)));
    }
    void settings_options() {
        const settings::Order& s = flow_.order;
        for (const auto& [kind, wanted] :
             {std::pair{"payment_term", &s.payment_term}, std::pair{"delivery_method", &s.delivery_method},
              std::pair{"unit", &s.unit}, std::pair{"layout", &s.layout},
              std::pair{"customer_group", &s.customer_group}, std::pair{"bank_account", &s.bank_account}})
            if (!wanted->empty()) named_option("option", kind, *wanted, fmt::format("settings.target.{}", kind));
        for (const auto& [method, account] : s.payment_accounts)
            if (account != settings::no_account)
                named_option("option", "bank_account", account, fmt::format("settings.payment_accounts.{}", method));
        for (const std::string& group : s.product_groups)
            named_option("option", "tax_treatment", group, "settings.target.product_group");
    }

    void tables() {
        for (const settings::Table& table : flow_.mapping.tables) {
            if (!table.to_option.empty()) targets_of(table);
            if (!table.from_option.empty() && !table.otherwise) keys_of(table);
        }
    }
    void targets_of(const settings::Table& table) {
        std::set<std::string> seen;
        const auto one = [&](const settings::Table::Row& row) {
            if (seen.insert(row.value).second)
                named_option("table", table.to_option, row.value,
                             fmt::format("the row of table {} ({}:{})", table.name, row.at.file, row.at.line));
        };
        for (const auto& row : table.rows) one(row);
        for (const auto& row : table.by_country) one(row);
        if (table.otherwise) one(*table.otherwise);
    }
    /// Options of the source that no row leads on.
    void keys_of(const settings::Table& table) {
        const auto all = options("table", ends_.source_catalog, table.from_option);
        if (!all) return;
        std::vector<std::string> without;
        for (const Json& option : all->items()) {
            if (!option["active"].boolean(true)) continue;
            const std::array<std::string_view, 3> names{option["id"].text(), option["label"].string(),
                                                        option["attributes"]["code"].text()};
            if (std::ranges::none_of(table.rows, [&](const auto& row) {
                    return std::ranges::find(names, std::string_view{row.key}) != names.end();
                }))
                without.emplace_back(option["label"].string(option["id"].text()));
        }
        if (without.empty()) return;
        found("table", table.by_country.empty() ? "problem" : "warning",
              fmt::format("Table {} has no row for {} {} of {}: {}.", table.name, without.size(), table.from_option,
                          ends_.source.id(), joined(without)),
              fmt::format("Add rows or a default to it ({}:{}); orders with these are held else.", table.at.file,
                          table.at.line));
    }

    void orders() {
        const std::string since = to_iso_date(clock_.now() - looks_back);
        Intake intake{flow_,        make_reception(flow_, rules_, ends_.source_catalog, catalog_, store_, clock_),
                      ends_.source, ends_.source_catalog,
                      store_,       clock_};
        const auto versions = intake.latest(call_, since, records_looked_at);
        if (!versions) return found("order", versions.error());
        looked_at_ = Json::object({{"since", since}, {"read", versions->size()}, {"would", Json::object()}});
        if (versions->empty())
            return found("order", "warning",
                         fmt::format("{} has had no orders since {}: taxes and articles could not be tried.",
                                     ends_.source.id(), since),
                         "Make an order in the shop and run this again.");
        lines(*versions);
        rehearsal(*versions);
    }

    /// Of a flow of something else: what would be written first.
    void records_first() {
        ends_.source_catalog.forget_capabilities();  // its modules as they are now
        if (const auto source = ends_.source_catalog.capabilities(call_))
            limits(ends_.source.id(), (*source)->limits);
        else
            found("source", source.error());
        Intake intake{flow_,        make_reception(flow_, rules_, ends_.source_catalog, catalog_, store_, clock_),
                      ends_.source, ends_.source_catalog,
                      store_,       clock_};
        const auto versions = intake.peek(call_, {}, records_looked_at);
        if (!versions) return found(one_record_, versions.error());
        looked_at_ =
            Json::object({{"since", to_iso_date(clock_.now())}, {"read", versions->size()}, {"would", Json::object()}});
        rehearsal(*versions);
    }

    void lines(const std::vector<store::NewVersion>& versions) {
        const auto treatments = options("tax", catalog_, "tax_treatment");
        std::map<std::pair<Decimal, bool>, std::vector<std::string>> rates;
        std::map<std::string, Sold> sold;
        for (const store::NewVersion& version : versions) {
            if (version.state != store::DeliveryState::pending) continue;
            const auto document = Json::parse(entity_text(version.payload));
            const auto order = document ? entity::parse_order(*document) : Expected<entity::Order>{Error{}};
            if (!order) continue;
            const auto which = tax_case(tax_facts(*order, known_->account.country, known_->account.uses_oss));
            if (!which || *which != TaxCase::domestic) continue;  // what applies elsewhere, the rehearsal tells
            for (const entity::OrderLine& line : order->lines) {
                if (!line.rate || line.kind == entity::LineKind::discount || line.kind == entity::LineKind::gift_card)
                    continue;
                rates[{*line.rate, is_service(line.kind)}].push_back(order->number);
                if (line.kind != entity::LineKind::product || line.sku.empty()) continue;
                Sold& of = sold[line.sku];
                of.ean = line.ean;
                of.rates.insert(*line.rate);
                of.orders.push_back(order->number);
            }
        }
        if (treatments) {
            taxes(treatments_named(*treatments, flow_.order.product_groups), rates);
            articles(*treatments, sold);
        }
    }

    void taxes(const Json& treatments, const std::map<std::pair<Decimal, bool>, std::vector<std::string>>& rates) {
        for (const auto& [of, orders] : rates) {
            const auto& [rate, service] = of;
            const auto chosen =
                choose_treatment(treatments, rate, service ? "service" : "goods", TaxCase::domestic, Json::array());
            if (!chosen) found("tax", "problem", chosen.error().message, chosen.error().remedy, orders);
        }
    }

    void articles(const Json& treatments, const std::map<std::string, Sold>& sold) {
        if (const auto read = catalog_.refresh(call_, "product", recent); !read) return found("article", read.error());
        std::vector<std::string> missing;
        for (const auto& [sku, of] : sold) {
            auto rows = catalog_.find("product", "sku", sku);
            if (rows && rows->empty() && !of.ean.empty()) rows = catalog_.find("product", "ean", of.ean);
            if (!rows) return found("article", rows.error());
            if (rows->empty()) missing.push_back(sku);
            if (rows->size() == 1) drift(treatments, sku, of, rows->front());
        }
        if (!missing.empty()) missing_articles(missing);
    }
    void missing_articles(const std::vector<std::string>& missing) {
        using enum settings::Choice;
        const settings::Choice policy = flow_.order.missing_product;
        const std::string what =
            fmt::format("{} lacks {} {}: {}.", ends_.target.id(), missing.size(),
                        missing.size() == 1 ? "article that is sold" : "articles that are sold", joined(missing));
        if (policy == hold || policy == fail)
            found("article", "problem", what,
                  "Add them there, or set settings.products.missing to create; their orders are held else.");
        else
            found("article", "warning", what,
                  policy == create ? "Nothing, if they may be created with the first order that has them."
                                   : "Nothing, if their rows may be entered without an article of their own.");
    }
    /// The shop charges another rate than the books would.
    void drift(const Json& treatments, const std::string& sku, const Sold& of, const store::IndexRow& article) {
        const std::string_view treatment = article.fields["treatment"].string();
        const auto& all = treatments.items();
        const auto option = std::ranges::find_if(all, [&](const Json& o) { return o["id"].text() == treatment; });
        if (option == all.end())
            return found("article", "problem",
                         fmt::format("The article {} of {} has a tax treatment that is not active.", excerpt(sku, 60),
                                     ends_.target.id()),
                         "Give the article an active one there.", of.orders);
        const Decimal own = (*option)["attributes"]["rate"].decimal().value_or(Decimal{});
        for (const Decimal& rate : of.rates)
            if (rate != own)
                found("article", "problem",
                      fmt::format("The shop charges {} % on the article {}, {} has it at {} %.", rate.text(),
                                  excerpt(sku, 60), ends_.target.id(), own.text()),
                      "Correct the rate where it is wrong: in the shop or in the books.", of.orders);
    }

    void rehearsal(const std::vector<store::NewVersion>& versions) {
        const auto records = rehearse(call_, flow_, rules_, ends_, store_, clock_, log_, versions);
        const std::string_view check = one_record_;
        if (!records) return found(check, records.error());
        struct Alike {
            const Json* first;
            std::vector<std::string> numbers;
        };
        std::map<std::pair<std::string, std::string>, Alike> groups;  // by outcome and code
        std::map<std::string, std::int64_t> would;
        for (const Json& record : records->items()) {
            const std::string outcome{record["outcome"].string()};
            ++would[outcome];
            if (outcome == "delivered") continue;
            Alike& group = groups[{outcome, std::string{record["error"]["code"].string()}}];
            if (group.numbers.empty()) group.first = &record["error"];
            group.numbers.emplace_back(record["number"].text());
        }
        for (const auto& [outcome, count] : would) looked_at_.member("would").set(outcome, count);
        for (const auto& [key, group] : groups) {
            const auto& [outcome, code] = key;
            const bool wanted = outcome == "skipped";
            found(check, wanted ? "warning" : "problem",
                  fmt::format("{} of {} {} would be {} ({}). {}{}", group.numbers.size(), versions.size(), records_,
                              outcome, code, group.numbers.size() > 1 ? "The first: " : "",
                              (*group.first)["message"].string()),
                  (*group.first)["remedy"].string(), group.numbers);
        }
    }

    const CallContext& call_;
    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    const FlowEnds& ends_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
    Log& log_;
    std::shared_ptr<const schema::Capabilities> known_;
    /// How the records of the flow are called.
    const std::string one_record_ = flow_.entity == "order"          ? "order"
                                    : flow_.entity == "customer"     ? "customer"
                                    : flow_.entity == "category"     ? "category"
                                    : flow_.entity == "order_status" ? "document"
                                                                     : "article";
    const std::string records_ = one_record_ == "category" ? "categories" : one_record_ + "s";
    Json findings_ = Json::array(), looked_at_ = Json{};
};

}  // namespace

Json preflight(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
               const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log) {
    CallContext dry = call;
    dry.dry_run = true;
    return Preflight{dry, flow, std::move(rules), ends, store, clock, log}.run();
}

}  // namespace brygga::flow
