#include "groups.h"

#include "brygga/sdk/whole_list.hpp"
#include "translate.h"

namespace brygga::economic {
namespace {

Json::Array all_groups(sdk::Call& call, const Api& api) {
    Json::Array rows;
    for (const Json& vendor : api.all(call, "/product-groups", {"list the product groups", "category"}))
        if (Json row = group_row(vendor); !row.is_null()) rows.push_back(std::move(row));
    return rows;
}

}  // namespace

void poll_groups(sdk::Call& call, const Api& api, const Json& cursor, sdk::Page& page) {
    sdk::WholeList list{cursor};
    for (const Json& row : all_groups(call, api)) {
        list.read(row["id"].string());
        if (!page.seen(row["id"].string(), row["revision"].string())) page.entity(row);
    }
    for (const std::string& id : list.gone()) page.entity(deleted_group(id));
    page.checkpoint(list.cursor(), false);
}

void find_groups(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page) {
    for (const Json& key : request["keys"].items()) {
        const std::string_view by = key["by"].string();
        if (by != "id" && by != "name")
            throw failures.own("find.not_searchable", {"look up a product group", "category"});
        for (Json& row : all_groups(call, api))
            if (row[by == "id" ? "id" : "number"].string() == key["value"].text()) page.entity(row.set("n", key["n"]));
    }
}

}  // namespace brygga::economic
