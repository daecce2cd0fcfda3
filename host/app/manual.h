// manual(): the manual page of brygga from its template. What the table of commands says stands there alone: a line
// ".Command flows pause" becomes the heading of that command with what is said of it. Pure; run by the build.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.h"

namespace brygga::app {

/// Errors: misconfigured (manual.command), for a command that the template lacks, has twice or knows alone, and an
/// option that no line mentions.
Expected<std::string> manual(std::string_view pattern);

}  // namespace brygga::app
