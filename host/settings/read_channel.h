// One document of alerts.d: where notices go, and how. Used by load() only, on its thread.
#pragma once

#include <functional>
#include <string>

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

using ReadSecret = std::function<Secret(const YAML::Node& value, const std::string& name)>;

Channel read_channel(Reader& r, const ReadSecret& read_secret);

}  // namespace brygga::settings
