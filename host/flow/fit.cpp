#include "flow/fit.h"

#include <fmt/format.h>

#include "flow/paths.h"

namespace brygga::flow {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// Code points that belong to the one before them: a cut before one would change the character before the cut.
bool joins(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    return rest.starts_with("\xE2\x80\x8D") /* zero width joiner */ ||
           rest.starts_with("\xEF\xB8\x8F") /* variation selector */ || rest.starts_with("\xF0\x9F\x8F\xBB") ||
           rest.starts_with("\xF0\x9F\x8F\xBC") || rest.starts_with("\xF0\x9F\x8F\xBD") ||
           rest.starts_with("\xF0\x9F\x8F\xBE") || rest.starts_with("\xF0\x9F\x8F\xBF") /* skin tones */ ||
           (rest.size() > 1 &&
            (static_cast<unsigned char>(rest[0]) == 0xCC ||
             (static_cast<unsigned char>(rest[0]) == 0xCD && static_cast<unsigned char>(rest[1]) < 0xB0)));
}

std::string cut(std::string text, int length) {
    int count = 0;
    std::size_t whole = 0;  // end of the last complete character
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_continuation(text[i])) continue;
        if (!joins(text, i)) whole = i;
        if (count++ == length) {
            text.resize(whole);
            while (!text.empty() && text.back() == ' ') text.pop_back();
            return text;
        }
    }
    return text;
}

void fit_value(Json& value, const schema::Field& field, std::string_view type, std::vector<std::string>& notices) {
    if (!value.is_string()) return;
    std::string fitted = clean_text(value.string(), field.length.value_or(0));
    if (fitted == value.string()) return;
    if (fitted.size() < clean_text(value.string(), 0).size())
        notices.push_back(fmt::format("{}.{} was shortened to {} characters.", type, field.path, *field.length));
    value = Json{std::move(fitted)};
}

}  // namespace

std::string clean_text(std::string_view text, int length) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool blank = byte <= 0x20 || byte == 0x7F;
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return length > 0 ? cut(std::move(out), length) : out;
}

void fit(Json& fields, std::string_view type, const schema::Capabilities& target, std::vector<std::string>& notices) {
    const auto rules = target.fields.find(std::string{type});
    if (rules == target.fields.end()) return;
    for (const schema::Field& field : rules->second)
        if (Json* value = at_path(fields, field.path)) fit_value(*value, field, type, notices);
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
