#include "settings/read_category.h"

namespace brygga::settings {

void read_category(Reader& r, Category& c) {
    c.create = r.one_of("missing", "create", {"create", "skip"}) == "create";
    c.full_every = r.hours("full_every", c.full_every);
}

}  // namespace brygga::settings
