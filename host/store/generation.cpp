#include "store/generation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/crash_point.h"

namespace brygga::store {

namespace {

std::int64_t number_in(Database& database) {
    auto q = database.query("SELECT value FROM meta WHERE name = 'generation'");
    std::int64_t number = 0;
    if (q.row()) {
        const std::string text = q.string(0);
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return number;
}

void put_number(Database& database, std::int64_t number) {
    database.run(
        "INSERT INTO meta(name, value) VALUES('generation', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
        std::to_string(number));
}

std::optional<Restoration> restoration_in(Database& database) {
    auto q = database.query("SELECT value FROM meta WHERE name = 'restoration'");
    if (!q.row()) return std::nullopt;
    const Json json = q.json(0);
    return Restoration{json["generation"].integer(0), from_unix_ms(json["at"].integer(0)),
                       json["last_delivery"].integer(0)};
}

bool sync(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC);
    const bool done = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    return done;
}

/// Whole or not at all, and durable.
bool replace_file(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    const std::string directory = std::filesystem::path{path}.parent_path().string();
    return written && std::rename(fresh.c_str(), path.c_str()) == 0 &&
           sync(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace

Generation::Generation(const std::string& database_path, std::string install_id, Log& log)
    : database_path_{database_path},
      path_{database_path + ".generation"},
      install_id_{std::move(install_id)},
      log_{log} {}

/// Nothing when there is none that belongs to this database.
std::optional<std::int64_t> Generation::read_file() const {
    std::ifstream in{path_};
    std::string install;
    std::int64_t number = 0;
    if (!(in >> install >> number) || install != install_id_) return std::nullopt;
    return number;
}

void Generation::open(Database& database, Instant now) {
    const std::int64_t stored = number_in(database);
    const std::optional<std::int64_t> file = read_file();
    const bool restored = file ? stored < *file : stored > 0;
    // A new database gets its file first: else an end between the two would look like a copy.
    if (!file && !restored) follow(0);
    const std::int64_t number = std::max(stored, file.value_or(0)) + 1;
    database.run("BEGIN IMMEDIATE");
    try {
        put_number(database, number);
        if (restored) note_restoration(database, number, now);
        database.run("COMMIT");
    } catch (const Failure&) {
        database.roll_back();
        throw;
    }
    tried_at_ = database.total_changes();
    restoration_ = restoration_in(database);
    BRYGGA_CRASH_POINT("generation_raised");
    follow(number);
    if (!restored) return;
    log_.warning(
        "store.restored",
        Json::object(
            {{"file", database_path_},
             {"message",
              fmt::format("the database {} is an older copy or was moved here ({}): what was written at the targets "
                          "since is not known",
                          database_path_,
                          file ? fmt::format("generation {}, {} expected", stored, *file) : path_ + " is missing")},
             {"remedy",
              "nothing: the targets are read again and each order of the copy is looked for there before it is "
              "written; a connection whose access was renewed since may need consent again"}}));
}

void Generation::note_restoration(Database& database, std::int64_t number, Instant now) {
    std::int64_t last = 0;
    {
        auto q = database.query("SELECT max(id) FROM delivery");
        if (q.row()) last = q.integer(0);
    }
    const std::string text =
        Json::object({{"generation", number}, {"at", to_unix_ms(now)}, {"last_delivery", last}}).dump();
    database.run(
        "INSERT INTO meta(name, value) VALUES('restoration', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
        text);
}

std::optional<std::int64_t> Generation::raise(Database& database) {
    if (database.total_changes() == raised_at_) return std::nullopt;
    const std::int64_t number = number_in(database) + 1;
    put_number(database, number);
    tried_at_ = database.total_changes();
    return number;
}

void Generation::follow(std::int64_t number) {
    raised_at_ = tried_at_;
    if (replace_file(path_, fmt::format("{} {}\n", install_id_, number))) return;
    // The database is ahead of its file then, which is no sign of a copy: a full disk must not stop a host.
    log_.warning(
        "store.generation_not_written",
        Json::object({{"file", path_},
                      {"message", fmt::format("the file {} cannot be written: {}", path_, std::strerror(errno))},
                      {"remedy", "give the user of the host write access to the directory, and free space"}}));
}

}  // namespace brygga::store
