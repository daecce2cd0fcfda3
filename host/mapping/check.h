// check(): gives every name of a tree its meaning and every part its type, before a record is there. Unknown names and
// functions, arguments of the wrong type, members that an entity does not have and broken patterns are found here, all
// of them at once. Pure. Where nothing is known of a value (source.raw, for one) the evaluator looks.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "mapping/source.h"
#include "mapping/syntax.h"

namespace brygga::mapping {

/// A name in scope and what is known of its value.
struct Root {
    std::string name;
    Type shape = &shapes::any;
};

struct Environment {
    std::vector<Root> roots;
    std::vector<std::string> tables{};
};

/// What check() finds out; the tree refers to it.
struct Checked {
    Type type = &shapes::any;
    std::size_t locals = 0;
    std::vector<bool> used;  ///< which roots the expression reads
    std::deque<Shape> shapes;
    std::deque<std::vector<Member>> members;
    std::vector<std::unique_ptr<re2::RE2>> patterns;

    Checked();
    ~Checked();
};

/// The mistakes, at most 20; none when all is well.
Diagnostics check(const Source& source, const Environment& environment, Node& root, Checked& out);

}  // namespace brygga::mapping
