#include "app/master_key.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "app/key_file.h"
#include "base/crypto.h"
#include "store/master_key.h"

namespace brygga::app {

namespace {

constexpr std::size_t key_bytes = 32;

std::string next_of(const std::string& file) { return file + ".next"; }

store::KeyPlaces places(const std::string& file, const Secret& next) {
    const auto durable = [file](int result, const char* what) -> Expected<void> {
        if (result == 0) return sync_directory(file);
        return Error{ErrorClass::misconfigured, "file.not_usable",
                     fmt::format("cannot {} {}: {}.", what, next_of(file), std::strerror(errno)),
                     "Give the service's user access to the directory and start the host: it goes on by itself."};
    };
    return {
        .keep_next = [file, next] { return create_key(next_of(file), next); },
        .put_in_place = [file, durable] { return durable(std::rename(next_of(file).c_str(), file.c_str()), "rename"); },
        .drop_next = [file, durable] { return durable(std::remove(next_of(file).c_str()), "remove"); }};
}

}  // namespace

Expected<Secret> master_key(const settings::Host& host, Log& log) {
    const std::string& file = host.master_key_file;
    if (std::error_code ignored; std::filesystem::exists(next_of(file), ignored)) {
        const auto next = read_or_create_key(next_of(file));
        // One that was cut while it was written was never used.
        if (!next && next.error().code != "key.invalid") return next.error();
        const Secret known = next ? *next : Secret{std::string(key_bytes, '\0')};
        if (auto settled = store::settle_master_key(host.store, known, places(file, known), log); !settled)
            return settled.error();
    }
    return read_or_create_key(file);
}

Expected<void> rotate_master_key(const settings::Host& host, Log& log) {
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    if (credentials && host.master_key_file.starts_with(std::string{credentials} + "/"))
        return Error{
            ErrorClass::unsupported, "key.credential", "The master key is a credential of systemd.",
            "Put it into a file with master_key: { file: FILE }, rotate it there, and make the credential of it."};
    const auto now = master_key(host, log);
    if (!now) return now.error();
    const Secret next{crypto::random_bytes(key_bytes)};
    return store::change_master_key(host.store, *now, next, places(host.master_key_file, next), log);
}

}  // namespace brygga::app
