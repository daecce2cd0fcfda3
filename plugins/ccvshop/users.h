// The registered users of the shop as customers: who is read when. What a user becomes is in records.cpp.
#pragma once

#include "api.h"
#include "brygga/sdk/connector.hpp"

namespace brygga::ccvshop {

/// A pass by ascending id, so that who registers comes last: a finished one goes on where it ended, and shows its last
/// few again. The list holds all that is known of a user.
void poll_users(sdk::Call& call, const sdk::Host& host, const Api& api, const sdk::PollRequest& request,
                sdk::Page& page);

}  // namespace brygga::ccvshop
