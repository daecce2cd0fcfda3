#include "app/plugin_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "connector/own_files.h"
#include "connector/runner.h"

namespace brygga::app {

namespace fs = std::filesystem;

namespace {

Error not_written(const fs::path& file, const std::string& why) {
    return {ErrorClass::misconfigured, "plugin.directory", fmt::format("{} cannot be written: {}.", file.string(), why),
            "Run this as root, or name another plugin directory with --dir."};
}

/// An id as a manifest may have it, so that it never leaves the directory.
bool is_name(std::string_view id) {
    return std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// On the disk, so that a power cut leaves the old file or the new one.
bool synced(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) return false;
    const bool done = ::fsync(fd) == 0;
    ::close(fd);
    return done;
}

/// The copy is gone unless it was put in its place.
struct Copy {
    fs::path file;
    ~Copy() {
        std::error_code ignored;
        if (!file.empty()) fs::remove(file, ignored);
    }
};

}  // namespace

Expected<Json> install_plugin(const fs::path& file, const fs::path& directory) {
    std::error_code failed;
    const fs::path from = fs::canonical(file, failed);
    const auto offered =
        connector::inspect_plugin(file, {failed ? fs::path{"/"} : from.parent_path()}, connector::own_runner());
    if (!offered) return offered.error();
    const schema::Manifest& manifest = (*offered)->manifest;
    fs::create_directories(directory, failed);
    if (failed) return not_written(directory, failed.message());
    const fs::path place = directory / fmt::format("brygga_{}.so", manifest.id);
    Json replaced{};
    if (fs::exists(place, failed)) {
        const auto present = connector::inspect_plugin(place, {directory}, connector::own_runner());
        replaced = present ? Json{(*present)->manifest.version} : Json{"unknown"};
    }
    Copy copy{directory / fmt::format(".brygga_{}.so.{}", manifest.id, ::getpid())};
    if (!fs::copy_file(from, copy.file, fs::copy_options::overwrite_existing, failed))
        return not_written(copy.file, failed.message());
    fs::permissions(copy.file, fs::perms{0644}, failed);
    if (failed) return not_written(copy.file, failed.message());
    if (const auto admitted = connector::inspect_plugin(copy.file, {directory}, connector::own_runner()); !admitted)
        return admitted.error();
    if (!synced(copy.file, O_RDONLY)) return not_written(copy.file, "it does not reach the disk");
    fs::rename(copy.file, place, failed);
    if (failed) return not_written(place, failed.message());
    copy.file.clear();
    (void)synced(directory, O_RDONLY | O_DIRECTORY);
    return Json::object(
        {{"id", manifest.id}, {"version", manifest.version}, {"file", place.string()}, {"replaced", replaced}});
}

Expected<void> remove_plugin(const std::string& id, const fs::path& directory) {
    const fs::path place = directory / fmt::format("brygga_{}.so", id);
    std::error_code failed;
    if (!is_name(id) || !fs::exists(place, failed))
        return Error{
            ErrorClass::misconfigured, "plugin.not_found",
            fmt::format("There is no connector '{}' in {}.", id, directory.string()),
            "A connector that came with a package goes with that package; brygga plugin list shows the files."};
    if (!fs::remove(place, failed)) return not_written(place, failed.message());
    return {};
}

}  // namespace brygga::app
