#include "schema/reader.h"

#include <fmt/format.h>

#include "base/nearest.h"

namespace brygga::schema {
namespace {

constexpr std::size_t most_findings = 50;

void note(std::vector<std::string>& list, std::string text) {
    if (list.size() < most_findings) list.push_back(std::move(text));
}

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 64)) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

}  // namespace

std::string join(std::span<const std::string_view> names) { return fmt::format("{}", fmt::join(names, ", ")); }

void Reader::wrong(std::string_view reason) const {
    note(findings_->errors, fmt::format("{} {}", pointer_.empty() ? "/" : pointer_, reason));
}
void Reader::warn(std::string_view reason) const {
    note(findings_->warnings, fmt::format("{} {}", pointer_.empty() ? "/" : pointer_, reason));
}

bool Reader::any_object() const {
    if (value_->is_object()) return true;
    wrong(absent() ? "is missing; it must be an object" : "must be an object");
    return false;
}

bool Reader::object(std::initializer_list<std::string_view> names) const {
    if (!any_object()) return false;
    for (const Json::Member& m : value_->members()) {
        if (std::find(names.begin(), names.end(), m.name) != names.end()) continue;
        const auto meant = nearest(m.name, names);
        (*this)[m.name].warn(!meant ? std::string{"is not known"}
                                    : fmt::format("is not known; did you mean '{}'?", *meant));
    }
    return true;
}

Reader Reader::operator[](std::string_view name) const {
    return {(*value_)[name], fmt::format("{}/{}", pointer_, escaped(name)), *findings_};
}
Reader Reader::at(std::size_t index) const {
    return {value_->at(index), fmt::format("{}/{}", pointer_, index), *findings_};
}

std::string Reader::text(std::size_t most) const {
    if (absent()) return {};
    if (!value_->is_string()) return wrong("must be a string"), std::string{};
    if (value_->string().size() > most) return wrong(fmt::format("is longer than {} bytes", most)), std::string{};
    return std::string{value_->string()};
}
std::string Reader::required_text(std::size_t most) const {
    if (absent()) return wrong("is missing"), std::string{};
    if (value_->is_string() && value_->string().empty()) return wrong("must not be empty"), std::string{};
    return text(most);
}
bool Reader::boolean(bool fallback) const {
    if (absent()) return fallback;
    if (!value_->is_boolean()) wrong("must be true or false");
    return value_->boolean(fallback);
}
std::optional<int> Reader::optional_integer(int least, int most) const {
    if (absent()) return std::nullopt;
    const auto number = value_->integer();
    if (number && *number >= least && *number <= most) return static_cast<int>(*number);
    wrong(fmt::format("must be a whole number from {} to {}", least, most));
    return std::nullopt;
}
int Reader::integer(int fallback, int least, int most) const {
    return optional_integer(least, most).value_or(fallback);
}

std::vector<std::string> Reader::texts() const {
    std::vector<std::string> out;
    each_item([&](const Reader& item) { out.push_back(item.required_text()); });
    return out;
}

std::size_t Reader::one_of(std::span<const std::string_view> names, std::size_t fallback) const {
    if (absent()) return fallback;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (value_->is_string() && value_->string() == names[i]) return i;
    const auto meant = nearest(value_->string(), names);
    wrong(!meant ? fmt::format("must be one of {}", join(names))
                 : fmt::format("must be one of {}; did you mean '{}'?", join(names), *meant));
    return fallback;
}

}  // namespace brygga::schema
