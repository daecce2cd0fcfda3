// Follow: a list of the API that is read again and again, and its rows as they come or change their state. News is
// pure; follow() asks once a second until Ctrl-C. The host keeps nothing for it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "app/remote.h"

namespace brygga::app {

/// Tells rows that have not been shown yet from those that have. A row counts again when its state is another one.
class News {
public:
    static constexpr std::size_t most_remembered = 20'000;

    /// The newest `show` of a first page, oldest first; the others of it count as seen.
    std::vector<Json> begin(const Json& page, std::size_t show);
    /// Of a later page, oldest first. What was there before the first page stays away.
    std::vector<Json> take(const Json& page);

private:
    /// False when it was seen before.
    bool note(const Json& row);

    std::map<std::string, std::string> states_;  ///< by id, as they were shown
    std::deque<std::string> order_;              ///< of these ids, oldest first
    std::string begun_;                          ///< the newest moment of the first page, as the host tells it
};

/// Shows rows of `path` (which has a query) until it is interrupted: exit code 0. While the host is away it waits, and
/// says so on standard error. Before the first answer, and when it is refused, it fails as every command does.
int follow(Remote& remote, const std::string& path, const std::vector<std::string>& columns, std::size_t show,
           bool as_json);

}  // namespace brygga::app
