// Where pictures of products lie: a server beside the vendors, whose files follow from their names. Safe on any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"
#include "http_server.hpp"

namespace brygga::sim {

class Pictures {
public:
    /// NAME.jpg, .png, .gif, .webp: such a picture. Where the name has "missing": 404; "large": 6 MiB; "text": no
    /// picture; "moved": a redirect; "broken": 500.
    Reply serve(std::string_view name);
    /// How often each was asked for.
    Json asked() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, int, std::less<>> asked_;
};

}  // namespace brygga::sim
