#include "connector/own_files.h"

#include <cstdlib>
#include <system_error>

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
    std::error_code failed;
    return fs::read_symlink("/proc/self/exe", failed).parent_path();
}

/// The first that is there, else the last.
fs::path first(const fs::path& one, const fs::path& other) {
    std::error_code failed;
    return fs::exists(one, failed) ? one : other;
}

}  // namespace

fs::path own_runner() {
    if (const char* named = std::getenv("BRYGGA_RUNNER")) return named;
    const fs::path folder = own_folder();
    return first(folder / "brygga-runner", folder.parent_path() / "lib/brygga/brygga-runner");
}

Trust trust_own_plugins(const fs::path& configuration) {
    const fs::path above = own_folder().parent_path();
    return {first(above / "lib/brygga/plugins", above / "plugins"), own_runner(),
            configuration / "trusted-plugin-keys.d"};
}

}  // namespace brygga::connector
