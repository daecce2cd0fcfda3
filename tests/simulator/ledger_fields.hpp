// Field tables of the eAccounting records, taken from the vendor sheet: type, use, limits.
// Immutable tables, readable from any thread. A table never holds behaviour: rules between
// fields live with the record that has them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace brygga::sim {

enum class FieldType : std::uint8_t { guid, text, integer, number, boolean, date, list, object };
enum class FieldUse : std::uint8_t { optional, required, read_only };

struct Field {
    std::string_view name;
    FieldType type;
    FieldUse use;
    bool nullable;
    int max_length;
    int places;  ///< decimals allowed, -1 for no rule
    int bounded = 0;
    std::int64_t least = 0;
    std::int64_t most = 0;
};

struct Schema {
    std::span<const Field> fields;

    /// Position of the field, or -1.
    int index(std::string_view name) const noexcept {
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (fields[i].name == name) return static_cast<int>(i);
        return -1;
    }
};

extern const Schema customer_fields;
extern const Schema article_fields;
extern const Schema quote_fields;
extern const Schema quote_row_fields;
extern const Schema order_fields;
extern const Schema order_row_fields;
extern const Schema draft_fields;
extern const Schema draft_row_fields;
extern const Schema invoice_fields;
extern const Schema invoice_row_fields;
extern const Schema payment_fields;

}  // namespace brygga::sim
