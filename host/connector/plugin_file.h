// plugin_file: whether a file may be loaded as a plugin at all, decided before a byte of it runs: who can
// change it, where it lies, what its ELF header asks for. Pure reading; it never loads anything.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"

namespace brygga::connector {

/// The resolved, absolute path of a regular file below one of the directories, owned by root or by this
/// user, that nobody else can change (nor any folder above it). Errors, all misconfigured: plugin.not_found,
/// plugin.outside, plugin.permissions, plugin.not_a_plugin, plugin.unsafe.
Expected<std::filesystem::path> admit_plugin_file(const std::filesystem::path& file,
                                                  const std::vector<std::filesystem::path>& plugin_dirs);

/// Both resolved.
bool is_below(const std::filesystem::path& file, const std::filesystem::path& directory);

/// A 64-bit shared object for this machine, without library search path (RPATH, RUNPATH), text relocations and
/// executable stack. Errors: plugin.not_a_plugin, plugin.unsafe.
Expected<void> check_elf(const std::filesystem::path& file);

/// The names that the file defines in its dynamic symbol table: what others can see of it.
std::vector<std::string> exported_symbols(const std::filesystem::path& file);

/// The file defines this symbol in its dynamic symbol table, the only one that a stripped file has. Error:
/// plugin.not_a_plugin.
Expected<void> check_exports(const std::filesystem::path& file, std::string_view symbol);

}  // namespace brygga::connector
