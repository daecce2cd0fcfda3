// Arguments: a command line split into words and options. Pure; used by both programs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"

namespace brygga::app {

struct OptionSpec {
    std::string name;  ///< without dashes
    bool takes_value = true;
    bool repeats = false;
};

struct Arguments {
    std::vector<std::string> words;
    std::map<std::string, std::vector<std::string>> options;

    bool has(const std::string& name) const { return options.contains(name); }
    std::string get(const std::string& name, std::string fallback = {}) const {
        const auto found = options.find(name);
        return found == options.end() ? fallback : found->second.back();
    }
};

/// --name value and --name=value. Error: misconfigured, usage, naming the word and the nearest option.
Expected<Arguments> parse_arguments(const std::vector<std::string>& words, const std::vector<OptionSpec>& specs);

}  // namespace brygga::app
