// Reader: one YAML mapping, read key by key; what is wrong is collected with its position, what is not read is
// an unknown key. Used by load() only, on its thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "settings/load.h"

namespace brygga::settings {

/// What the readers of one file share.
struct FileContext {
    std::string file;                          ///< as people know it, relative to the directory
    const Environment* environment = nullptr;  ///< null: ${NAME} is plain text in this file
    std::vector<Problem>& errors;
    std::vector<Problem>& warnings;
    std::vector<std::string_view> lines{};  ///< of the file

    Position at(const YAML::Node& node) const { return {file, node.Mark().line + 1, node.Mark().column + 1}; }
    void error(const YAML::Node& node, std::string message, std::string suggestion = {}) const {
        errors.push_back({at(node), std::move(message), std::move(suggestion)});
    }
    /// What stands there; a line feed where nothing does.
    char character(const Position& at) const;
    /// ${NAME} replaced, $$ a dollar.
    std::string expand(const YAML::Node& node, const std::string& text) const;
};

std::vector<std::string_view> lines_of(std::string_view text);

class Reader {
public:
    /// name: what this mapping is, for messages: "flow shop-orders", "customer".
    Reader(const FileContext& file, const YAML::Node& node, std::string name);
    /// Reports what was not read.
    void finish();

    bool has(const std::string& key) { return find(key).IsDefined(); }
    /// Keys that a later version will know.
    void not_yet(const std::vector<std::string>& keys);
    /// A key of which this version has one value only.
    void only(const std::string& key, std::string_view value);
    /// A warning that a key which was given changes nothing.
    void without_effect(const std::string& key, std::string_view why);
    YAML::Node find(const std::string& key);
    Reader section(const std::string& key);

    std::string text(const std::string& key, std::string fallback = {});
    std::string required(const std::string& key, std::string_view example);
    bool boolean(const std::string& key, bool fallback);
    int integer(const std::string& key, int fallback, int low, int high);
    Decimal decimal(const std::string& key, Decimal fallback, Decimal low, Decimal high);
    Milliseconds duration(const std::string& key, Milliseconds fallback);
    /// No shorter than an hour.
    Milliseconds hours(const std::string& key, Milliseconds fallback);
    std::string date(const std::string& key);
    std::vector<std::string> list(const std::string& key, std::vector<std::string> fallback,
                                  const std::vector<std::string>& allowed);
    /// Names of a person's choice to texts.
    std::map<std::string, std::string> texts(const std::string& key);
    std::string one_of(const std::string& key, std::string fallback, const std::vector<std::string>& allowed);
    template <class T>
    T choice(const std::string& key, T fallback, const std::vector<std::pair<std::string, T>>& choices) {
        std::vector<std::string> names;
        for (const auto& c : choices) names.push_back(c.first);
        const std::string word = one_of(key, {}, names);
        for (const auto& [name, value] : choices)
            if (name == word) return value;
        return fallback;
    }
    /// Remembers where a key stands.
    void place(Places& places, const std::string& key, const std::string& part = {});
    /// Any YAML value as JSON; plain numbers and booleans keep their type.
    Json json(const YAML::Node& node) const;
    const FileContext& file() const { return file_; }
    const YAML::Node& node() const { return node_; }

private:
    const FileContext& file_;
    YAML::Node node_;
    std::string name_;
    std::vector<std::string> known_;
};

}  // namespace brygga::settings
