#include "schema/capabilities.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"

#include "schema/parts.h"
#include "schema/reader.h"

namespace brygga::schema {
namespace {

Account read_account(const Reader& reader) {
    Account account;
    if (reader.absent() || !reader.any_object()) return account;
    account.id = std::string{reader["id"].value().text()};
    account.name = reader["name"].text();
    account.country = reader["country"].text();
    account.currency = reader["currency"].text();
    account.time_zone = reader["time_zone"].text();
    account.locked_until = reader["locked_until"].text();
    account.uses_oss = reader["uses_oss"].boolean(false);
    const auto letters = [](std::string_view text, std::size_t count) {
        return text.empty() || (text.size() == count &&
                                std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
    };
    if (!letters(account.country, 2)) reader["country"].wrong("must be two capital letters");
    if (!account.locked_until.empty() && !from_rfc3339(account.locked_until + "T00:00:00Z"))
        reader["locked_until"].wrong("must be a date like 2026-01-31");
    if (!letters(account.currency, 3)) reader["currency"].wrong("must be three capital letters");
    return account;
}

bool has(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

const Operations* Capabilities::operations(std::string_view type) const noexcept {
    const auto found = entities.find(type);
    return found == entities.end() ? nullptr : &found->second;
}
bool Capabilities::can_create(std::string_view type, std::string_view kind) const noexcept {
    const Operations* o = operations(type);
    return o && has(o->create, kind);
}
bool Capabilities::can_update(std::string_view type, std::string_view state) const noexcept {
    const Operations* o = operations(type);
    return o && has(o->update, state);
}
bool Capabilities::can_cancel(std::string_view type, std::string_view state) const noexcept {
    const Operations* o = operations(type);
    return o && has(o->cancel, state);
}
bool Capabilities::can_book(std::string_view type, std::string_view kind) const noexcept {
    const Operations* o = operations(type);
    return o && has(o->book, kind);
}
bool Capabilities::can_credit(std::string_view type, std::string_view kind) const noexcept {
    const Operations* o = operations(type);
    return o && has(o->credit, kind);
}
const Field* Capabilities::field(std::string_view type, std::string_view path) const noexcept {
    const auto list = fields.find(type);
    if (list == fields.end()) return nullptr;
    for (const Field& field : list->second)
        if (field.path == path) return &field;
    return nullptr;
}

Capabilities capabilities(const Manifest& manifest) {
    return {.account = {},
            .entities = manifest.entities,
            .fields = manifest.fields,
            .arithmetic = manifest.arithmetic,
            .limits = {}};
}

Expected<Capabilities> capabilities(const Manifest& manifest, const Json& described) {
    Capabilities out = capabilities(manifest);
    Findings findings;
    const Reader root{described, "", findings};
    if (root.object({"account", "operations", "fields", "arithmetic", "limits"})) {
        out.account = read_account(root["account"]);
        root["operations"].each_member([&](std::string_view type, const Reader& reader) {
            Operations& base = out.entities[std::string{type}];
            base = read_operations(reader, base);
        });
        read_fields(root["fields"], out.fields);
        out.arithmetic = read_arithmetic(root["arithmetic"], out.arithmetic);
        out.limits = root["limits"].texts();
    }
    if (findings.errors.empty()) return out;
    return Error{.error_class = ErrorClass::bug,
                 .code = "plugin.describe",
                 .message = fmt::format("The connector {} describes the account in a form that is not valid: {}.",
                                        manifest.id, findings.errors.front()),
                 .remedy = "Update the connector, or tell its maker."};
}

}  // namespace brygga::schema
