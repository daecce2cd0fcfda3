#include "entity/document_reader.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::entity {

namespace {

/// Control characters would end up in ledgers and on paper. C1 ones take two bytes in UTF-8.
std::string without_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
        if (c == '\r' && next == '\n') continue;
        const bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
        out += (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || c1 ? ' ' : text[i];
        i += c1;
    }
    return out;
}

}  // namespace

void Reader::fail(std::string_view at, std::string_view name, std::string_view expected) {
    if (error_) return;
    error_ =
        Error{ErrorClass::rejected, code_,
              fmt::format("{}: {}{}{} must be {}.", record_, at, at.empty() || name.empty() ? "" : ".", name, expected),
              "Look at this record in its source. If it is right there, the connector has misread it: report "
              "this message."};
}

std::string Reader::text(const Json& from, std::string_view at, std::string_view name, std::size_t limit) {
    return checked_text(from[name], at, name, limit, from[name].is_string());
}

std::string Reader::id(const Json& from, std::string_view at, std::string_view name) {
    return checked_text(from[name], at, name, code_bytes, from[name].is_string() || from[name].is_number());
}

std::string Reader::required_id(const Json& from, std::string_view name) {
    std::string value = id(from, {}, name);
    if (value.empty()) fail({}, name, "a text that is not empty");
    return value;
}

bool Reader::boolean(const Json& from, std::string_view name, bool required) {
    const Json& value = from[name];
    if (!value.is_boolean() && (required || !value.is_null())) fail({}, name, "true or false");
    return value.boolean();
}

std::optional<Decimal> Reader::number(const Json& from, std::string_view at, std::string_view name,
                                      std::int64_t limit) {
    if (from[name].is_null()) return std::nullopt;
    const auto value = from[name].decimal();
    if (value && value->abs() <= Decimal{limit}) return value;
    fail(at, name, fmt::format("a number of at most {} with at most 9 decimals", limit));
    return std::nullopt;
}

Decimal Reader::required_number(const Json& from, std::string_view at, std::string_view name, std::int64_t limit) {
    const auto value = number(from, at, name, limit);
    if (!value) fail(at, name, "a number");
    return value.value_or(Decimal{});
}

Instant Reader::instant(const Json& from, std::string_view name, std::optional<Instant> fallback) {
    const Json& value = from[name];
    if (value.is_null() && fallback) return *fallback;
    const auto instant = from_rfc3339(value.string());
    if (!instant) fail({}, name, "a time like 2026-01-14T13:05:22Z");
    return instant.value_or(Instant{});
}

const Json& Reader::object(const Json& from, std::string_view name, bool required) {
    const Json& value = from[name];
    if (!value.is_object() && (required || !value.is_null())) fail({}, name, "an object");
    return value;
}

std::string Reader::checked_text(const Json& value, std::string_view at, std::string_view name, std::size_t limit,
                                 bool right_kind) {
    if (value.is_null()) return {};
    if (!right_kind || value.text().size() > limit) {
        fail(at, name, fmt::format("a text of at most {} bytes", limit));
        return {};
    }
    return without_controls(value.text());
}

bool all_capitals(std::string_view text, std::size_t length) {
    return text.size() == length && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string record_name(const Json& document, std::string_view kind, std::string unnamed) {
    for (const std::string_view name : {"number", "id"}) {
        const std::string_view value = document[name].text();
        if (!value.empty())
            return fmt::format("{} {}", kind, without_controls(value.size() <= 64 ? value : "(number too long)"));
    }
    return unnamed;
}

}  // namespace brygga::entity
