#include "failures.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "brygga/sdk/codes.hpp"
#include "documents.h"
#include "translate.h"

namespace brygga::eaccounting {
namespace {

constexpr std::int64_t default_wait_ms = 60'000, longest_wait_ms = 3'600'000;
constexpr std::size_t most_fields_named = 10, most_bytes_read = 256u << 10;

constexpr std::array product_names{
    FieldName{"sku", "Number"},  FieldName{"name", "Name"},      FieldName{"treatment", "CodingId"},
    FieldName{"unit", "UnitId"}, FieldName{"price", "NetPrice"}, FieldName{"price", "GrossPrice"},
};
constexpr std::array line_names{
    FieldName{"article", "ArticleId"},
    FieldName{"text", "Text"},
    FieldName{"quantity", "Quantity"},
    FieldName{"unit_price", "UnitPrice"},
    FieldName{"discount_percent", "DiscountPercentage"},
};

bool is_name(std::string_view text, std::size_t longest) {
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool contains(std::string_view text, std::string_view part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           }) != text.end();
}

const FieldName* by_vendor_name(std::span<const FieldName> names, std::string_view vendor) {
    const auto found = std::ranges::find(names, vendor, &FieldName::vendor);
    return found == names.end() ? nullptr : &*found;
}

const FieldName* known_field(std::string_view root, std::string_view vendor) {
    if (root == "customer") return by_vendor_name(customer_fields(), vendor);
    if (root == "product") return by_vendor_name(product_names, vendor);
    if (root != "document") return nullptr;
    for (const DocumentKind kind : written_kinds)
        if (const FieldName* found = by_vendor_name(document_fields(kind), vendor)) return found;
    return nullptr;
}

std::string code_of(const sdk::HttpResponse& answer, const Json& body, const Attempt& attempt) {
    const auto number = body["ErrorCode"].integer();
    std::string code = number ? std::to_string(*number) : std::string{body["ErrorCode"].string()};
    if (!is_name(code, 32)) code.clear();
    // One code, two meanings: told apart by the status and the text.
    if (code == "4002" && (answer.status == 403 || contains(body["DeveloperErrorMessage"].string(), "module")))
        return "4002.module";
    if (code == "3000") return std::string{brygga::code::reference_gone};
    // 4100: a service behind the vendor's refused the data; of a customer it is the number that is checked there.
    if (code == "4025" || (code == "4100" && attempt.vat_number)) return std::string{brygga::code::vat_number_refused};
    if (attempt.root == "product" && attempt.write && (code == "4000" || (code.empty() && answer.status == 409)))
        return std::string{brygga::code::product_exists};
    return code;
}

std::string_view code_of_status(int status, bool is_json, const Attempt& attempt) {
    if (status == 429) return "http.429";
    if (status >= 500) return "http.5xx";
    if (status == 401) return "http.401";
    if (status == 403) return "http.403";
    if (status < 400 || (status == 404 && (attempt.collection || !is_json))) return "http.address";
    if (status == 404) return "http.404";
    if (status == 409) return "http.409";
    return "http.4xx";
}

/// "name (MaxLength), line 2 text": names only.
std::string named_fields(const Json& body, std::string_view root) {
    std::string out;
    std::size_t count = 0;
    for (const Json& error : body["Errors"].items()) {
        const std::string name = field_name(root, error["Field"].string());
        if (name.empty() || out.find(name) != std::string::npos) continue;
        if (++count > most_fields_named) break;
        out.append(out.empty() ? "" : ", ").append(name);
        if (const auto rule = error["ErrorCode"].string(); is_name(rule, 40)) out.append(" (").append(rule).append(")");
    }
    if (!out.empty()) return out;
    // "The field Name must be a string with a maximum length of 50."
    const std::string_view text = body["DeveloperErrorMessage"].string();
    for (const std::string_view word : {"field ", "property "}) {
        const std::size_t at = text.find(word);
        if (at == std::string_view::npos) continue;
        const std::string_view rest = text.substr(at + word.size());
        const std::string_view name = rest.substr(0, rest.find_first_of(" .,:'\""));
        if (known_field(root, name)) return field_name(root, name);
    }
    return out;
}

std::string details_of(const sdk::HttpResponse& answer, const Json& body, std::string_view root) {
    std::string out;
    if (const std::string fields = named_fields(body, root); !fields.empty()) out += " Fields: " + fields + ".";
    const std::string_view id = body["ErrorId"].string();
    const bool is_guid =
        id.size() == 36 && std::ranges::all_of(id, [](char c) {
            return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    out += " HTTP status " + std::to_string(answer.status);
    if (is_guid) out.append(", error id ").append(id).append(" for the vendor's support");
    return out += ".";
}

}  // namespace

sdk::Failure Failures::failure(const sdk::ErrorTable::Row& row, const Attempt& attempt,
                               const std::string& details) const {
    const std::string_view verb = row.status == BRYGGA_TRANSIENT ? "failed to " : "refused to ";
    std::string message = std::string{"Visma eAccounting "}.append(verb) + attempt.what + ". " + row.cause + details;
    return {row.status, row.code, std::move(message), row.remedy};
}

sdk::Failure Failures::refused(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    const auto parsed = Json::parse(answer.body, nullptr, {most_bytes_read, 16, 64});
    const Json body = parsed ? *parsed : Json{};
    const bool is_json = parsed || answer.body.empty();
    const std::string code = code_of(answer, body, attempt);
    const auto* found = code.empty() ? nullptr : table_.find(code);
    const std::string_view by_status = code_of_status(answer.status, is_json, attempt);
    // The status wins where the code says less or would promise too much.
    if (!found || (answer.status == 429 && found->status != BRYGGA_RATE_LIMITED) ||
        (answer.status >= 500 && found->status != BRYGGA_TRANSIENT && found->status != BRYGGA_RATE_LIMITED) ||
        (answer.status == 401 && found->status == BRYGGA_REJECTED))
        found = &table_.row(by_status);
    std::string details = details_of(answer, body, attempt.root);
    if (found->code != code && !code.empty() && found->code != brygga::code::product_exists)
        details += " Vendor code " + code + ".";
    sdk::Failure f = std::move(failure(*found, attempt, details)).remote(answer.status);
    const std::string_view message = body["DeveloperErrorMessage"].string();
    if (f.status == BRYGGA_RATE_LIMITED)
        f.retry_after_ms = wait_ms(answer.header("retry-after"), message);
    else if (f.status == BRYGGA_TRANSIENT && !answer.header("retry-after").empty())
        f.retry_after_ms = wait_ms(answer.header("retry-after"), {});
    f.outcome_unknown = attempt.write && f.status == BRYGGA_TRANSIENT;
    return f;
}

sdk::Failure Failures::unreadable(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    const std::string did =
        attempt.write ? "It is not known whether Visma eAccounting did " : "Visma eAccounting did not ";
    return table_.failure("answer.unreadable", did + attempt.what + ".")
        .remote(answer.status)
        .unknown_outcome(attempt.write);
}

std::int64_t wait_ms(std::string_view retry_after, std::string_view message) {
    const auto seconds = [](std::string_view text) -> std::int64_t {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error == std::errc::result_out_of_range && text.front() != '-') return longest_wait_ms;
        return error == std::errc{} && end != text.data() ? value : -1;
    };
    std::int64_t wait = -1;
    if (std::ranges::all_of(retry_after, [](char c) { return c >= '0' && c <= '9'; }) && !retry_after.empty())
        wait = seconds(retry_after);
    if (constexpr std::string_view words = "again in "; wait <= 0)
        if (const std::size_t at = message.find(words);
            at != std::string_view::npos && at + words.size() < message.size())
            wait = seconds(message.substr(at + words.size()));
    if (wait <= 0) return default_wait_ms;
    return std::min(wait, longest_wait_ms / 1000) * 1000;
}

std::string field_name(std::string_view root, std::string_view vendor) {
    if (vendor.starts_with("$.")) vendor.remove_prefix(2);
    std::string line;
    if (root == "document" && vendor.starts_with("Rows[")) {
        int index = 0;
        const std::string_view rest = vendor.substr(5);
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
        const auto length = static_cast<std::size_t>(end - rest.data());
        if (error != std::errc{} || index < 0 || index > 100'000 || !rest.substr(length).starts_with("].")) return {};
        line = "line " + std::to_string(index + 1) + " ";
        vendor = rest.substr(length + 2);
    } else if (const std::size_t dot = vendor.rfind('.'); dot != std::string_view::npos) {
        vendor.remove_prefix(dot + 1);
    }
    if (!is_name(vendor, 60)) return {};
    if (!line.empty()) {
        const FieldName* known = by_vendor_name(line_names, vendor);
        return line + std::string{known ? known->path : vendor};
    }
    if (root == "document" && vendor == "BuyersOrderReference") return "document.reference";
    const FieldName* known = known_field(root, vendor);
    if (known) return std::string{root} + "." + std::string{known->path};
    if (const FieldName* in_line = root == "document" ? by_vendor_name(line_names, vendor) : nullptr)
        return "line." + std::string{in_line->path};
    return std::string{vendor};
}

}  // namespace brygga::eaccounting
