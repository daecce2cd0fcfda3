// Documents of the configuration as the API takes and gives them: which is meant, its secrets, what would change. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "settings/load.h"
#include "store/store.h"

namespace brygga::control {

/// A kind of object: its folder of files, its part of a path, and the key of a document that names it.
struct ObjectKind {
    std::string_view folder, path, key;
};
/// The kind of "/v1/flows/…"; nothing of other paths.
const ObjectKind* kind_of_path(std::string_view path);
/// By the key that names it: {"flow": "shop-orders", …} is a flow.
const ObjectKind* kind_of_document(const Json& document);
const ObjectKind* kind_of_folder(std::string_view folder);

/// Where it comes from and how it stands; null when there is none.
const settings::Origin* origin_of(const settings::Configuration& configuration, const ObjectKind& kind,
                                  const std::string& id);
std::string etag_of(const settings::Origin& origin);

/// RFC 7396.
Json merged(const Json& document, const Json& patch);
/// The document with each secret that is {"hidden": true} as `before`, the stored one, has it.
Json with_secrets_of(Json document, const Json& before);

/// [{"pointer", "reason", "suggestion"}] of what is wrong with documents that came by the API.
Json problem_list(const std::vector<settings::Problem>& problems, const std::vector<store::Document>& documents);

/// What a set of documents means for those that the API holds.
struct Difference {
    std::vector<store::Document> changes;  ///< what is to be done
    Json shown;                            ///< [{"kind", "id", "action": create | update | remove | none}]
};
/// before: what is stored. prune: what is not named goes.
Difference compare(const std::vector<store::Document>& wanted, const std::vector<store::Document>& before, bool prune);

}  // namespace brygga::control
