// Case files of broken configurations: what `brygga check` says of a directory. Lines that start with # before the
// first heading say what the case shows. Its files replace those of good.case of the same name, or come beside them.
//
//     # What the case shows.
//     === flows.d/orders.yaml        a file of the directory, to the next heading
//     flow: orders
//     from: shp
//     to: books
//     === problems                   all that is said, to the letter
//     error: flows.d/orders.yaml:2:7: flow 'orders' names the connection 'shp', which does not exist; did you …
//
// In the environment are PLUGINS, the directory of the connectors, and the secrets that good.case names.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace brygga::app {

struct Case {
    std::map<std::string, std::string> files;  ///< by path
    std::string expected;
};

Case read_case(const std::filesystem::path& file);
/// What `brygga check` prints of these files, without the directory's own path.
std::string problems_of(const std::map<std::string, std::string>& files);

}  // namespace brygga::app
