// Trial: one instance of the connector on a fake host whose answers a check chooses, and what holds for every call
// whatever is answered: it is observed here, so that no check has to. Owned by a check, one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "brygga/testing/fake_host.hpp"
#include "report.h"
#include "subject.h"

namespace brygga::conformance {

using Answer = testing::HttpExpectation;
/// The answer to the n-th request of a call, from 0.
using Answers = std::function<Answer(const testing::HttpCall& request, std::size_t n)>;

Answer answer(int status, std::string body = "{}");
/// The answers of a recording; what it has none for is told to `missing` and answered with 404.
Answers recorded(const Recording& recording, std::function<void(const testing::HttpCall&)> missing = {});
/// Null when the recording has no answer to it.
const Json* exchange_for(const Recording& recording, const testing::HttpCall& request);
/// From the n-th request on another answer.
Answers from(std::size_t n, Answers before, Answer then);

/// "transient" of BRYGGA_TRANSIENT; "status 77" of what is none.
std::string class_name(brygga_status status);

class Trial {
public:
    /// situation: "when every answer is HTTP 401", for the report.
    Trial(const Subject& subject, const Notes& notes, Answers answers, std::string situation);

    testing::Outcome run(const Operation& operation, const Json& cursor = {}, unsigned max_items = 100);

    testing::FakeHost host;
    std::vector<testing::HttpCall> requests;  ///< of the last call
    bool endless = false;                     ///< the last call had to be stopped after so many requests

    /// "poll order when every answer is HTTP 401"
    std::string text(const Operation& operation) const { return operation.label() + " " + situation_; }

private:
    void observe(const Operation& operation, const testing::Outcome& outcome) const;
    void observe_requests(const Operation& operation) const;
    std::string unsendable(const testing::HttpCall& request) const;

    const Subject& subject_;
    const Notes& notes_;
    Answers answers_;
    std::string situation_;
    brygga_plugin entry_{};
    testing::Instance instance_;
};

/// A row's id and, where there is one, the key that it answers to.
std::string name_of(const Json& row);

}  // namespace brygga::conformance
