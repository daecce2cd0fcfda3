#include "json_schema.h"

// Else an invalid schema ends the process; the adapter then has to come before RapidJSON's own headers.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace brygga {

struct JsonSchema::Compiled {
    rapidjson::Document document;
    valijson::Schema schema;
};

JsonSchema::JsonSchema(std::string_view text) : compiled_{std::make_unique<Compiled>()} {
    compiled_->document.Parse(text.data(), text.size());
    valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
    parser.populateSchema(valijson::adapters::RapidJsonAdapter{compiled_->document}, compiled_->schema);
}

JsonSchema::~JsonSchema() = default;

std::string JsonSchema::misfit(const Json& document) const {
    rapidjson::Document parsed;
    const std::string content = document.dump();
    parsed.Parse(content.data(), content.size());
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled_->schema, valijson::adapters::RapidJsonAdapter{parsed}, &results)) return {};
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

}  // namespace brygga
