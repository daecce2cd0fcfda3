#include "settings/standard_mapping.h"

#include <stdexcept>

#include "category_mapping_yaml.h"
#include "customer_mapping_yaml.h"
#include "order_mapping_yaml.h"
#include "product_into_books_mapping_yaml.h"
#include "product_mapping_yaml.h"
#include "settings/read_mapping.h"

namespace brygga::settings {

namespace {

Mapping read_built_in(const std::string& name, const std::string& entity, std::string_view text) {
    const std::string file = "mappings/" + name + ".yaml";
    std::vector<Problem> errors, warnings;
    const FileContext context{file, nullptr, errors, warnings, lines_of(text)};
    Reader reader{context, YAML::Load(std::string{text}), "this document"};
    Mapping out;
    read_mapping(
        reader, entity, [](const std::string&) { return std::optional<std::string>{}; }, out);
    reader.finish();
    if (!errors.empty()) throw std::logic_error{to_text(errors.front())};
    return out;
}

/// An order's customer is a customer as any other.
Mapping joined(const Mapping& customer, Mapping order) {
    order.rules.insert(order.rules.begin(), customer.rules.begin(), customer.rules.end());
    return order;
}

}  // namespace

const Mapping& standard_mapping(std::string_view name) {
    static const Mapping category = read_built_in("category", "category", category_mapping_yaml),
                         customer = read_built_in("customer", "customer", customer_mapping_yaml),
                         order = joined(customer, read_built_in("order", "order", order_mapping_yaml)),
                         product = read_built_in("product", "product", product_mapping_yaml),
                         into_books = read_built_in("product_into_books", "product", product_into_books_mapping_yaml),
                         none;
    for (const auto& [known, mapping] :
         {std::pair{"order", &order}, std::pair{"customer", &customer}, std::pair{"product", &product},
          std::pair{"product_into_books", &into_books}, std::pair{"category", &category}})
        if (name == known) return *mapping;
    return none;
}

}  // namespace brygga::settings
