#include "connector/border_page.h"

#include <fmt/format.h>

#include "brygga/sdk/connector.hpp"

namespace brygga::connector {
namespace {

constexpr std::string_view row_name = "row";

}  // namespace

template <class Body>
brygga_status BorderPage::take(brygga_str text, std::size_t most, std::string_view what, Body&& body) noexcept {
    try {
        if (broken_) return BRYGGA_BUG;
        if (refused_ || call_.stop()) return refused_ = true, BRYGGA_CANCELLED;
        JsonError where;
        std::string_view raw;
        auto document = text.size <= most ? Json::parse_leaving(sdk::view(text), "raw", raw, &where) : std::nullopt;
        if (document && what == row_name && !document->is_object()) {
            where.message = "an object was expected";
            document.reset();
        }
        if (!document) {
            const bool large = text.size > most;
            broken_ = Error{.code = large ? "plugin.too_large" : "plugin.bad_json",
                            .message = large ? fmt::format("a {} of {} bytes, more than {}", what, text.size, most)
                                             : fmt::format("a {} that is not JSON ({} at byte {})", what, where.message,
                                                           where.offset),
                            .remedy = {}};
            return BRYGGA_BUG;
        }
        // What the connector read is kept as it stands: most of it is never looked at.
        if (!raw.empty()) document->set("raw", std::string{raw});
        if (body(std::move(*document))) return BRYGGA_OK;
        refused_ = true;
        return BRYGGA_CANCELLED;
    } catch (...) {
        refused_ = true;
        return BRYGGA_CANCELLED;
    }
}

brygga_status BorderPage::entity(const brygga_page* page, brygga_str row) noexcept {
    BorderPage& me = of(page);
    return me.take(row, most_row_bytes, "row",
                   [&](Json document) { return !me.sink_.row || me.sink_.row(std::move(document)); });
}

brygga_status BorderPage::checkpoint(const brygga_page* page, brygga_str cursor, std::int32_t has_more) noexcept {
    BorderPage& me = of(page);
    return me.take(cursor, most_cursor_bytes, "cursor", [&](const Json&) {
        ++me.checkpoints_;
        return !me.sink_.checkpoint || me.sink_.checkpoint(std::string{sdk::view(cursor)}, has_more != 0);
    });
}

std::int32_t BorderPage::seen(const brygga_page* page, brygga_str id, brygga_str revision) noexcept {
    BorderPage& me = of(page);
    try {
        return me.sink_.seen && me.sink_.seen(sdk::view(id), sdk::view(revision)) ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

}  // namespace brygga::connector
