// Configuration: the typed content of brygga.yaml, connections.d and flows.d after every check.
// A plain value, made by load() and never changed afterwards; a reload makes a new one.
// Names, forms and defaults are the public interface described in the README and in config/README.md.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "brygga/sdk/json.hpp"
#include "settings/mapping.h"
#include "settings/position.h"

namespace brygga::settings {

using Milliseconds = std::chrono::milliseconds;

/// Files in PEM; both or neither.
struct Tls {
    std::string certificate, key;
    bool credential = false;  ///< the key is one of systemd's, which looks after who may read it
    Position place{};
};

struct Host {
    std::string listen_host = "127.0.0.1";
    int listen_port = 8585;
    Tls tls;                 ///< of the API; empty: plain text
    std::string public_url;  ///< how browsers and vendors reach the API, without a slash at the end; empty: they do not
    std::string store = "/var/lib/brygga/brygga.db";  ///< path behind sqlite:
    std::string master_key_file = "/var/lib/brygga/master.key";
    std::string admin_token_file = "/var/lib/brygga/admin.token";
    std::vector<std::string> plugin_dirs{"/usr/lib/brygga/plugins", "/usr/local/lib/brygga/plugins"};
    int workers = 16;
    std::string log_level = "info", log_format = "json";
    Milliseconds retain_activity{std::chrono::hours{24 * 30}}, retain_runs{std::chrono::hours{24 * 90}},
        retain_dead_payload{std::chrono::hours{24 * 30}}, retain_audit{std::chrono::hours{24 * 365}};
    bool strict_secrets = false;
};

/// Where an object of the configuration comes from, and how it stands there.
struct Origin {
    bool api = false;                ///< else from a file
    Json document = Json::object();  ///< the whole of it; a secret that stands in it is {"hidden": true}
    Instant changed_at{};            ///< of one from the API

