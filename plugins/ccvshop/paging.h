// One page after the other of a whole list of the shop, so that a record that is removed meanwhile hides none.
// Stateless: where a pass stands is its Scan, which the caller keeps in a cursor.
#pragma once

#include <string>
#include <vector>

#include "api.h"
#include "scan.h"

namespace brygga::ccvshop {

std::vector<std::string> ids_of(const Json& items);

/// The page at which the scan stands; from the first one when it does not go on where the page before ended, once.
/// resource: "users". Fails like Api::get, and with answer.shape.
Json next_page(sdk::Call& call, const Api& api, const std::string& resource, const Query& query, Scan& scan,
               bool& restarted);
/// Moves the scan behind a page that has another one after it. Fails with answer.paging when that is no move.
void pass_page(const Api& api, const std::string& resource, const std::vector<std::string>& ids, Scan& scan);

}  // namespace brygga::ccvshop
