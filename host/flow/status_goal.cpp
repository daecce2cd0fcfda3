#include "flow/status_goal.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace brygga::flow {

namespace {

/// In the order in which a shop's order comes to them.
constexpr std::array<std::pair<std::string_view, int>, 10> ranks{{{"new", 1},
                                                                  {"awaiting_payment", 2},
                                                                  {"processing", 2},
                                                                  {"backorder", 2},
                                                                  {"reserved", 2},
                                                                  {"ready", 3},
                                                                  {"shipped", 4},
                                                                  {"delivered", 5},
                                                                  {"completed", 6},
                                                                  {"cancelled", 7}}};

std::string_view meaning_of(const Json& option) { return option["attributes"]["status"].string(); }

/// By id, else by label, else the first one with this meaning.
const Json* named(const Json& options, std::string_view wanted) {
    const auto first = [&](auto&& fits) -> const Json* {
        const auto& all = options.items();
        const auto found = std::ranges::find_if(all, fits);
        return found == all.end() ? nullptr : &*found;
    };
    if (const Json* by_id = first([&](const Json& o) { return o["id"].text() == wanted; })) return by_id;
    if (const Json* by_label = first([&](const Json& o) { return o["label"].string() == wanted; })) return by_label;
    return first([&](const Json& o) { return meaning_of(o) == wanted; });
}

Error no_option(std::string_view stage, std::string_view wanted, const Json& options) {
    std::string labels;
    for (const Json& option : options.items())
        if (meaning_of(option) != "cancelled")
            labels += (labels.empty() ? "" : ", ") + std::string{option["label"].string()};
    return {ErrorClass::rejected, "status.option",
            fmt::format("The shop has no status '{}' that could be written.", excerpt(wanted, 60)),
            fmt::format("Name one of these in settings.statuses.{} of the flow: {}.", stage, excerpt(labels, 400))};
}

}  // namespace

std::optional<int> rank_of(std::string_view status) {
    const auto found = std::ranges::find(ranks, status, [](const auto& r) { return r.first; });
    return found == ranks.end() ? std::nullopt : std::optional{found->second};
}

bool is_final(std::string_view status) { return rank_of(status).value_or(0) > *rank_of("shipped"); }

std::vector<std::string_view> stages_of(const entity::OrderProgress& status) {
    std::vector<std::string_view> stages{"written"};
    if (status.invoiced) stages.emplace_back("invoiced");
    if (status.shipped) stages.emplace_back("shipped");
    return stages;
}

std::string_view order_number(const entity::OrderProgress& status, const settings::OrderStatus& settings) {
    const std::string_view reference = status.reference;
    return reference.starts_with(settings.reference_prefix) ? reference.substr(settings.reference_prefix.size())
                                                            : std::string_view{};
}

Expected<std::optional<ShopStatus>> status_goal(const entity::OrderProgress& status,
                                                const settings::OrderStatus& settings, const Json& options) {
    std::optional<ShopStatus> goal;
    for (const std::string_view stage : stages_of(status)) {
        const auto wanted = settings.statuses.find(std::string{stage});
        if (wanted == settings.statuses.end()) continue;
        const Json* option = named(options, wanted->second);
        const auto rank = option ? rank_of(meaning_of(*option)) : std::nullopt;
        if (!rank || meaning_of(*option) == "cancelled") return no_option(stage, wanted->second, options);
        if (goal && *rank <= *rank_of(goal->meaning)) continue;
        goal = ShopStatus{std::string{(*option)["id"].text()}, std::string{(*option)["label"].string()},
                          std::string{meaning_of(*option)}, std::string{stage}};
    }
    return goal;
}

std::optional<std::string> stale(const ShopStatus& goal, std::string_view present) {
    const auto rank = rank_of(present);
    if (!rank) return fmt::format("it has a status that is not known ({})", excerpt(present, 40));
    if (is_final(present)) return fmt::format("it is {} there", present);
    if (*rank >= *rank_of(goal.meaning))
        return fmt::format("it is {} there, which '{}' does not go beyond", present, goal.label);
    return std::nullopt;
}

}  // namespace brygga::flow
