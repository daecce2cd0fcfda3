// WholeList: a list that is read as a whole each time, of a system that does not tell which of its records are gone:
// the cursor has the ids of the time before. A plain value; the connector reads the list.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::sdk {

class WholeList {
public:
    /// cursor: of the time before; anything else is as if nothing had been read.
    explicit WholeList(const Json& cursor) {
        for (const Json& id : cursor["ids"].items()) before_.emplace(id.text());
    }
    /// A record of this time.
    void read(std::string_view id) { now_.emplace(id); }
    /// Those of the time before that were not there this time.
    std::vector<std::string> gone() const {
        std::vector<std::string> out;
        for (const std::string& id : before_)
            if (!now_.contains(id)) out.push_back(id);
        return out;
    }
    /// Too many ids for a cursor are left out: then the next time tells of none that it is gone.
    Json cursor() const {
        std::size_t bytes = 0;
        Json ids = Json::array();
        for (const std::string& id : now_) {
            bytes += id.size() + 3;
            ids.push(id);
        }
        return Json::object({{"ids", bytes > most_bytes ? Json::array() : std::move(ids)}});
    }

private:
    static constexpr std::size_t most_bytes = 48u << 10;  // the host takes cursors of up to 64 KiB
    std::set<std::string, std::less<>> before_, now_;
};

}  // namespace brygga::sdk
