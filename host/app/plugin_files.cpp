#include "app/plugin_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "connector/own_files.h"
#include "connector/plugin_keys.h"
#include "connector/runner.h"

namespace brygga::app {

namespace fs = std::filesystem;
using connector::PluginKeys;

namespace {

const auto signature_of = PluginKeys::signature_of;

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

/// As anybody may read it, on the disk.
Expected<void> copy_whole(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    if (!fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed))
        return not_written(to, failed.message());
    fs::permissions(to, fs::perms{0644}, failed);
    if (failed) return not_written(to, failed.message());
    if (!synced(to, O_RDONLY)) return not_written(to, "it does not reach the disk");
    return {};
}

Expected<std::shared_ptr<const connector::Plugin>> inspect(const fs::path& file, const PluginKeys& keys) {
    std::error_code missing;
    if (fs::exists(file, missing))
        if (const auto signature = keys.check(file); !signature) return signature.error();
    return connector::inspect_plugin(file, {file.has_parent_path() ? file.parent_path() : fs::path{"/"}},
                                     connector::own_runner());
}

}  // namespace

Expected<Json> install_plugin(const fs::path& file, const fs::path& directory, const fs::path& keys) {
    const auto trusted = PluginKeys::read(keys);
    if (!trusted) return trusted.error();
    std::error_code failed;
    const fs::path from = fs::canonical(file, failed);
    const auto offered = inspect(failed ? file : from, *trusted);
    if (!offered) return offered.error();
    const schema::Manifest& manifest = (*offered)->manifest;
    fs::create_directories(directory, failed);
    if (failed) return not_written(directory, failed.message());
    const fs::path place = directory / fmt::format("brygga_{}.so", manifest.id);
    Json replaced{};
    if (fs::exists(place, failed)) {
        const auto present = inspect(place, {});
        replaced = present ? Json{(*present)->manifest.version} : Json{"unknown"};
    }
    Copy copy{directory / fmt::format(".brygga_{}.so.{}", manifest.id, ::getpid())};
    if (const auto copied = copy_whole(from, copy.file); !copied) return copied.error();
    Copy signature;
    if (fs::exists(signature_of(from), failed)) {
        signature.file = signature_of(copy.file);
        if (const auto copied = copy_whole(signature_of(from), signature.file); !copied) return copied.error();
    }
    if (const auto admitted = inspect(copy.file, *trusted); !admitted) return admitted.error();
    // A crash between the two leaves a file that is refused, not one that nobody signed.
    if (signature.file.empty()) fs::remove(signature_of(place), failed);
    for (auto& [held, end] : {std::pair{&signature, signature_of(place)}, std::pair{&copy, place}}) {
        if (held->file.empty()) continue;
        fs::rename(held->file, end, failed);
        if (failed) return not_written(end, failed.message());
        held->file.clear();
    }
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
    fs::remove(signature_of(place), failed);
    return {};
}

}  // namespace brygga::app
