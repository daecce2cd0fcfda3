// PluginKeys: the makers whose connectors an administrator trusts, by their public keys. Once there is one, a plugin
// file that did not come with the product needs the signature of one of them beside it. Immutable after read().
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/expected.h"

namespace brygga::connector {

class PluginKeys {
public:
    /// Every *.pem of the directory, an Ed25519 public key each (RFC 8410). A directory that is not there has none.
    /// Error: misconfigured, plugin.keys: one of them is no key, or cannot be read.
    static Expected<PluginKeys> read(const std::filesystem::path& directory);
    static std::filesystem::path signature_of(std::filesystem::path file) { return file += ".sig"; }

    /// The file as it stands is signed by one of the keys, or there is no key: the 64 bytes of its .sig are the Ed25519
    /// signature of its bytes (RFC 8032). Error: misconfigured, plugin.signature.
    Expected<void> check(const std::filesystem::path& file) const;

private:
    std::vector<std::string> keys_;
};

}  // namespace brygga::connector
