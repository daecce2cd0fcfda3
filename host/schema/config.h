// A connection's `config` against the schema of its connector: defaults, and one finding for each wrong key.
// Pure functions; the cold path, a few calls at start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/manifest.h"

namespace brygga::schema {

struct ConfigFinding {
    std::string pointer;  ///< "/requests_per_minute"
    std::string reason;   ///< "must be an integer from 1 to 6000"
};

/// Empty when the configuration fits. Names that the schema does not have are findings with the nearest one.
std::vector<ConfigFinding> check_config(const Manifest& manifest, const Json& config);

/// The configuration with the schema's defaults where a key is absent.
Json with_defaults(const Manifest& manifest, const Json& config);

/// "{identity_url}/connect/token" with the values of the configuration.
/// Error: misconfigured, connection.config, when a key has no value.
Expected<std::string> expand(std::string_view text, const Json& config);

}  // namespace brygga::schema
