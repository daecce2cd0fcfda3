// BorderPage: the page that a plugin writes rows into: checks each row, hands it to the RowSink, says stop.
// Owned by the adapter for the length of one call. Its callbacks never throw: the plugin calls them.
#pragma once

#include <optional>

#include "brygga/plugin.h"
#include "connector/border_call.h"
#include "connector/connection.h"

namespace brygga::connector {

class BorderPage {
public:
    static constexpr std::size_t most_row_bytes = 16u << 20;
    static constexpr std::size_t most_cursor_bytes = 64u << 10;

    BorderPage(const RowSink& sink, const BorderCall& call) : sink_{sink}, call_{call} {
        raw_ = {sizeof raw_, this, entity, checkpoint, seen};
    }
    BorderPage(const BorderPage&) = delete;
    BorderPage& operator=(const BorderPage&) = delete;

    const brygga_page* raw() const noexcept { return &raw_; }
    /// A row or cursor was refused because the host wants no more.
    bool refused() const noexcept { return refused_; }
    /// What was wrong with a row or cursor; its text is the code's tail: bad_json, too_large.
    const std::optional<Error>& broken() const noexcept { return broken_; }
    bool has_checkpoint() const noexcept { return checkpoints_ > 0; }

private:
    static BorderPage& of(const brygga_page* page) noexcept { return *static_cast<BorderPage*>(page->host_data); }
    static brygga_status entity(const brygga_page* page, brygga_str row) noexcept;
    static brygga_status checkpoint(const brygga_page* page, brygga_str cursor, std::int32_t has_more) noexcept;
    static std::int32_t seen(const brygga_page* page, brygga_str id, brygga_str revision) noexcept;

    template <class Body>
    brygga_status take(brygga_str text, std::size_t most, std::string_view what, Body&& body) noexcept;

    const RowSink& sink_;
    const BorderCall& call_;
    brygga_page raw_{};
    bool refused_ = false;
    int checkpoints_ = 0;
    std::optional<Error> broken_;
};

}  // namespace brygga::connector
