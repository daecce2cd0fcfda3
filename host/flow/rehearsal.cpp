#include "flow/rehearsal.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::flow {

namespace {

/// As a ledger would answer a document whose totals are what was planned.
Json totals_of(const Json& expect) {
    Decimal tax;
    for (const Json& rate : expect["tax"].items()) tax += rate["amount"].decimal().value_or(Decimal{});
    return Json::object({{"net", expect["net"]}, {"tax", tax}, {"gross", expect["gross"]}, {"taxes", expect["tax"]}});
}

}  // namespace

Expected<Json> RehearsedTarget::deliver(const CallContext&, const Json& document, const std::string&) {
    writes_.push_back(document);
    const std::string_view type = document["type"].string();
    const Json& fields = document["fields"];
    const std::string_view op = document["op"].string();
    const bool create = op == "create" || op == "credit";
    Json row = Json::object({{"id", create ? fmt::format("new-{}", ++made_) : std::string{document["id"].text()}},
                             {"number", fields[type == "product" ? "sku" : "number"].text()},
                             {"kind", document["kind"]},
                             {"state", "open"},
                             {"version", ""},
                             {"fields", fields},
                             {"changed", Json::object()},
                             {"notices", Json::array()}});
    Json keys = Json::object();
    for (const char* by : {"email", "number", "phone", "vat_number", "organisation_number", "sku", "ean"})
        if (!fields[by].text().empty()) keys.set(by, fields[by].text());
    if (type == "document") {
        keys.set("reference", document["reference"]);
        row.set("totals", totals_of(document["expect"]));
    }
    row.set("keys", std::move(keys));
    return row;
}

Expected<void> RehearsedStore::finish(const store::Outcome& outcome) {
    for (const auto& [type, row] : outcome.index)
        if (RehearsedTarget::is_rehearsed(row.id)) rows_.emplace_back(type, row);
    return {};
}

Expected<std::vector<store::IndexRow>> RehearsedStore::index_find(const std::string& connection,
                                                                  const std::string& type, const std::string& by,
                                                                  const std::string& value) {
    auto found = real_.index_find(connection, type, by, value);
    if (!found) return found;
    for (const auto& [of, row] : rows_)
        if (of == type && std::ranges::find(row.keys, std::pair{by, value}) != row.keys.end()) found->push_back(row);
    return found;
}

Expected<std::optional<Json>> RehearsedStore::fact(const std::string& scope, const std::string& name) {
    if (const auto own = facts_.find({scope, name}); own != facts_.end()) return std::optional{own->second};
    return real_.fact(scope, name);
}

Expected<void> RehearsedStore::set_fact(const std::string& scope, const std::string& name, const Json& value,
                                        Instant now) {
    if (scope.starts_with("catalog:")) return real_.set_fact(scope, name, value, now);
    facts_[{scope, name}] = value;
    return {};
}

}  // namespace brygga::flow
