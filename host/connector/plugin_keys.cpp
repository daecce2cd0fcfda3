#include "connector/plugin_keys.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/crypto.h"

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_key_bytes = 16u << 10, most_plugin_bytes = 512u << 20, signature_bytes = 64;

/// Nothing when it cannot be read or is larger.
std::optional<std::string> content(const fs::path& file, std::size_t most) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed || size > most) return std::nullopt;
    std::string out(size, '\0');
    std::ifstream in{file, std::ios::binary};
    if (!in.read(out.data(), static_cast<std::streamsize>(size)) || in.peek() != std::ifstream::traits_type::eof())
        return std::nullopt;
    return out;
}

Error no_keys(const fs::path& place, std::string_view why) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "plugin.keys",
            .message = fmt::format("The keys of trusted connectors cannot be used: {} {}.", place.string(), why),
            .remedy = "Put the makers' public Ed25519 keys there as PEM files (openssl pkey -pubout), or remove it."};
}

Error unsigned_file(const fs::path& file, std::string_view why) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "plugin.signature",
            .message = fmt::format("{} was not loaded: {}.", file.string(), why),
            .remedy = fmt::format("Get the connector and its {} from its maker again, or trust the maker: put the "
                                  "public key into trusted-plugin-keys.d beside brygga.yaml.",
                                  PluginKeys::signature_of(file.filename()).string())};
}

}  // namespace

Expected<PluginKeys> PluginKeys::read(const fs::path& directory) {
    PluginKeys out;
    std::error_code failed;
    if (directory.empty() || (!fs::exists(directory, failed) && !failed)) return out;
    for (fs::directory_iterator it{directory, failed}, end; !failed && it != end; it.increment(failed)) {
        if (it->path().extension() != ".pem") continue;
        const auto pem = content(it->path(), most_key_bytes);
        const auto key = pem ? crypto::ed25519_key(*pem) : std::nullopt;
        if (!key) return no_keys(it->path(), pem ? "is no public Ed25519 key" : "cannot be read");
        out.keys_.push_back(*key);
    }
    if (failed) return no_keys(directory, failed.message());
    return out;
}

Expected<void> PluginKeys::check(const fs::path& file) const {
    if (keys_.empty()) return {};
    const auto signature = content(signature_of(file), signature_bytes);
    if (!signature) return unsigned_file(file, "it has no signature beside it");
    const auto bytes = content(file, most_plugin_bytes);
    if (!bytes) return unsigned_file(file, "it cannot be read");
    if (std::ranges::any_of(keys_,
                            [&](const std::string& key) { return crypto::verify_ed25519(key, *bytes, *signature); }))
        return {};
    return unsigned_file(file, "its signature is not one of a trusted maker, or it was changed since");
}

}  // namespace brygga::connector
