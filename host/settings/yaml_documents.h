// yaml_documents(): the documents of a YAML text. Pure.
#pragma once

#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace brygga::settings {

/// Throws YAML::Exception where the text is no YAML.
std::vector<YAML::Node> yaml_documents(const std::string& text);

}  // namespace brygga::settings
