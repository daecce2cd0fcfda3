#include "monitor/notice.h"

#include <fmt/format.h>

namespace brygga::monitor {

std::string headline(const Json& payload) {
    const std::string_view event = payload["event"].string();
    if (event == "test") return "Brygga: this is a test of the channel";
    const bool one = payload["count"].integer(0) == 1;
    const std::string_view rule = payload["rule"].string();
    const std::string what =
        rule == "connection_failing" ? fmt::format("connection {} is failing", payload["connection"].string())
        : rule == "webhook_failing"
            ? fmt::format("connection {} cannot have its webhooks registered", payload["connection"].string())
            : fmt::format("{} {} of flow {} {} a person", payload["count"].text(), one ? "delivery" : "deliveries",
                          payload["flow"].string(), one ? "needs" : "need");
    return fmt::format("Brygga: {}{}", event == "resolved" ? "over: " : "", what);
}

std::string notice_text(const Json& payload) {
    const std::string_view event = payload["event"].string();
    const std::string head = headline(payload);
    if (event == "test") return head + ".";
    if (event == "resolved") return fmt::format("{}, since {}.", head, payload["since"].string());
    return fmt::format("{}, since {}. {} {} {}", head, payload["since"].string(), payload["cause"].string(),
                       payload["remedy"].string(), payload["url"].string());
}

}  // namespace brygga::monitor
