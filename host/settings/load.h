// load(): the files of a configuration directory, and what came by the API, as a Configuration, or every problem with
// its position. Reads files and nothing else; the environment is handed in. Runs once at start and at each reload. What
// only a connector can judge (its config keys, its secrets) is checked where connectors are known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "settings/config.h"
#include "store/store.h"

namespace brygga::settings {

struct Problem {
    Position at;
    std::string message;     ///< what is wrong
    std::string suggestion;  ///< what to write instead; may be empty
    std::string excerpt{};   ///< of an expression: its line, and carets under what is meant; may be empty
};

/// "flows.d/shop.yaml:3:5: unknown key 'trigers'; did you mean 'trigger'?", and the excerpt on lines of its own.
std::string to_text(const Problem& problem);

struct Loaded {
    Configuration configuration;
    std::vector<Problem> errors;  ///< not empty: the configuration must not be used
    std::vector<Problem> warnings;
};

/// The value of an environment variable.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// documents: those that came by the API; they follow the files, and their place is "api/flows/shop-orders".
Loaded load(const std::string& directory, const Environment& environment,
            const std::vector<store::Document>& documents = {});

/// The same of files alone and each document for itself: whether they go together is for others to say.
Loaded load_documents(const std::string& directory, const Environment& environment);

/// "250ms", "90s", "5m", "24h", "30d", at most "36500d"; nothing for anything else.
std::optional<Milliseconds> parse_duration(std::string_view text);

}  // namespace brygga::settings
