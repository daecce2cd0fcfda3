// Portable: a directory of files as documents for the API, and back. What a file takes from the environment, from other
// files or from systemd is taken here; an export names a variable for each secret. Used by `brygga`.
#pragma once

#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "settings/load.h"

namespace brygga::app {

struct Portable {
    Json documents = Json::array();
    std::vector<settings::Problem> errors;
};
Portable read_portable(const std::string& directory, const settings::Environment& environment);

struct Exported {
    std::vector<std::string> files;      ///< that were written
    std::vector<std::string> variables;  ///< of the environment that hold the secrets from now on
};
/// Errors: export.not_written; a file that is there already is not written over.
Expected<Exported> write_portable(const std::string& directory, const Json& documents);

}  // namespace brygga::app
