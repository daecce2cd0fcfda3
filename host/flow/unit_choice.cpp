#include "flow/unit_choice.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "flow/ages.h"

namespace brygga::flow {

namespace {

/// "piece" in the languages of the three systems, lower case; for articles that the shop gives no unit.
constexpr std::array<std::string_view, 12> piece_words{"st",    "st.",   "styck", "stk", "stk.",  "stuk",
                                                       "stuks", "stück", "pcs",   "pc",  "piece", "ea"};

std::vector<std::string> option_names(const Json& option) {
    const Json& a = option["attributes"];
    std::vector<std::string> names;
    for (const std::string_view name :
         {option["id"].text(), option["label"].string(), a["code"].string(), a["abbreviation"].string()})
        if (!name.empty()) names.push_back(lower_ascii(name));
    return names;
}

}  // namespace

Expected<std::string, Halt> choose_unit(const CallContext& call, connector::Catalog& catalog, const std::string& target,
                                        const std::string& name, const std::string& own, const std::string& wanted) {
    auto options = catalog.options(call, "unit", options_age);
    if (!options) {
        if (options.error().error_class == ErrorClass::unsupported) return std::string{};
        return Halt::failed(std::move(options).error());
    }
    const std::string called = lower_ascii(own);
    const Json* piece = nullptr;
    for (const Json& option : (*options)->items()) {
        if (!option["active"].boolean(true)) continue;
        for (const std::string& each : option_names(option)) {
            if (wanted.empty() && !called.empty() && each == called) return std::string{option["id"].text()};
            if (!piece && std::ranges::find(piece_words, each) != piece_words.end()) piece = &option;
        }
    }
    if (wanted.empty() && piece) return std::string{(*piece)["id"].text()};
    auto chosen = choose_option(call, catalog, target, name, "unit", wanted, "settings.target.unit");
    if (!chosen) return chosen.error();
    return std::string{(*chosen)["id"].text()};
}

}  // namespace brygga::flow
