#include "schemas.h"

#include <array>
#include <map>
#include <memory>
#include <utility>

// Else an invalid schema ends the process; the adapter then has to come before RapidJSON's own headers.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "customer_schema.h"
#include "manifest_schema.h"
#include "order_schema.h"
#include "product_schema.h"
#include "stock_schema.h"

namespace brygga::conformance {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> texts{{{"customer", customer_schema},
                                                                              {"manifest", manifest_schema},
                                                                              {"order", order_schema},
                                                                              {"product", product_schema},
                                                                              {"stock", stock_schema}}};

struct Compiled {
    rapidjson::Document document;
    valijson::Schema schema;
    explicit Compiled(std::string_view text) {
        document.Parse(text.data(), text.size());
        valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
        parser.populateSchema(valijson::adapters::RapidJsonAdapter{document}, schema);
    }
};

std::string_view text_of(std::string_view name) {
    for (const auto& [known, text] : texts)
        if (known == name) return text;
    return {};
}

}  // namespace

bool has_schema(std::string_view name) { return !text_of(name).empty(); }

std::string misfit(std::string_view name, const Json& document) {
    const std::string_view text = text_of(name);
    if (text.empty()) return {};
    const Compiled compiled{text};
    rapidjson::Document parsed;
    const std::string content = document.dump();
    parsed.Parse(content.data(), content.size());
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled.schema, valijson::adapters::RapidJsonAdapter{parsed}, &results)) return {};
    // The deepest place says it best: its parents fail with it.
    std::string best, why;
    std::size_t depth = 0;
    for (const auto& error : results) {
        if (error.context.size() < depth) continue;
        depth = error.context.size();
        best.clear();
        for (const std::string& part : error.context)
            if (part.size() > 2 && part.front() == '[') best += "/" + part.substr(1, part.size() - 2);
        why = error.description;
    }
    return (best.empty() ? "/" : best) + ": " + why;
}

}  // namespace brygga::conformance