    std::string_view managed_by() const noexcept { return api ? "api" : "file"; }
};

/// Where a connection's plugin runs.
enum class Isolation : std::uint8_t { none, process };

struct Connection {
    std::string id, connector;
    Json config;                                   ///< as the connector's schema wants it
    std::map<std::string, Secret> secrets;         ///< by the manifest's names
    std::string time_zone;                         ///< IANA name, empty: the connector's answer
    std::optional<Milliseconds> settle;            ///< how long a write may stay invisible; default from the manifest
    std::optional<Isolation> isolation;            ///< default by where the plugin's file lies
    bool config_read = true, secrets_read = true;  ///< false: it was no mapping, so that nothing is known of it
    Places places;                                 ///< config/NAME, secrets/NAME, settle, time_zone
    Origin origin{};
};

/// Exactly one of every, cron is set; neither: only by hand. With webhook there is always one of them.
struct Trigger {
    std::optional<Milliseconds> every;
    std::string cron, zone;
    bool webhook = false;  ///< the vendor calls when something has changed
};

enum class Choice : std::uint8_t {
    create,
    default_,
    text,
    hold,
    fail,
    skip,
    update_draft,
    off,
    fallback,
    force,
    oldest,
    newest,
    cancel_draft,
    credit
};

/// In payment_accounts: payments of this method are not registered.
inline constexpr std::string_view no_account = "none";

/// One line of settings.tax. What is empty fits every sale.
struct TaxRule {
    std::string country;                    ///< alpha-2, by which tax is charged
    std::string customer, tax_case, goods;  ///< person | company; a tax case; goods | service
    std::optional<Decimal> rate;            ///< percent
    std::string use;                        ///< treatment of the target, by id or label
};

/// Settings of an order flow; the table "Settings by entity" gives the meaning of each.
struct Order {
    std::string document;               ///< empty: order, or what the target's licence allows
    std::vector<std::string> statuses;  ///< empty: every one but cancelled
    std::string payment = "paid";       ///< paid | authorised | any
    std::string from_date;              ///< ISO date; empty: the day the flow was made
    int max_per_run = 500;
    Choice existing = Choice::update_draft;  ///< skip | update_draft | hold
    std::optional<Milliseconds> watch;       ///< how long an open order is read again; unset: as the connection says
    std::string reference_prefix;            ///< put before the printed order number
    std::vector<std::string> match{"email"}, company_match{"vat_number", "organisation_number", "email"};
    Choice ambiguous = Choice::hold;    ///< hold | oldest | newest
    Choice default_mode = Choice::off;  ///< off | fallback | force
    std::string default_customer;       ///< customer number
    bool update_customer = true;
    std::optional<Choice> missing_email;  ///< create | default_ | hold; unset: default_ when one is set, else create
    Choice missing_product = Choice::create;  ///< create | default_ | text | hold | fail
    std::string default_product;
    std::map<std::string, std::string> rows;  ///< shipping, payment_fee, ... -> SKU template; missing: the default
    std::string fee_tax = "shipping";         ///< shipping | highest | a number
    std::string shipping_tax = "own";         ///< own | proportional
    Decimal tolerance;
    Choice on_cancel = Choice::hold;  ///< of an order that has a document: hold | cancel_draft | credit
    Choice on_refund = Choice::hold;  ///< of an order that is less than its invoice: hold | credit
    bool book = false;                ///< the draft, once its totals agree
    bool register_payment = false;    ///< of a paid order, on its booked invoice
    std::map<std::string, std::string> payment_accounts;  ///< payment method, by code, label or id -> bank account
    /// Option id or label at the target; empty: its default.
    std::string payment_term, delivery_method, unit, layout, customer_group, bank_account;
    std::vector<std::string> product_groups;  ///< treatments of new articles, by id or label; empty: any that fits
    std::vector<TaxRule> tax;                 ///< which treatment gives which tax; the first that fits counts
};

/// Settings of a stock flow.
struct Stock {
    std::string mode = "available_minus_reserved";  ///< physical | available | available_minus_reserved | with_incoming
    std::optional<bool> manage;           ///< whether the shop manages the stock of a product; unset: as it is
    Decimal buffer;                       ///< what is kept back
    Milliseconds full_every{86'400'000};  ///< everything is compared this often
};

/// Settings of a flow of products.
struct Product {
    std::string match = "sku";                ///< sku | ean | sku_then_ean
    bool create = true;                       ///< what the target lacks; false: it is left out
    std::string active = "never";             ///< left alone; new ones of a shop are not on sale | as_source
    std::optional<bool> price_includes_tax;   ///< of the shop's prices; unset: as its connector tells
    Milliseconds full_every{86'400'000};      ///< everything is compared this often
    std::string unit;                         ///< of new articles of the books that have none of their own
    std::vector<std::string> product_groups;  ///< tax treatments that new articles of the books may get; empty: any
    std::string mirror;                       ///< the flow of products the other way, if there is one; not in its files
    /// Whether products are linked to what a flow of categories has made of theirs; unset: not, without such a flow.
    std::optional<bool> categories;
};

/// Settings of a flow of categories.
struct Category {
    bool create = true;                   ///< what the target lacks; false: it is left out
    Milliseconds full_every{86'400'000};  ///< everything is compared this often
};

/// Settings of a flow of customers; who matches whom, what is updated, and options of new ones are those of Order.
struct Customer {
    bool create = true;                   ///< who the target lacks; false: left out
    Milliseconds full_every{86'400'000};  ///< everything is compared this often
};

/// Settings of a flow of order statuses.
struct OrderStatus {
    /// written | invoiced | shipped -> status of the shop, by id or label of the option or by its canonical name.
    std::map<std::string, std::string> statuses{{"written", "processing"}};
    std::string reference_prefix;  ///< of the flow of orders the other way
    std::string tracking_code;     ///< path in the source's own record; empty: none
    std::string tracking_carrier;  ///< sent with a code
    bool mail = false;             ///< the shop tells its customer
};

/// Which version of a flow is at work; see store::FlowVersion.
struct FlowNumber {
    std::int64_t number = 0;          ///< 0: not stored
    std::int64_t rolled_back_to = 0;  ///< the older version that it equals, while the flow's file is set aside; 0: it
                                      ///< is what the file says
};

struct Flow {
    std::string id, from, to;
    std::string entity = "order";  ///< order | stock | product | category | customer | order_status
    std::string time_zone;         ///< of its source connection; empty: the connector's answer
    Trigger trigger;
    Order order;
    Stock stock;
    Product product;
    Category category;
    Customer customer;
    OrderStatus order_status;  ///< its first day is order.from_date
    Mapping mapping;
    Places places;       ///< from, to, cron, watch, reference_prefix, default_product, rows/NAME
    FlowNumber version;  ///< set when it becomes active
    Origin origin{};
};

/// How a channel of kind smtp sends.
struct Mail {
    std::string host;  ///< lower case
    int port = 587;
    std::string security;  ///< starttls | tls | none
    std::string username;  ///< may be empty: the server asks for none
    Secret password;
    std::string from;
    std::vector<std::string> to;
};

/// Where alerts go.
struct Channel {
    std::string id, kind;              ///< webhook | slack | teams | smtp
    std::string url;                   ///< of all but smtp
    Secret secret;                     ///< signs the bodies of a webhook; may be empty
    std::string severity = "warning";  ///< the least that it is told: warning | critical
    bool allow_private = false;        ///< name or address may lead into the own network
    Mail mail{};
    Origin origin{};
};

struct Configuration {
    std::string directory;
    Host host;
    std::vector<Connection> connections;
    std::vector<Flow> flows;
    std::vector<Channel> channels;
};

}  // namespace brygga::settings
