#include "flow/stock_level.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace brygga::flow {

Expected<Decimal> level_of(const entity::Stock& stock, const settings::Stock& settings) {
    const Decimal free = stock.reserved ? stock.quantity - *stock.reserved : stock.available.value_or(stock.quantity);
    Decimal level = stock.quantity;
    if (settings.mode == "available") level = stock.available.value_or(free);
    if (settings.mode == "available_minus_reserved") level = free;
    if (settings.mode == "with_incoming") {
        if (!stock.incoming)
            return Error{ErrorClass::misconfigured, "stock.no_incoming",
                         fmt::format("Article {}: its system does not tell what is on its way from suppliers.",
                                     excerpt(stock.sku, 60)),
                         "Take another mode in the settings of the flow: physical, available or "
                         "available_minus_reserved."};
        level = free + *stock.incoming;
    }
    level -= settings.buffer;
    return level.is_negative() ? Decimal{} : level;
}

}  // namespace brygga::flow
