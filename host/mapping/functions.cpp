#include "mapping/functions.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::mapping {

namespace {

constexpr std::array<Kind, 8> named_kinds{Kind::string,    Kind::decimal, Kind::boolean, Kind::date,
                                          Kind::timestamp, Kind::list,    Kind::object,  Kind::null};

}  // namespace

std::string Kinds::names() const {
    std::vector<std::string_view> names;
    for (const Kind k : named_kinds)
        if (has(k)) names.push_back(name_of(k));
    if (names.size() == named_kinds.size()) return "any value";
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
        out += names[i];
    }
    return out;
}

std::span<const Family> families() noexcept {
    static const std::array<Family, 7> all{{{"Text", families_of::text()},
                                            {"Patterns (RE2)", families_of::pattern()},
                                            {"Numbers", families_of::number()},
                                            {"Lists", families_of::list()},
                                            {"Objects", families_of::object()},
                                            {"Dates", families_of::date()},
                                            {"Domain and errors", families_of::domain()}}};
    return all;
}

const Function* find_function(std::string_view name) noexcept {
    for (const Family& family : families()) {
        const auto found = std::ranges::find(family.functions, name, &Function::name);
        if (found != family.functions.end()) return &*found;
    }
    return nullptr;
}

std::vector<std::string_view> function_names() {
    std::vector<std::string_view> names;
    for (const Family& family : families())
        for (const Function& f : family.functions) names.push_back(f.name);
    return names;
}

std::string signature(const Function& function) {
    std::string out = fmt::format("{}(", function.name);
    for (const Parameter& p : function.parameters) {
        if (out.back() != '(') out += ", ";
        out += p.name;
        if (!p.standard.empty()) out += fmt::format(" = {}", p.standard);
    }
    return out + (function.repeats ? ", …)" : ")");
}

std::string suggestion_for_step(std::string_view name, Kind from) {
    if (find_function(name)) return fmt::format("the function is written .{}(…)", name);
    return from == Kind::list ? "take an item with [0], or all with map(x => …)" : "";
}

std::string wrong_argument(const Function& function, std::size_t argument, Kind found) {
    const Parameter& parameter = function.parameters[std::min(argument, function.parameters.size() - 1)];
    const std::string place = function.parameters.size() == 1 ? "" : fmt::format(" for '{}'", parameter.name);
    return fmt::format("{}() takes {}{}, not {}", function.name, parameter.kinds.names(), place, name_of(found));
}

}  // namespace brygga::mapping
