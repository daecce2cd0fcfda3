// ErrorTable: the rows of a manifest's `errors` by code, so that every failure has the class, cause and remedy that the
// manifest states. A plain value, made once for a connector.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brygga/sdk/connector.hpp"

namespace brygga::sdk {

class ErrorTable {
public:
    struct Row {
        std::string code, cause, remedy;
        brygga_status status = BRYGGA_BUG;
    };

    explicit ErrorTable(const Json& manifest) {
        for (const Json& row : manifest["errors"].items())
            rows_.push_back({std::string{row["code"].text()}, std::string{row["cause"].string()},
                             std::string{row["remedy"].string()}, status_of(row["class"].string())});
    }

    /// Null when the manifest has no such row.
    const Row* find(std::string_view code) const noexcept {
        const auto found = std::ranges::find(rows_, code, &Row::code);
        return found == rows_.end() ? nullptr : &*found;
    }
    /// For codes that the connector itself names; one without a row is a mistake of its own (errors.row).
    const Row& row(std::string_view code) const noexcept {
        const Row* found = find(code);
        return found ? *found : none_;
    }
    /// detail is put before the cause.
    Failure failure(std::string_view code, std::string_view detail) const {
        const Row& found = row(code);
        if (&found == &none_)
            return {none_.status, none_.code, "The connector has no row for the error " + std::string{code} + "."};
        return {found.status, found.code, std::string{detail} + ' ' + found.cause, found.remedy};
    }

    static brygga_status status_of(std::string_view error_class) noexcept {
        static constexpr std::pair<std::string_view, brygga_status> names[]{{"transient", BRYGGA_TRANSIENT},
                                                                            {"rate_limited", BRYGGA_RATE_LIMITED},
                                                                            {"auth", BRYGGA_AUTH},
                                                                            {"rejected", BRYGGA_REJECTED},
                                                                            {"misconfigured", BRYGGA_MISCONFIGURED},
                                                                            {"unsupported", BRYGGA_UNSUPPORTED}};
        for (const auto& [text, status] : names)
            if (text == error_class) return status;
        return BRYGGA_BUG;
    }

private:
    std::vector<Row> rows_;
    Row none_{"errors.row", "", "", BRYGGA_BUG};
};

}  // namespace brygga::sdk
