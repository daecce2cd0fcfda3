#include "settings/read_stock.h"

namespace brygga::settings {

void read_stock(Reader& r, Stock& s) {
    s.mode = r.one_of("mode", s.mode, {"physical", "available", "available_minus_reserved", "with_incoming"});
    const std::string manage = r.one_of("manage", "keep", {"true", "false", "keep"});
    if (manage != "keep") s.manage = manage == "true";
    s.buffer = r.decimal("buffer", s.buffer, Decimal{0}, Decimal{1'000'000});
    s.full_every = r.duration("full_every", s.full_every);
    if (s.full_every < std::chrono::hours{1})
        r.file().error(r.find("full_every"), "'full_every' is shorter than an hour", "write for example 24h");
}

}  // namespace brygga::settings
