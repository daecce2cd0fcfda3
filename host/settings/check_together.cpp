#include "settings/check_together.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/utf8.h"

namespace brygga::settings {

void check_together(Loaded& loaded) {
    Configuration& c = loaded.configuration;
    const auto bad_id = [&](const std::string& id, const Position& at) {
        const bool good = !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char ch) {
            return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_';
        });
        if (!good && !id.empty())
            loaded.errors.push_back({at, fmt::format("'{}' is no name", excerpt(id, 64)),
                                     "use small letters, digits, - and _, at most 64"});
    };
    std::set<std::string> connections, flows, references;
    for (const Connection& k : c.connections) {
        bad_id(k.id, k.places.whole);
        if (!connections.insert(k.id).second)
            loaded.errors.push_back(
                {k.places.whole, fmt::format("there are two connections '{}'", k.id), "rename one"});
    }
    for (const Connection& k : c.connections)
        if (!k.time_zone.empty() && std::ranges::find(c.flows, k.id, &Flow::from) == c.flows.end())
            loaded.warnings.push_back({k.places.whole,
                                       fmt::format("the time_zone of connection '{}' has no effect: a document has the "
                                                   "date of its source",
                                                   k.id),
                                       "set time_zone at the source connection"});
    for (Flow& f : c.flows) {
        bad_id(f.id, f.places.whole);
        if (const auto source = std::ranges::find(c.connections, f.from, &Connection::id);
            source != c.connections.end())
            f.time_zone = source->time_zone;
        if (!flows.insert(f.id).second)
            loaded.errors.push_back({f.places.whole, fmt::format("there are two flows '{}'", f.id), "rename one"});
        for (const auto& [key, end] : {std::pair{"from", f.from}, std::pair{"to", f.to}}) {
            if (end.empty() || connections.contains(end)) continue;
            const auto near = nearest(end, connections);
            loaded.errors.push_back(
                {f.places.of(key), fmt::format("flow '{}' names the connection '{}', which does not exist", f.id, end),
                 near ? fmt::format("did you mean '{}'?", *near) : "add it to connections.d"});
        }
        if (!f.from.empty() && f.from == f.to)
            loaded.errors.push_back({f.places.of("to"),
                                     fmt::format("flow '{}' reads from '{}' and writes into the same one", f.id, f.to),
                                     "name the connection of the books here"});
        if (!references.insert(f.to + '\n' + f.order.reference_prefix).second)
            loaded.errors.push_back(
                {f.places.of("to"),
                 fmt::format("flow '{}' and another one write into '{}' with the same document reference", f.id, f.to),
                 "give one of them a reference_prefix in its settings"});
    }
}

}  // namespace brygga::settings
