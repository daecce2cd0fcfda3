#include "flow/tracking.h"

#include <algorithm>

#include "brygga/sdk/json.hpp"
#include "brygga/sdk/paths.hpp"

namespace brygga::flow {

namespace {

constexpr std::size_t longest_code = 100;

}  // namespace

std::string tracking_code(std::string_view raw, const settings::OrderStatus& settings) {
    if (settings.tracking_code.empty()) return {};
    const auto record = Json::parse(raw);
    const Json* field = record ? at_path(*record, settings.tracking_code) : nullptr;
    std::string_view code = field ? field->text() : std::string_view{};
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!code.empty() && is_blank(code.front())) code.remove_prefix(1);
    while (!code.empty() && is_blank(code.back())) code.remove_suffix(1);
    const bool one_line = std::ranges::none_of(code, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return one_line && code.size() <= longest_code ? std::string{code} : std::string{};
}

}  // namespace brygga::flow
