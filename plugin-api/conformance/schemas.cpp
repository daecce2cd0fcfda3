#include "schemas.h"

#include <array>
#include <utility>

#include "category_schema.h"
#include "customer_schema.h"
#include "json_schema.h"
#include "manifest_schema.h"
#include "order_schema.h"
#include "order_status_schema.h"
#include "product_schema.h"
#include "stock_schema.h"

namespace brygga::conformance {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> texts{{{"category", category_schema},
                                                                              {"customer", customer_schema},
                                                                              {"manifest", manifest_schema},
                                                                              {"order", order_schema},
                                                                              {"order_status", order_status_schema},
                                                                              {"product", product_schema},
                                                                              {"stock", stock_schema}}};

std::string_view text_of(std::string_view name) {
    for (const auto& [known, text] : texts)
        if (known == name) return text;
    return {};
}

}  // namespace

bool has_schema(std::string_view name) { return !text_of(name).empty(); }

std::string misfit(std::string_view name, const Json& document) {
    const std::string_view text = text_of(name);
    return text.empty() ? std::string{} : JsonSchema{text}.misfit(document);
}

}  // namespace brygga::conformance
