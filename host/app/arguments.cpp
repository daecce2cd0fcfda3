#include "app/arguments.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"

namespace brygga::app {

Expected<Arguments> parse_arguments(const std::vector<std::string>& words, const std::vector<OptionSpec>& specs) {
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!word.starts_with("--")) {
            out.words.push_back(word);
            continue;
        }
        const auto equals = word.find('=');
        const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
        const auto spec = std::ranges::find_if(specs, [&](const OptionSpec& s) { return s.name == name; });
        if (spec == specs.end()) {
            std::vector<std::string> known;
            for (const OptionSpec& s : specs) known.push_back(s.name);
            const auto near = nearest(name, known);
            return Error{ErrorClass::misconfigured, "usage", fmt::format("unknown option --{}", name.substr(0, 60)),
                         near ? fmt::format("did you mean --{}?", *near) : ""};
        }
        std::string value;
        if (!spec->takes_value) {
            if (equals != std::string::npos)
                return Error{ErrorClass::misconfigured, "usage", fmt::format("--{} takes no value", name), ""};
        } else if (equals != std::string::npos) {
            value = word.substr(equals + 1);
        } else if (i + 1 < words.size()) {
            value = words[++i];
        } else {
            return Error{ErrorClass::misconfigured, "usage", fmt::format("--{} needs a value", name), ""};
        }
        auto& values = out.options[name];
        if (!values.empty() && !spec->repeats)
            return Error{ErrorClass::misconfigured, "usage", fmt::format("--{} stands twice", name), ""};
        values.push_back(std::move(value));
    }
    return out;
}

}  // namespace brygga::app
