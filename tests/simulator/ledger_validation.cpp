#include "ledger_call.hpp"

namespace brygga::sim {
namespace {

Json standard_value(const Field& field) {
    if (field.type == FieldType::list) return Json::array();
    if (field.nullable || field.use == FieldUse::required) return Json{};
    switch (field.type) {
        case FieldType::number:
        case FieldType::integer:
            return Json{0};
        case FieldType::boolean:
            return Json{false};
        default:
            return Json{};
    }
}

void add(Json& errors, const std::string& field, std::string_view code, std::string message) {
    errors.push(
        Json::object({{"Field", field}, {"ErrorCode", code}, {"Message", std::move(message)}, {"Key", Json{}}}));
}

}  // namespace

std::string Ledger::text_error(const Field& field, std::string_view text) const {
    if (field.max_length > 0 && utf8_length(text) > static_cast<std::size_t>(field.max_length))
        return "The field " + std::string{field.name} + " must be a string with a maximum length of " +
               std::to_string(field.max_length) + ".";
    if (field.use == FieldUse::required && trimmed(text).empty() && switches_.is_default(Switch::empty_required))
        return "The field " + std::string{field.name} + " is required.";
    if (switches_.is_default(Switch::control_characters))
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r')
                return "The field " + std::string{field.name} + " contains an invalid character.";
    return {};
}

void Ledger::check_field(const Field& field, const Json& value, const std::string& where, Json& errors) const {
    const std::string name = where + std::string{field.name};
    const auto wrong = [&](std::string_view what) {
        add(errors, name, "InvalidType", "The field " + name + " must be " + std::string{what} + ".");
    };
    switch (field.type) {
        case FieldType::text:
            if (!value.is_string()) return wrong("a text");
            if (std::string error = text_error(field, value.string()); !error.empty())
                add(errors, name, "MaxLength", std::move(error));
            return;
        case FieldType::guid:
            if (!value.is_string() || !is_guid(value.string())) wrong("a GUID");
            return;
        case FieldType::boolean:
            if (!value.is_boolean()) wrong("a boolean");
            return;
        case FieldType::date:
            if (!value.is_string() || !parse_time(value.string()).valid) wrong("a date");
            return;
        case FieldType::list:
            if (!value.is_array()) wrong("a list");
            return;
        case FieldType::object:
            if (!value.is_object()) wrong("an object");
            return;
        case FieldType::integer:
        case FieldType::number:
            break;
    }
    const auto number = value.decimal();
    if (!number || (field.type == FieldType::integer && !number->is_integer())) return wrong("a number");
    if (field.places >= 0 && number->places() > field.places)
        add(errors, name, "Decimals", "The field " + name + " may have " + std::to_string(field.places) + " decimals.");
    if (field.bounded != 0 && (*number < Decimal{field.least} || *number > Decimal{field.most}))
        add(errors, name, "Range",
            "The field " + name + " must be between " + std::to_string(field.least) + " and " +
                std::to_string(field.most) + ".");
    if (number->abs() > Decimal{std::int64_t{1'000'000'000'000'000}})
        add(errors, name, "Range", "The field " + name + " is too large.");
}

Ledger::Problem Ledger::read(const Schema& schema, const Json& body, std::string_view where, Values& values) const {
    Json errors = Json::array();
    const std::string prefix{where};
    values.assign(schema.fields.size(), Json{});
    std::vector<bool> given(schema.fields.size());
    for (const Json::Member& m : body.members()) {
        const int index = schema.index(m.name);
        if (index < 0) {
            if (switches_.is_default(Switch::unknown_fields))
                add(errors, prefix + m.name, "UnknownField", "There is no field " + m.name + ".");
            continue;
        }
        const auto i = static_cast<std::size_t>(index);
        const Field& field = schema.fields[i];
        if (field.use == FieldUse::read_only) {
            if (switches_.get(Switch::readonly_fields) == 1)
                add(errors, prefix + m.name, "ReadOnly", "The field " + m.name + " is read-only.");
            continue;
        }
        if (m.value.is_null()) {
            const bool may_be_null = field.nullable || field.type == FieldType::object;
            if (!may_be_null && field.use != FieldUse::required)
                add(errors, prefix + m.name, "Null", "The field " + m.name + " must not be null.");
            continue;
        }
        check_field(field, m.value, prefix, errors);
        values[i] = m.value;
        given[i] = true;
    }
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
        if (given[i]) continue;
        const Field& field = schema.fields[i];
        if (field.use == FieldUse::required)
            add(errors, prefix + std::string{field.name}, "Required",
                "The field " + std::string{field.name} + " is required.");
        values[i] = standard_value(field);
    }
    if (errors.size() == 0) return {};
    std::string message{errors.at(0)["Message"].string()};
    return {400, 2000, std::move(message), std::move(errors)};
}

Json Ledger::date_value(std::string_view text) const {
    const bool with_time = switches_.get(Switch::date_form) == 1;
    return Json{std::string{text.substr(0, 10)} + (with_time ? "T00:00:00Z" : "")};
}

}  // namespace brygga::sim
