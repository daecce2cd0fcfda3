// The call `find`: records by their keys, several keys in one request where the address stays short.
// One for each instance; it remembers which properties the vendor refuses to search by.
// It says "not there" only when the vendor has answered so: every doubt is a failure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "api.h"
#include "brygga/sdk/connector.hpp"
#include "listing.h"

namespace brygga::eaccounting {

class LookUp {
public:
    LookUp(const Api& api, const Failures& failures) : api_{api}, failures_{failures} {}

    void find(sdk::Call& call, const Json& request, sdk::Page& page);

private:
    struct Key {
        Json n;
        std::string value;
    };
    struct Query;
    void payments(sdk::Call& call, const Json& request, sdk::Page& page);
    void find_in(sdk::Call& call, const Source& source, Query& query);
    void by_id(sdk::Call& call, const Source& source, Query& query);
    void by_property(sdk::Call& call, const Source& source, std::string_view property, Query& query);
    bool filter(sdk::Call& call, const Source& source, std::string_view property, const std::vector<const Key*>& keys,
                Query& query);
    void scan(sdk::Call& call, const Source& source, std::string_view property, Query& query);

    const Api& api_;
    const Failures& failures_;
    std::set<std::string, std::less<>> refused_;  ///< list and property
};

}  // namespace brygga::eaccounting
