#include "app/manual.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/commands.h"

namespace brygga::app {

namespace {

constexpr std::string_view mark = ".Command ";

Error wrong(std::string message) {
    return {ErrorClass::misconfigured, "manual.command", std::move(message), "Correct packaging/man/brygga.1.in."};
}

/// One word of a synopsis as mdoc(7) has it.
std::string macro(std::string word) {
    if (word == "|" || word == "...") return word;
    if (word == "[") return "Oo";
    if (word == "]") return "Oc";
    if (word.starts_with("--")) return fmt::format("Fl {}", word.substr(1));
    const bool literal = word.front() >= 'a' && word.front() <= 'z';
    for (std::size_t at = 0; (at = word.find('|', at)) != std::string::npos; at += 3) word.replace(at, 1, " | ");
    return fmt::format("{} {}", literal ? "Cm" : "Ar", word);
}

std::string heading(const Command& command) {
    std::string out = fmt::format(".It Cm {}", command.words), word;
    const auto flush = [&] {
        if (!word.empty()) out += ' ' + macro(std::exchange(word, {}));
    };
    for (const char c : command.synopsis) {
        if (c == '[' || c == ']') {
            flush();
            out += ' ' + macro({c});
        } else if (c == ' ') {
            flush();
        } else {
            word += c;
        }
    }
    flush();
    std::string about{command.about};
    about.front() = static_cast<char>(about.front() - ('a' <= about.front() && about.front() <= 'z' ? 'a' - 'A' : 0));
    out += fmt::format("\n{}.\n", about);
    for (std::string_view rest = command.example; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out += fmt::format(".Dl brygga {}\n", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

}  // namespace

Expected<std::string> manual(std::string_view pattern) {
    std::string out = ".\\\" Made from packaging/man/brygga.1.in and the table of commands.\n";
    std::set<std::string_view> told;
    while (!pattern.empty()) {
        const auto end = std::min(pattern.find('\n'), pattern.size() - 1);
        const std::string_view line = pattern.substr(0, end);
        if (line.starts_with(mark)) {
            const std::string_view words = line.substr(mark.size());
            const auto command = std::ranges::find(commands(), words, &Command::words);
            if (command == commands().end()) return wrong(fmt::format("There is no command '{}'.", words));
            if (!told.insert(words).second) return wrong(fmt::format("The command '{}' stands twice.", words));
            out += heading(*command);
        } else {
            out += fmt::format("{}\n", line);
        }
        pattern.remove_prefix(end + 1);
    }
    for (const Command& command : commands())
        if (!told.contains(command.words)) return wrong(fmt::format("The command '{}' is missing.", command.words));
    for (const OptionSpec& option : option_specs())
        if (out.find(fmt::format("Fl -{}", option.name)) == std::string::npos &&
            out.find(fmt::format("| -{}", option.name)) == std::string::npos)
            return wrong(fmt::format("The option --{} is not mentioned.", option.name));
    return out;
}

}  // namespace brygga::app
