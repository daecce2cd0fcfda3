#include "settings/read_order_status.h"

namespace brygga::settings {

void read_order_status(Reader& r, OrderStatus& s) {
    if (r.has("statuses")) {
        s.statuses.clear();
        Reader statuses = r.section("statuses");
        for (const char* stage : {"written", "invoiced", "shipped"})
            if (std::string status = statuses.text(stage); !status.empty()) s.statuses[stage] = std::move(status);
        statuses.finish();
        if (s.statuses.empty())
            r.file().error(r.find("statuses"), "'statuses' names no status", "write for example { shipped: shipped }");
    }
    s.reference_prefix = r.text("reference_prefix");
    Reader tracking = r.section("tracking");
    s.tracking_code = tracking.text("code");
    s.tracking_carrier = tracking.text("carrier");
    if (s.tracking_code.empty()) tracking.without_effect("carrier", "it is sent together with a code");
    tracking.finish();
    s.mail = r.boolean("mail", s.mail);
}

}  // namespace brygga::settings
