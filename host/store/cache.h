// Cache: what was read from the database, until it is written. Only this process writes, so nothing else makes it
// stale. Safe on any thread; when full it forgets all. Owned by the store.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/expected.h"

namespace brygga::store {

/// Values by (place, key); a write forgets a place whole.
template <class Value>
class Cache {
public:
    explicit Cache(std::size_t most) : most_{most} {}

    /// The value, or what `read` makes of it. An error is not kept, nor is a value that was read while its place was
    /// written.
    template <class Read>
    Expected<Value> get(const std::string& place, const std::string& key, Read&& read) {
        std::uint64_t before = 0;
        {
            const std::scoped_lock lock{mutex_};
            const Place& known = places_[place];
            if (const auto found = known.values.find(key); found != known.values.end()) return found->second;
            before = known.writes;
        }
        Expected<Value> value = read();
        if (!value) return value;
        const std::scoped_lock lock{mutex_};
        Place& known = places_[place];
        if (known.writes != before) return value;
        if (known.values.size() >= most_) known.values.clear();
        return known.values.insert_or_assign(key, std::move(*value)).first->second;
    }
    /// After the commit of a write.
    void forget(const std::string& place) {
        const std::scoped_lock lock{mutex_};
        Place& known = places_[place];
        ++known.writes;
        known.values.clear();
    }

private:
    struct Place {
        std::uint64_t writes = 0;
        std::unordered_map<std::string, Value> values;
    };
    const std::size_t most_;
    std::mutex mutex_;
    std::map<std::string, Place> places_;
};

}  // namespace brygga::store
