#include "flow/fit.h"

#include <algorithm>

#include <fmt/format.h>

#include "brygga/sdk/paths.hpp"
#include "mapping/unicode.h"

namespace brygga::flow {

namespace {

/// Control characters (also those of Latin-1) and line ends become spaces; the size of one at `at`, 0 for any other.
std::size_t control_size(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7F) return 1;
    const std::string_view rest = text.substr(at);
    if (byte == 0xC2 && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xA0) return 2;
    return rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ? 3 : 0;
}

/// The highest code point of a character set of the manifest.
char32_t last_of(std::string_view charset) {
    return charset == "ascii" ? 0x7F : charset == "latin1" ? 0xFF : charset == "bmp" ? 0xFFFF : 0x10FFFF;
}

void note(std::vector<std::string>& notices, std::string notice) {
    if (std::ranges::find(notices, notice) == notices.end()) notices.push_back(std::move(notice));
}

}  // namespace

std::string fit_text(std::string_view text, const schema::Field& field, std::string_view type,
                     std::vector<std::string>& notices) {
    thread_local mapping::Unicode unicode;
    bool controls = false;
    std::string out = clean_text(text, &controls);
    if (controls)
        note(notices, fmt::format("{}.{}: control characters and line ends became spaces.", type, field.path));
    if (const char32_t last = last_of(field.charset); last < 0x10FFFF) {
        std::string allowed = clean_text(unicode.within(out, last));
        if (allowed != out) {
            note(notices, fmt::format("{}.{}: characters that the target does not take were replaced or left out.",
                                      type, field.path));
            out = std::move(allowed);
        }
    }
    if (!field.length || out.size() <= static_cast<std::size_t>(*field.length)) return out;
    const std::size_t kept = unicode.prefix_of_units(out, static_cast<std::size_t>(*field.length));
    if (kept == out.size()) return out;
    out.resize(kept);
    while (!out.empty() && out.back() == ' ') out.pop_back();
    note(notices, fmt::format("{}.{} was shortened to {} characters.", type, field.path, *field.length));
    return out;
}

std::string clean_text(std::string_view text, bool* controls) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t control = control_size(text, i);
        if (control == 0 && text[i] != ' ') {
            out += text[i++];
            continue;
        }
        if (controls) *controls |= control > 0;
        if (!out.empty() && out.back() != ' ') out += ' ';
        i += std::max<std::size_t>(control, 1);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

void fit(Json& fields, std::string_view type, const schema::Capabilities& target, std::vector<std::string>& notices) {
    const auto rules = target.fields.find(std::string{type});
    if (rules == target.fields.end()) return;
    for (const schema::Field& field : rules->second)
        if (Json* value = at_path(fields, field.path); value && value->is_string())
            *value = Json{fit_text(value->string(), field, type, notices)};
}

void leave_unwritable(Json& fields, std::string_view type, const schema::Capabilities& target,
                      std::vector<std::string>& notices) {
    const auto rules = target.fields.find(type);
    if (rules == target.fields.end()) return;
    for (const schema::Field& field : rules->second) {
        if (field.writable || !at_path(fields, field.path)) continue;
        erase_path(fields, field.path);
        note(notices,
             fmt::format("{}.{} was left out: this account of the target does not take it.", type, field.path));
    }
}

void fill_required(Json& fields, std::string_view type, const schema::Capabilities& target,
                   std::vector<std::string>& notices) {
    const auto rules = target.fields.find(std::string{type});
    if (rules == target.fields.end()) return;
    for (const schema::Field& field : rules->second) {
        if (!field.required || field.type != schema::FieldType::string) continue;
        const Json* value = at_path(fields, field.path);
        if (value && !value->is_null() && !(value->is_string() && value->string().empty())) continue;
        set_path(fields, field.path, Json{"-"});
        notices.push_back(
            fmt::format("{}.{} is required by the target and was empty: it got \"-\".", type, field.path));
    }
}

}  // namespace brygga::flow
