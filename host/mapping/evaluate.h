// Evaluator: works out one expression over the names in scope. Made for one evaluation, on one thread; pure.
// Every part of an expression is a step; reading long texts and lists counts as more. What goes wrong is kept as the
// Stop while the value `stopped` finds its way out; nothing is thrown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mapping/functions.h"
#include "mapping/memory.h"
#include "mapping/source.h"
#include "mapping/syntax.h"

namespace brygga::mapping {

/// A value table; what a key leads to is tried in this order: row, row of the country, default.
struct Table {
    std::map<std::string, Json, std::less<>> rows, by_country;
    std::optional<Json> standard;
};
using Tables = std::map<std::string, Table, std::less<>>;

/// What is kept from one evaluation to the next. One for each thread that evaluates.
struct Workspace {
    Memory memory;
    Unicode unicode;
    std::vector<Value> locals;
};

struct Stop {
    enum class Kind : std::uint8_t { error, fail, skip, hold, limit };
    Kind kind = Kind::error;
    Span at;
    std::string message, suggestion;
    Value missing{};  ///< what was used although it is not there; told when somebody asks
};

/// The names in scope in the order in which check() numbered them, and the tables.
struct Names {
    std::span<const std::string> names;
    std::span<const Value> values;
    const Tables* tables = nullptr;
};

class Evaluator {
public:
    Evaluator(const Source& source, const Names& names, Workspace& workspace) noexcept
        : source_{source}, names_{names}, workspace_{workspace} {}

    /// May be missing.
    Value value(const Node& node);
    /// A value that is there; else stopped, with an error that names the path.
    Value needed(const Node& node);
    /// Counts what reading all of the value costs. False when that is too much, or a part of it cannot be read.
    bool read_through(const Value& v, Span at);
    /// Why a value is `stopped`.
    Stop why() const {
        return stop_.message.empty() && stop_.missing.absence() ? absence(stop_.missing, stop_.at) : stop_;
    }
    /// What `missing` means to whoever needs it.
    Stop absence(const Value& missing, Span at) const;

private:
    friend class Call;

    Value stop(Stop::Kind kind, Span at, std::string message, std::string suggestion = {});
    Value error(Span at, std::string message, std::string suggestion = {}) {
        return stop(Stop::Kind::error, at, std::move(message), std::move(suggestion));
    }
    bool spend(std::size_t steps, Span at) { return workspace_.memory.spend(steps) || no_steps(at); }
    /// Always false.
    bool no_steps(Span at);
    Value check_there(const Value& v, Span at);
    Value no_room(Span at);
    template <class T>
    Value build(const std::vector<T>& parts, Span at);
    Value text(std::string_view text, Span at);

    Value text_node(const TextNode& node);
    Value list_node(const ListNode& node);
    Value object_node(const ObjectNode& node);
    Value name(const NameNode& node);
    Value path(const PathNode& node);
    Value step(const Value& from, const PathNode& node, const PathNode::Step& step);
    Value index(const Value& from, const PathNode& node, const PathNode::Step& step);
    Value absent(const PathNode& node, const PathNode::Step& step, const Value& parent, std::string_view name);
    Value call(const CallNode& node);
    Value check_argument(const CallNode& node, std::size_t i, const Value& v);
    Value let(const LetNode& node);
    Value branch(const BranchNode& node);
    Value match(const MatchNode& node);
    Value minus(const UnaryNode& node);
    std::optional<bool> truth(const Node& node);
    Value logic(const ChainNode& node, bool decides);
    Value arithmetic(const ChainNode& node);
    Value apply(const ChainNode::Link& link, const Value& a, const Value& b);
    Value fallback(const ChainNode& node);
    Value comparison(const ComparisonNode& node);
    Value contains(const ComparisonNode& node, const Value& part, const Value& whole);

    const Source& source_;
    const Names& names_;
    Workspace& workspace_;
    Stop stop_;
};

}  // namespace brygga::mapping
