#include "entity/order_progress.h"

#include <tuple>

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/limits.h"

namespace brygga::entity {

namespace {

constexpr std::size_t reference_bytes = 1'000;

Error invalid_progress(std::string_view number, std::string_view member, std::string_view expected) {
    return {ErrorClass::rejected, "status.invalid",
            fmt::format("The status that document {} tells: {} must be {}.", excerpt(number, 60), member, expected),
            "Correct it in the source; if it is right there, report this to the author of the connector."};
}

}  // namespace

Expected<OrderProgress> parse_order_progress(const Json& document) {
    OrderProgress out;
    const std::string number{document["number"].text()};
    for (const auto& [name, into, bytes] :
         {std::tuple{"id", &out.id, key_bytes}, std::tuple{"number", &out.number, key_bytes},
          std::tuple{"kind", &out.kind, key_bytes}, std::tuple{"reference", &out.reference, reference_bytes}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        if (!value.is_string() || value.string().size() > bytes)
            return invalid_progress(number, name, fmt::format("at most {} bytes of text", bytes));
        *into = value.string();
    }
    if (out.id.empty()) return invalid_progress(number, "id", "given");
    for (const auto& [name, into] : {std::pair{"invoiced", &out.invoiced}, std::pair{"shipped", &out.shipped}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        if (!value.is_boolean()) return invalid_progress(number, name, "true or false");
        *into = value.boolean();
    }
    if (const Json& gross = document["gross"]; !gross.is_null()) {
        out.gross = gross.is_number() ? gross.decimal() : std::nullopt;
        if (!out.gross) return invalid_progress(number, "gross", "a number");
    }
    return out;
}

}  // namespace brygga::entity
