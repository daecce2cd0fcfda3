// Notes: a whole small connector, the place to start a new one from. One instance serves one connection and is
// used by one thread at a time; all it knows of the world is the host.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/error_table.hpp"
#include "manifest_json.h"

namespace notes {

class Connector {
public:
    static constexpr std::string_view manifest = brygga::manifest_json;

    Connector(brygga::sdk::Host host, const brygga::Json& config);

    void check(brygga::sdk::Call& call);
    void poll(brygga::sdk::Call& call, const brygga::sdk::PollRequest& request, brygga::sdk::Page& page);
    void find(brygga::sdk::Call& call, const brygga::Json& request, brygga::sdk::Page& page);
    brygga::Json deliver(brygga::sdk::Call& call, const brygga::Json& document, std::string_view idempotency_key);

private:
    /// The vendor's answer as a document, or the failure that it stands for.
    brygga::Json answer(const brygga::sdk::HttpResponse& response, bool wrote) const;
    brygga::Json get(brygga::sdk::Call& call, const std::string& path);
    /// The answer to a question for a list, which has items.
    brygga::Json get_list(brygga::sdk::Call& call, const std::string& path);

    brygga::sdk::Host host_;
    std::string base_url_;
    brygga::sdk::ErrorTable errors_;
};

}  // namespace notes
