#include "settings/read_stock.h"

namespace brygga::settings {

void read_stock(Reader& r, Stock& s) {
    s.mode = r.one_of("mode", s.mode, {"physical", "available", "available_minus_reserved", "with_incoming"});
    const std::string manage = r.one_of("manage", "keep", {"true", "false", "keep"});
    if (manage != "keep") s.manage = manage == "true";
    s.buffer = r.decimal("buffer", s.buffer, Decimal{0}, Decimal{1'000'000});
    s.full_every = r.hours("full_every", s.full_every);
}

}  // namespace brygga::settings
