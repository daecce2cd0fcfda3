#include "schema/manifest.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "schema/parts.h"
#include "schema/reader.h"

namespace brygga::schema {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t most_bytes = 1u << 20;
constexpr std::size_t most_told = 8;

constexpr std::array auth_kinds{"keys"sv, "oauth2"sv};
constexpr std::array client_auths{"basic"sv, "form"sv};
constexpr std::array error_classes{"transient"sv,     "rate_limited"sv, "auth"sv,        "rejected"sv,
                                   "misconfigured"sv, "cancelled"sv,    "unsupported"sv, "bug"sv};

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 32 || text[0] < 'a' || text[0] > 'z') return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_version(std::string_view text) {
    int numbers = 0;
    std::size_t digits = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : '.';
        if (c >= '0' && c <= '9') {
            if (++digits > 6) return false;
        } else if (c == '.' && digits > 0) {
            ++numbers;
            digits = 0;
        } else {
            return false;
        }
    }
    return numbers == 3;
}

/// Config keys between braces must be properties of the config schema.
void check_placeholders(const Reader& reader, const std::string& text, const Json& config_schema) {
    for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
        const std::size_t close = text.find('}', open);
        if (close == std::string::npos) return reader.wrong("has a '{' without its '}'");
        const std::string_view name = std::string_view{text}.substr(open + 1, close - open - 1);
        if (!config_schema["properties"].has(name))
            reader.wrong(fmt::format("uses the config key '{}', which config does not have", name));
    }
}

std::vector<SecretSpec> read_secrets(const Reader& reader) {
    std::vector<SecretSpec> out;
    reader.each_item([&](const Reader& item) {
        if (!item.object({"name", "title", "description", "required", "made_by_host"})) return;
        SecretSpec secret;
        secret.name = item["name"].required_text();
        secret.title = item["title"].text();
        secret.made_by_host = item["made_by_host"].boolean(false);
        secret.required = item["required"].boolean(!secret.made_by_host);
        if (!is_name(secret.name)) item["name"].wrong("must be 1 to 32 of a-z, 0-9 and _, with a letter first");
        out.push_back(std::move(secret));
    });
    return out;
}

std::optional<OAuth> read_auth(const Reader& reader, const Json& config_schema) {
    if (!reader.object({"kind", "authorize_url", "token_url", "scopes", "client_auth", "client_id", "client_secret",
                        "refresh_token", "access_token"}))
        return std::nullopt;
    if (reader["kind"].absent()) return reader["kind"].wrong("is missing; it must be keys or oauth2"), std::nullopt;
    if (reader["kind"].one_of(auth_kinds, 0) == 0) return std::nullopt;
    OAuth oauth;
    oauth.authorize_url = reader["authorize_url"].required_text();
    oauth.token_url = reader["token_url"].required_text();
    check_placeholders(reader["authorize_url"], oauth.authorize_url, config_schema);
    check_placeholders(reader["token_url"], oauth.token_url, config_schema);
    oauth.scopes = reader["scopes"].texts();
    oauth.basic = reader["client_auth"].one_of(client_auths, 0) == 0;
    const auto name = [&](std::string_view member, std::string& into) {
        if (!reader[member].absent()) into = reader[member].required_text();
    };
    name("client_id", oauth.client_id);
    name("client_secret", oauth.client_secret);
    name("refresh_token", oauth.refresh_token);
    name("access_token", oauth.access_token);
    return oauth;
}

