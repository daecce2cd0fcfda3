#include "paging.h"

#include "vendor.h"

namespace brygga::ccvshop {

std::vector<std::string> ids_of(const Json& items) {
    std::vector<std::string> ids;
    for (const Json& item : items.items()) ids.push_back(id_of(item));
    return ids;
}

Json next_page(sdk::Call& call, const Api& api, const std::string& resource, const Query& query, Scan& scan,
               bool& restarted) {
    for (;;) {
        call.throw_if_cancelled();
        Json list = api.get(call, "/" + resource + "/", Query{query}.add("start", scan.start).add("size", page_size));
        if (!list["items"].is_array())
            throw api.failure("answer.shape", "CCV Shop answered GET /" + resource + "/ without a list of items.");
        if (restarted || scan.continued_by(ids_of(list["items"]))) return list;
        restarted = true;
        scan.restart();
    }
}

void pass_page(const Api& api, const std::string& resource, const std::vector<std::string>& ids, Scan& scan) {
    const std::int64_t before = scan.start;
    scan.advance(ids);
    if (scan.start <= before) throw api.failure("answer.paging", "The list of " + resource + " does not move on.");
}

}  // namespace brygga::ccvshop
