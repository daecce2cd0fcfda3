// Offline: the commands of `brygga` that need no running host: check, test, eval, plugin describe and install. Each
// gives the exit code and says the rest on standard output and error.
#pragma once

#include <optional>
#include <string>

#include "app/arguments.h"
#include "base/log.h"
#include "base/secret.h"

namespace brygga::app {

inline constexpr const char* own_plugins = "/usr/local/lib/brygga/plugins";
inline constexpr const char* own_plugin_keys = "/etc/brygga/trusted-plugin-keys.d";

std::string environment(const char* name, std::string fallback = {});
/// Of --token, --token-file or the environment; nothing when its file cannot be read.
std::optional<Secret> token_of(const Arguments& arguments);
/// The file of authorities that are trusted besides the system's; may be empty.
std::string ca_of(const Arguments& arguments);

int check_directory(const std::string& directory, const Arguments& arguments, Log& log);
/// Needs no secrets and no connection: only the mappings have to be in order.
int test_directory(const std::string& directory, bool as_json, Log& log);
int evaluate(const Arguments& arguments);
int install(const Arguments& arguments);
int describe(const std::string& file);

}  // namespace brygga::app
