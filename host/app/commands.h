// Commands: what `brygga` can do, as one table that the parser, the help and the completion of shells read. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/arguments.h"

namespace brygga::app {

struct Command {
    std::string_view words;     ///< "flows pause"
    std::string_view synopsis;  ///< what follows: "FLOW [--wait]"; its options are those that the command takes
    std::string_view about;
    std::string_view example{};  ///< lines as they are typed, without "brygga"; may be empty
};
const std::vector<Command>& commands();
/// Every option of any command, and those that all of them take.
std::vector<OptionSpec> option_specs();

/// The command that a line begins with; null when there is none.
const Command* command_of(const std::vector<std::string>& words);
/// What is wrong with the words or options of a line, if anything: there is no such command, or it does not take one.
std::optional<Error> misuse(const Arguments& arguments);

/// Of the command, or the commands, that the words begin; of all when they begin none. With examples, where it is of
/// few.
std::string help(const std::vector<std::string>& words = {});
/// What may stand in place of the last word, one a line, some with a tab and a description; ":files" for a file's name.
std::string completions(const std::vector<std::string>& words);
/// Loads completion into bash, zsh or fish; nothing for another shell.
std::optional<std::string_view> completion_script(std::string_view shell);

}  // namespace brygga::app