std::vector<BudgetSpec> read_budgets(const Reader& reader, const Json& config_schema) {
    std::vector<BudgetSpec> out;
    reader.each_item([&](const Reader& item) {
        if (!item.object(
                {"pattern", "method", "n", "per_s", "config", "per_url", "scope", "cost_header", "state_header"}))
            return;
        BudgetSpec budget;
        budget.pattern = item["pattern"].text();
        budget.method = item["method"].text();
        if (item["n"].absent()) item["n"].wrong("is missing");
        budget.n = item["n"].integer(0, 1, 1'000'000);
        budget.per_s = item["per_s"].integer(60, 1, 86'400);
        budget.config = item["config"].text();
        if (!budget.config.empty() && !config_schema["properties"].has(budget.config))
            item["config"].wrong("is not a key of config");
        budget.per_url = item["per_url"].boolean(false);
        budget.scope = item["scope"].texts();
        budget.cost_header = item["cost_header"].text();
        budget.state_header = item["state_header"].text();
        out.push_back(std::move(budget));
    });
    return out;
}

std::vector<ErrorRow> read_errors(const Reader& reader) {
    std::vector<ErrorRow> out;
    std::set<std::string, std::less<>> codes;
    reader.each_item([&](const Reader& item) {
        if (!item.object({"code", "class", "name", "cause", "remedy"})) return;
        ErrorRow row;
        row.code =
            item["code"].value().is_number() ? std::string{item["code"].value().text()} : item["code"].required_text();
        if (item["class"].absent()) item["class"].wrong("is missing");
        row.error_class = static_cast<ErrorClass>(item["class"].one_of(error_classes, 3));
        row.name = item["name"].text();
        row.cause = item["cause"].required_text(2000);
        row.remedy = item["remedy"].required_text(2000);
        if (!codes.insert(row.code).second) item["code"].wrong("occurs twice");
        out.push_back(std::move(row));
    });
    return out;
}

Json read_config(const Reader& reader) {
    if (reader.absent()) return Json::object({{"type", "object"}, {"properties", Json::object()}});
    if (!reader.any_object()) return {};
    reader["properties"].each_member([](std::string_view name, const Reader& property) {
        if (!is_name(name)) property.wrong("has a name that is not 1 to 32 of a-z, 0-9 and _, with a letter first");
        if (property.any_object() && property["title"].text().empty()) property.warn("has no title");
    });
    return reader.value();
}

Error refused(const Findings& findings) {
    const auto& all = findings.errors;
    const std::size_t shown = std::min(all.size(), most_told);
    std::string message = fmt::format("The plugin's manifest is not valid: {}",
                                      fmt::join(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), "; "));
    if (all.size() > shown) message += fmt::format("; and {} more", all.size() - shown);
    return {.error_class = ErrorClass::misconfigured,
            .code = "plugin.manifest",
            .message = message + ".",
            .remedy = "Install a version of the plugin made for this version of Brygga, or tell its maker."};
}

}  // namespace

int Arithmetic::quantity_places(std::string_view document_kind) const {
    auto found = quantity_decimals.find(document_kind);
    if (found == quantity_decimals.end()) found = quantity_decimals.find("");
    return found == quantity_decimals.end() ? 2 : found->second;
}
bool Arithmetic::zero_rated(std::string_view tax_case) const {
    return std::find(zero_rated_cases.begin(), zero_rated_cases.end(), tax_case) != zero_rated_cases.end();
}

const Operations* Manifest::operations(std::string_view type) const noexcept {
    const auto found = entities.find(type);
    return found == entities.end() ? nullptr : &found->second;
}
const ErrorRow* Manifest::error(std::string_view code) const noexcept {
    for (const ErrorRow& row : errors)
        if (row.code == code) return &row;
    return nullptr;
}
const SecretSpec* Manifest::secret(std::string_view secret_name) const noexcept {
    for (const SecretSpec& spec : secrets)
        if (spec.name == secret_name) return &spec;
    return nullptr;
}

Expected<Manifest> parse_manifest(std::string_view json_text) {
    Findings findings;
    JsonError where;
    auto document = Json::parse(json_text, &where, {.bytes = most_bytes, .depth = 32});
    if (!document) {
        findings.errors.push_back(fmt::format("/ is not JSON: {} at byte {}", where.message, where.offset));
        return refused(findings);
    }
    Manifest m;
    const Reader root{*document, "", findings};
    if (!root.object({"$schema", "id", "name", "version", "vendor", "description", "entities", "config", "secrets",
                      "auth", "hosts", "budgets", "max_concurrency", "fields", "arithmetic", "options", "errors"}))
        return refused(findings);
    m.id = root["id"].required_text();
    if (!m.id.empty() && !is_name(m.id)) root["id"].wrong("must be 1 to 32 of a-z, 0-9 and _, with a letter first");
    m.name = root["name"].required_text();
    m.version = root["version"].required_text();
    if (!m.version.empty() && !is_version(m.version)) root["version"].wrong("must be three numbers, as in 1.4.0");
    m.vendor = root["vendor"].text();
    m.description = root["description"].text();
    if (root["entities"].any_object())
        root["entities"].each_member([&](std::string_view type, const Reader& reader) {
            warn_unknown_type(reader, type);
            m.entities[std::string{type}] = read_operations(reader, {});
        });
    m.config_schema = read_config(root["config"]);
    m.secrets = read_secrets(root["secrets"]);
    m.oauth = read_auth(root["auth"], m.config_schema);
    m.hosts = root["hosts"].texts();
    for (std::size_t i = 0; i < m.hosts.size(); ++i)
        check_placeholders(root["hosts"].at(i), m.hosts[i], m.config_schema);
    m.budgets = read_budgets(root["budgets"], m.config_schema);
    m.max_concurrency = root["max_concurrency"].integer(1, 1, 64);
    read_fields(root["fields"], m.fields);
    m.arithmetic = read_arithmetic(root["arithmetic"], {});
    m.options = root["options"].texts();
    m.errors = read_errors(root["errors"]);
    if (!findings.errors.empty()) return refused(findings);
    m.warnings = std::move(findings.warnings);
    m.document = std::move(*document);
    return m;
}

}  // namespace brygga::schema
