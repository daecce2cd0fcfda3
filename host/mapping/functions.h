// Function: what the language can call. One table, from which check(), the evaluator and the list for people draw.
// Constant; the functions themselves are pure and touch nothing but their Call. A function that fails says so by
// the value that Call::error() returns.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/syntax.h"
#include "mapping/unicode.h"

namespace brygga::mapping {

class Evaluator;
struct Table;

/// A set of kinds.
class Kinds {
public:
    constexpr Kinds(std::initializer_list<Kind> kinds) noexcept {
        for (const Kind k : kinds) bits_ |= bit(k);
    }
    constexpr bool has(Kind k) const noexcept { return (bits_ & bit(k)) != 0; }
    /// "a number or a text"
    std::string names() const;

private:
    static constexpr std::uint32_t bit(Kind k) noexcept { return 1u << static_cast<unsigned>(k); }
    std::uint32_t bits_ = 0;
};

struct Parameter {
    enum class Role : std::uint8_t {
        value,
        lambda,   ///< x => ...
        word,     ///< a bare word of words()
        pattern,  ///< a regular expression, a constant
    };
    std::string_view name;
    Kinds kinds;
    std::string_view standard{};  ///< what stands when it is left out; empty: it is required
    Role role = Role::value;
};

/// What a call gives.
enum class Gives : std::uint8_t {
    boolean,
    decimal,
    string,
    date,
    timestamp,
    list,
    strings,   ///< a list of texts
    decimals,  ///< a list of numbers
    object,
    any,
    never,
    first,    ///< what its first argument is
    item,     ///< an item of its first argument
    mapped,   ///< a list of what its lambda gives
    grouped,  ///< a list of {key, items}
};

class Call;
struct Function {
    std::string_view name;
    std::span<const Parameter> parameters;
    Gives gives;
    Value (*run)(Call&);
    std::string_view about;
    bool repeats = false;        ///< the last parameter may stand again and again
    bool takes_missing = false;  ///< its first argument may be missing
};

/// By family, in the order of the documentation.
struct Family {
    std::string_view title;
    std::span<const Function> functions;
};
std::span<const Family> families() noexcept;
const Function* find_function(std::string_view name) noexcept;
std::vector<std::string_view> function_names();
/// "round(x, places = 0, mode = half_up)"
std::string signature(const Function& function);

/// What to write in place of a step into what has no members: a call, when a function has the name.
std::string suggestion_for_step(std::string_view name, Kind from);
/// "truncate() takes a number for 'length', not a text"
std::string wrong_argument(const Function& function, std::size_t argument, Kind found);

/// Modes of round().
std::span<const std::string_view> words() noexcept;

namespace families_of {
std::span<const Function> text() noexcept;
std::span<const Function> pattern() noexcept;
std::span<const Function> number() noexcept;
std::span<const Function> list() noexcept;
std::span<const Function> object() noexcept;
std::span<const Function> date() noexcept;
std::span<const Function> domain() noexcept;
}  // namespace families_of

/// One call at work: its arguments, of the kinds that the table asks for, and what it may use.
class Call {
public:
    Call(Evaluator& evaluator, const CallNode& node, std::span<const Value> arguments) noexcept
        : evaluator_{evaluator}, node_{node}, arguments_{arguments} {}

    std::size_t count() const noexcept { return arguments_.size(); }
    bool given(std::size_t i) const noexcept { return i < arguments_.size(); }
    const Value& operator[](std::size_t i) const noexcept { return arguments_[i]; }
    std::string_view text(std::size_t i, std::string_view standard = {}) const noexcept {
        return given(i) && arguments_[i].is(Kind::string) ? arguments_[i].text() : standard;
    }
    /// A whole number within the bounds, or nothing after error_at().
    std::optional<int> whole(std::size_t i, int least, int most);
    const re2::RE2& pattern() const noexcept { return *node_.pattern; }
    /// What the lambda gives for an item; stopped, or missing, too.
    Value apply(std::size_t i, const Value& item);
    /// The same, stopped when it is missing.
    Value apply_needed(std::size_t i, const Value& item);
    /// The same, where true or false is expected; nothing when stopped.
    std::optional<bool> test(std::size_t i, const Value& item);

    /// Counts steps; false when none are left, then return stopped().
    bool spend(std::size_t steps);
    std::size_t steps() const noexcept;
    /// Counts what it takes to read a text of this length; `effort` is how many times as long as comparing it.
    bool read(std::size_t bytes, std::size_t effort = 1) { return spend(1 + bytes * effort / 256); }
    bool read(const Value& all);
    static Value stopped() noexcept { return Value::stopped(); }

    Value make(std::string_view text);
    Value make(const std::vector<Value>& items);
    Value make(const std::vector<Entry>& entries);
    /// A part of an argument needs no copy.
    static Value part(std::string_view text) noexcept { return text; }
    /// Nothing there: what ?? catches.
    Value missing();
    /// False when so many bytes are not left, then return stopped().
    bool fits(std::size_t bytes);

    /// An item of a list, stopped when it cannot be read.
    Value item(const Value& list, std::size_t i);

    Value error(std::string message, std::string suggestion = {});
    Value error_at(std::size_t argument, std::string message, std::string suggestion = {});
    Value fail(std::string_view text);
    Value skip(std::string_view text);
    Value hold(std::string_view text);

    Unicode& unicode() const noexcept;
    /// By its name; null after error_at().
    const Table* table(std::size_t i);
    /// A name in scope, missing when there is none.
    Value root(std::string_view name) const;

private:
    Evaluator& evaluator_;
    const CallNode& node_;
    std::span<const Value> arguments_;
};

}  // namespace brygga::mapping
