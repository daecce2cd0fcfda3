#include "app/key_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/crypto.h"

namespace brygga::app {

namespace {

constexpr std::size_t key_bytes = 32;

Error cannot(std::string_view what, const std::string& path, int error) {
    return {ErrorClass::misconfigured, "file.not_usable", fmt::format("{} {}: {}.", what, path, std::strerror(error)),
            "Give the service's user access to the file and its directory, or name another place in brygga.yaml."};
}

Error open_to_others(const std::string& path) {
    return {ErrorClass::misconfigured, "key.permissions", fmt::format("{} can be read by others than its owner.", path),
            fmt::format("Run: chmod 600 {}", path)};
}

/// The whole of a file of moderate size.
Expected<std::string> read_whole(const std::string& path, bool only_owner) {
    constexpr std::size_t largest = 256u << 10;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot("cannot read", path, errno);
    struct stat info {};
    const bool known = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t size = known ? 1 : -1;
    while (size > 0 && text.size() <= largest && (size = read(fd, buffer.data(), buffer.size())) > 0)
        text.append(buffer.data(), static_cast<std::size_t>(size));
    OPENSSL_cleanse(buffer.data(), buffer.size());
    const int error = known ? errno : EINVAL;
    close(fd);
    if (size < 0) return cannot("cannot read", path, error);
    if (text.size() > largest) return cannot("cannot read", path, EFBIG);
    if (only_owner && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) return open_to_others(path);
    return text;
}

/// A new file with one line, durable and readable for its owner only.
Expected<void> create(const std::string& path, const std::string& text) {
    const int made = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (made < 0) return cannot("cannot create", path, errno);
    std::string line = text;
    line += '\n';
    const bool written = write(made, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(made) == 0;
    const int error = errno;
    OPENSSL_cleanse(line.data(), line.size());
    close(made);
    if (written) return {};
    unlink(path.c_str());
    return cannot("cannot write", path, error);
}

/// The file's first line; made from `fresh` when it does not exist.
Expected<std::string> read_or_create(const std::string& path, const std::string& fresh) {
    int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), ignored);
        if (auto made = create(path, fresh); !made) return made.error();
        return fresh;
    }
    if (fd < 0) return cannot("cannot read", path, errno);
    struct stat info {};
    std::array<char, 256> buffer{};
    const bool known = fstat(fd, &info) == 0;
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    close(fd);
    if (!known || size < 0) return cannot("cannot read", path, errno);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) return open_to_others(path);
    std::string text{buffer.data(), static_cast<std::size_t>(size)};
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    return text;
}

}  // namespace

Expected<Secret> read_or_create_key(const std::string& path) {
    const auto text = read_or_create(path, crypto::hex(crypto::random_bytes(key_bytes)));
    if (!text) return text.error();
    auto key = crypto::from_hex(*text);
    if (!key || key->size() != key_bytes)
        return Error{ErrorClass::misconfigured, "key.invalid",
                     fmt::format("{} holds no key of 64 hexadecimal digits.", path),
                     "Restore the key file that belongs to this store; without it the store cannot be read."};
    return Secret{std::move(*key)};
}

Expected<void> create_key(const std::string& path, const Secret& key) {
    if (auto made = create(path, crypto::hex(key.reveal())); !made) return made;
    return sync_directory(path);
}

Expected<void> sync_directory(const std::string& path) {
    const std::string directory = std::filesystem::path{path}.parent_path().string();
    const int fd = open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) close(fd);
    if (!synced) return cannot("cannot keep", path, error);
    return {};
}

Expected<control::ServerIdentity> read_server_identity(const settings::Tls& files) {
    const auto chain = read_whole(files.certificate, false);
    if (!chain) return chain.error();
    auto key = read_whole(files.key, !files.credential);
    if (!key) return key.error();
    auto identity = control::server_identity(*chain, Secret{std::move(*key)});
    if (identity) return identity;
    Error error = identity.error();
    error.message = fmt::format("{}: {}", error.code == "tls.key" ? files.key : files.certificate, error.message);
    return error;
}

Expected<Secret> read_or_create_token(const std::string& path) {
    auto text = read_or_create(path, crypto::base32(crypto::random_bytes(key_bytes)));
    if (!text) return text.error();
    if (text->size() < 16)
        return Error{ErrorClass::misconfigured, "token.invalid", fmt::format("{} holds no token.", path),
                     "Remove it to have a new one made."};
    return Secret{std::move(*text)};
}

}  // namespace brygga::app
