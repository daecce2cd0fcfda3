// Vault: what makes stored content unreadable without the master key: the newest data key (all are wrapped by the
// master key) seals payloads, steps and secrets, the older ones still open what they sealed; another one, derived from
// the first, makes keyed hashes of match keys. Owned by the store; safe on any thread. It never stores or shows a key.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace brygga::store {

/// Names one cell; sealed content opens only where it was put.
struct Cell {
    std::string_view table;
    std::string row;
    std::string_view column;
};
/// Joins texts so that different lists never give the same text.
std::string joined(std::initializer_list<std::string_view> parts);

class Vault {
public:
    static constexpr std::size_t key_size = 32;
    static constexpr std::size_t hash_size = 16;

    using DataKeys = std::map<std::uint8_t, Secret>;
    /// `keys` has number 1, and `current`, which seals.
    Vault(std::string install_id, DataKeys keys, std::uint8_t current);

    const std::string& install_id() const noexcept { return install_id_; }

    /// A key that opens, but does not seal yet.
    void add(std::uint8_t number, const Secret& key);
    /// It seals from now on.
    void use(std::uint8_t number);
    /// Whether the key that seals now has sealed this.
    bool is_current(std::string_view sealed) const;

    /// Key number (1 byte), then nonce, ciphertext and tag.
    std::string seal(std::string_view plain, const Cell& cell) const;
    /// Nothing when the key, the cell or a bit is wrong.
    std::optional<std::string> open(std::string_view sealed, const Cell& cell) const;
    /// The same with zstd inside.
    std::string pack(std::string_view plain, const Cell& cell) const;
    std::optional<std::string> unpack(std::string_view sealed, const Cell& cell) const;

    /// 16 bytes; without the key nobody can test a guess.
    std::string keyed_hash(std::initializer_list<std::string_view> parts) const;

    // The wrapped data key and the mark of the master key, as kept in the database.
    static std::string wrap(const Secret& master, const Secret& data_key, std::string_view install_id);
    static std::optional<Secret> unwrap(const Secret& master, std::string_view wrapped, std::string_view install_id);
    static std::string master_id(const Secret& master);

private:
    std::string context(const Cell& cell) const;

    struct Ring {
        std::shared_mutex mutex;
        DataKeys keys;
        std::uint8_t current;
    };
    std::string install_id_;
    std::unique_ptr<Ring> ring_;
    Secret hash_key_;
};

}  // namespace brygga::store
