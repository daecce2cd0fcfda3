#include "entity/category.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/limits.h"

namespace brygga::entity {

namespace {

constexpr std::size_t category_name_bytes = 1'000, description_bytes = 65'536;

Error invalid_category(std::string_view id, std::string_view member, std::string_view expected) {
    return {ErrorClass::rejected, "category.invalid",
            fmt::format("Category {}: {} must be {}.", excerpt(id, 60), member, expected),
            "Correct it in the source; if it is right there, report this to the author of the connector."};
}

}  // namespace

Expected<Category> parse_category(const Json& document) {
    Category out;
    out.id = document["id"].string();
    for (const auto& [name, into, bytes] :
         {std::tuple{"id", &out.id, key_bytes}, std::tuple{"name", &out.name, category_name_bytes},
          std::tuple{"description", &out.description, description_bytes}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        if (!value.is_string() || value.string().size() > bytes)
            return invalid_category(out.id, name, fmt::format("at most {} bytes of text", bytes));
        *into = value.string();
    }
    if (out.id.empty()) return invalid_category(out.name, "id", "given");
    if (const Json& deleted = document["deleted"]; !deleted.is_null()) {
        if (!deleted.is_boolean()) return invalid_category(out.id, "deleted", "true or false");
        out.deleted = deleted.boolean();
    }
    if (out.name.empty() && !out.deleted) return invalid_category(out.id, "name", "given");
    return out;
}

Json to_json(const Category& category) {
    Json out = Json::object({{"id", category.id}});
    for (const auto& [name, text] :
         {std::pair{"name", &category.name}, std::pair{"description", &category.description}})
        if (!text->empty()) out.set(name, *text);
    if (category.deleted) out.set("deleted", true);
    return out;
}

}  // namespace brygga::entity
