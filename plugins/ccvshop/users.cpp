#include "users.h"

#include "paging.h"
#include "translate.h"
#include "vendor.h"

namespace brygga::ccvshop {

void poll_users(sdk::Call& call, const sdk::Host& host, const Api& api, const sdk::PollRequest& request,
                sdk::Page& page) {
    auto position = request.cursor.is_null() ? Scan{} : Scan::parse(request.cursor);
    if (!position) throw api.failure("poll.users", "The checkpoint of this flow cannot be used.");
    Scan& scan = *position;
    if (request.cursor.is_null()) scan.begun = host.unix_ms() / 1'000;
    bool restarted = false;
    for (std::size_t read = 0; read < request.max_items;) {
        Json list = next_page(call, api, "users", Query{}.add("orderby", "id"), scan, restarted);
        const std::vector<std::string> ids = ids_of(list["items"]);
        for (Json& user : list.member("items").items_for_writing()) {
            const std::string id = id_of(user);
            if (id.empty())
                host.log(BRYGGA_LOG_WARNING, "A user without a usable id was left out.");
            else if (!page.seen(id, revision_of(user)))
                page.entity(user_row(std::move(user)));
        }
        read += ids.size();
        if (list["next"].string().empty() || ids.empty()) {
            scan.rest(ids);
            return page.checkpoint(scan.to_json(), false);
        }
        pass_page(api, "users", ids, scan);
        page.checkpoint(scan.to_json(), true);
    }
}

}  // namespace brygga::ccvshop
