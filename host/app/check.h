// Check: everything that can be known about a configuration without a network: the files, and what each
// connector's manifest says about its connections. Used by bryggad at start and by `brygga check`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connector/own_files.h"
#include "connector/plugin_set.h"
#include "flow/mapping_tests.h"
#include "settings/load.h"

namespace brygga::app {

struct Checked {
    settings::Configuration configuration;
    std::vector<settings::Problem> errors, warnings;
    settings::Configuration files;  ///< as they say it, before connections take what their flows say of them
    connector::PluginSet plugins;
    std::map<std::string, std::shared_ptr<const flow::FieldRules>> rules{};  ///< by flow; of those without mistakes
    std::vector<std::pair<std::string, flow::TestResult>> tests{};           ///< by flow
};

/// documents: see settings::load(); trust: see PluginSet, that of an installation unless given.
Checked check_configuration(const std::string& directory, const settings::Environment& environment, Log& log,
                            const std::vector<store::Document>& documents = {},
                            const std::optional<connector::Trust>& trust = {});
/// The same of settings that are read already.
Checked check_settings(settings::Loaded loaded, connector::PluginSet plugins);

settings::Environment process_environment();

}  // namespace brygga::app
