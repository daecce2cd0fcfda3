#include "failures.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "brygga/sdk/codes.hpp"
#include "documents.h"
#include "translate.h"

namespace brygga::economic {
namespace {

constexpr std::int64_t default_wait_ms = 60'000, longest_wait_ms = 3'600'000;
constexpr std::size_t most_fields_named = 10, most_bytes_read = 256u << 10;
constexpr int deepest = 6;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 60 && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::string known_name(std::string_view root, bool line, const std::string& vendor) {
    const auto in = [&](std::span<const FieldName> names) -> std::string {
        for (const FieldName& name : names)
            if (name.vendor == vendor || name.vendor.starts_with(vendor + ".")) return std::string{name.path};
        return {};
    };
    std::string found;
    if (line)
        found = in(line_fields());
    else if (root == "customer")
        found = in(customer_fields());
    else if (root == "product")
        found = in(product_fields());
    else if (root == "document")
        found = in(document_fields());
    return found.empty() ? vendor : found;
}

struct Wrong {
    std::string fields;
    std::size_t count = 0;
    bool gone = false, exists = false;
};

/// The tree mirrors the request: each wrong property holds {"errors":[{"errorCode"}]}, lines an array.
void collect(const Json& node, const std::string& path, const std::string& line, std::string_view root, Wrong& wrong,
             int depth) {
    if (depth > deepest) return;
    for (const Json::Member& member : node.members()) {
        if (!is_name(member.name)) continue;
        if (member.name == "errors" && !path.empty()) {
            const std::string_view code = member.value.at(0)["errorCode"].string();
            wrong.gone = wrong.gone || code == "E06000";
            wrong.exists = wrong.exists || code == "E06010";
            if (++wrong.count > most_fields_named) continue;
            wrong.fields.append(wrong.fields.empty() ? "" : ", ").append(line);
            wrong.fields += known_name(root, !line.empty(), path);
            if (is_name(code)) wrong.fields.append(" (").append(code).append(")");
        } else if (member.name == "lines" && member.value.is_array()) {
            for (const Json& item : member.value.items())
                collect(item, {}, "line " + std::to_string(item["arrayIndex"].integer(0) + 1) + " ", root, wrong,
                        depth + 1);
        } else if (member.value.is_object()) {
            collect(member.value, path.empty() ? member.name : path + "." + member.name, line, root, wrong, depth + 1);
        }
    }
}

std::int64_t wait_ms(std::string_view retry_after) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
    if (error == std::errc::result_out_of_range && !retry_after.starts_with('-')) return longest_wait_ms;
    if (error != std::errc{} || seconds <= 0) return default_wait_ms;
    return std::min(seconds, longest_wait_ms / 1000) * 1000;
}

std::string_view code_of_status(int status, bool is_json) {
    if (status == 429) return "http.429";
    if (status == 501) return "http.501";
    if (status >= 500) return "http.5xx";
    if (status == 401) return "http.401";
    if (status == 403) return "http.403";
    if (status < 400 || !is_json) return "http.address";
    if (status == 404) return "http.404";
    return "http.4xx";
}

}  // namespace

std::string wrong_fields(const Json& errors, std::string_view root) {
    Wrong wrong;
    collect(errors, {}, {}, root, wrong, 0);
    return std::move(wrong.fields);
}

sdk::Failure Failures::refused(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    const auto parsed = Json::parse(answer.body, nullptr, {most_bytes_read, 16, 64});
    const Json body = parsed ? *parsed : Json{};
    std::string code{body["errorCode"].string()};
    // The newer APIs list what is wrong.
    if (const std::string_view first = body["errors"].at(0)["errorCode"].string(); code.empty() && table_.find(first))
        code = first;
    if (!is_name(code)) code.clear();
    Wrong wrong;
    collect(body["errors"], {}, {}, attempt.root, wrong, 0);
    const bool filter = body.has("allowedFilteringFields") || (body["errors"].is_array() && code.empty());
    std::string_view known = code;
    if (answer.status == 400 && filter && !attempt.write)
        known = "query.refused";
    else if (attempt.write && attempt.root == "product" && (code == "E06010" || wrong.exists))
        known = brygga::code::product_exists;
    else if (attempt.write && answer.status == 400 && (code == "E06000" || wrong.gone))
        known = brygga::code::reference_gone;
    // The status wins where it says more than the code.
    const auto* found = known.empty() ? nullptr : table_.find(known);
    if (!found || answer.status == 429 || answer.status >= 500 || (answer.status == 404 && code == "E06000"))
        found = &table_.row(code_of_status(answer.status, parsed || answer.body.empty()));

    const std::string_view verb = found->status == BRYGGA_TRANSIENT ? "failed to " : "refused to ";
    std::string message = std::string{"e-conomic "}.append(verb) + attempt.what + ". " + found->cause;
    if (!wrong.fields.empty()) message += " Fields: " + wrong.fields + ".";
    message += " HTTP status " + std::to_string(answer.status);
    if (const std::string_view log = body["logId"].string(); is_name(log))
        message.append(", log id ").append(log).append(" for the vendor's support");
    message += ".";
    if (!code.empty() && found->code != code) message += " Vendor code " + code + ".";
    sdk::Failure f{found->status, found->code, std::move(message), found->remedy};
    f.remote_status = static_cast<std::uint32_t>(answer.status);
    if (f.status == BRYGGA_RATE_LIMITED || (f.status == BRYGGA_TRANSIENT && !answer.header("retry-after").empty()))
        f.retry_after_ms = wait_ms(answer.header("retry-after"));
    f.outcome_unknown = attempt.write && f.status == BRYGGA_TRANSIENT;
    return f;
}

sdk::Failure Failures::unreadable(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    const std::string did = attempt.write ? "It is not known whether e-conomic did " : "e-conomic did not ";
    return table_.failure("answer.unreadable", did + attempt.what + ".")
        .remote(answer.status)
        .unknown_outcome(attempt.write);
}

}  // namespace brygga::economic
