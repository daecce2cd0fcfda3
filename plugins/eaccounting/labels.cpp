#include "labels.h"

#include "brygga/sdk/whole_list.hpp"
#include "translate.h"

namespace brygga::eaccounting {
namespace {

constexpr const char* path = "/articlelabels";

Json::Array all_labels(sdk::Call& call, const Api& api) {
    const Attempt attempt{"list the labels of articles", "category", false, true};
    Json::Array rows;
    for (std::int64_t number = 1;; ++number) {
        call.throw_if_cancelled();
        Records records = api.page(call, path, {}, number, attempt);
        for (const Json& vendor : records.rows)
            if (Json row = label_row(vendor); !row.is_null()) rows.push_back(std::move(row));
        if (records.last) return rows;
    }
}

}  // namespace

void poll_labels(sdk::Call& call, const Api& api, const Json& cursor, sdk::Page& page) {
    sdk::WholeList list{cursor};
    for (const Json& row : all_labels(call, api)) {
        list.read(row["id"].string());
        if (!page.seen(row["id"].string(), row["revision"].string())) page.entity(row);
    }
    for (const std::string& id : list.gone()) page.entity(deleted_label(id));
    page.checkpoint(list.cursor(), false);
}

void find_labels(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page) {
    const Attempt attempt{"look up a label", "category"};
    for (const Json& key : request["keys"].items()) {
        const std::string_view by = key["by"].string(), value = key["value"].text();
        const auto give = [&](Json row) {
            if (!row.is_null()) page.entity(row.set("n", key["n"]));
        };
        if (by == "id") {
            if (const auto vendor = api.find(call, item_path(path, value), attempt)) give(label_row(*vendor));
        } else if (by == "name") {
            for (Json& row : all_labels(call, api))
                if (row["number"].string() == value) give(std::move(row));
        } else {
            throw failures.own("find.not_searchable", attempt);
        }
    }
}

}  // namespace brygga::eaccounting
