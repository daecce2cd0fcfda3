// Manifest: what a connector says about itself, typed: entities and operations, configuration, secrets,
// authentication, hosts, budgets, fields, arithmetic, option kinds and the table of vendor errors.
// A plain value, read once from the plugin's JSON; safe on any thread after that. No I/O.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::schema {

/// What protects a repeated write at the vendor.
enum class Idempotency : std::uint8_t {
    none,       ///< nothing: the host must look first
    header,     ///< the vendor keeps the key that is sent in its header
    reference,  ///< a searchable field carries the host's reference
};

/// The vendor's field that carries the host's reference of a document.
struct Reference {
    std::string field;
    int length = 0;
    bool unique = false;
};

/// What a connector does with one entity type.
struct Operations {
    bool poll = false, list = false;
    std::vector<std::string> find;      ///< keys that can be looked up
    std::vector<std::string> kinds;     ///< document kinds there are; empty when the type has none
    std::vector<std::string> create;    ///< kinds that can be created
    std::vector<std::string> update;    ///< states in which a record can be changed
    std::vector<std::string> book;      ///< kinds that can be booked
    std::vector<std::string> credit;    ///< kinds that can be made as a credit note
    std::vector<std::string> cancel;    ///< states in which a record can be deleted
    std::vector<std::string> webhooks;  ///< events of the vendor after which a poll may bring something
    Idempotency idempotency = Idempotency::none;
    std::optional<std::chrono::seconds> key_life;  ///< how long the vendor remembers a key
    std::chrono::milliseconds settle{90'000};      ///< after that a look-up sees what was written
    std::optional<Reference> reference;
};

enum class FieldType : std::uint8_t { string, decimal, integer, date, boolean, option, object };
std::string_view to_string(FieldType type) noexcept;

struct Field {
    std::string path;
    FieldType type = FieldType::string;
    std::optional<int> length;  ///< characters (Unicode code points) that the vendor keeps
    std::string charset;        ///< unicode (also when empty), bmp, latin1 or ascii
    bool required = false;
    bool writable = true;
    std::string option;  ///< the option kind whose id the field takes
};

using FieldsByType = std::map<std::string, std::vector<Field>, std::less<>>;

enum class Prices : std::uint8_t { net, gross, by_customer };
enum class TaxRounding : std::uint8_t { document_rate, row };

/// How the target computes a document.
struct Arithmetic {
    Prices prices = Prices::net;
    Prices person = Prices::gross, company = Prices::net;  ///< first guess where prices go by customer
    int price_decimals = 2;
    int foreign_price_decimals = 2;
    std::map<std::string, int, std::less<>> quantity_decimals;  ///< by document kind; "" for the others
    TaxRounding tax_rounding = TaxRounding::document_rate;
    bool negative_rows = false;
    std::vector<std::string> zero_rated_cases;  ///< tax cases in which every treatment is charged 0 %

    int quantity_places(std::string_view document_kind) const;
    bool zero_rated(std::string_view tax_case) const;
};

struct SecretSpec {
    std::string name, title;
    bool required = true;
    bool made_by_host = false;  ///< nobody types it in
};

struct OAuth {
    std::string authorize_url, token_url;  ///< may hold {config key}
    std::vector<std::string> scopes;
    bool basic = true;  ///< client authentication by header; else in the form
    std::string client_id = "client_id", client_secret = "client_secret";  ///< names of secrets
    std::string refresh_token = "refresh_token", access_token = "access_token";
};

struct BudgetSpec {
    std::string pattern, method;
    int n = 0;
    int per_s = 60;
    std::string config;  ///< the config key whose value replaces n
    bool per_url = false;
    std::vector<std::string> scope;  ///< config keys and secrets whose values share the bucket
    std::string cost_header, state_header;
};

/// One row of the table (connector, vendor code).
struct ErrorRow {
    std::string code;
    ErrorClass error_class = ErrorClass::rejected;
    std::string name, cause, remedy;
};

struct Manifest {
    std::string id, name, version, vendor, description;
    std::map<std::string, Operations, std::less<>> entities;
    Json config_schema;
    std::vector<SecretSpec> secrets;
    std::optional<OAuth> oauth;      ///< absent: plain keys
    std::vector<std::string> hosts;  ///< may hold {config key}
    std::vector<BudgetSpec> budgets;
    int max_concurrency = 1;
    FieldsByType fields;
    Arithmetic arithmetic;
    std::vector<std::string> options;
    std::vector<ErrorRow> errors;
    Json document;                      ///< as the plugin gave it
    std::vector<std::string> warnings;  ///< members that this host does not know

    const Operations* operations(std::string_view type) const noexcept;
    const ErrorRow* error(std::string_view code) const noexcept;
    const SecretSpec* secret(std::string_view secret_name) const noexcept;
};

/// Error: misconfigured, plugin.manifest; the message names each wrong place by JSON pointer, with the reason.
Expected<Manifest> parse_manifest(std::string_view json_text);

}  // namespace brygga::schema
