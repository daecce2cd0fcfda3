// Which version of a flow mapped an order, when the flow changes while the order is on its way: each record that is
// written is mapped by one version, whole.
#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

class FlowVersion : public PipelineTest {
protected:
    FlowVersion() { become(1); }
    /// The flow is active with another mapping, in a new process or after a reload.
    void become(std::int64_t number) {
        flow_.version.number = number;
        const std::string text = "\"version " + std::to_string(number) + "\"";
        flow_.mapping.rules.clear();
        for (const char* field : {"document.note", "line.text"})
            flow_.mapping.rules.push_back({field, {"f", 1, 1}, {text, {"f", 1, 1}}, false, {}});
        restart();
    }
    void cut_documents(std::function<std::optional<Error>(const Json&)>& at) {
        at = [](const Json& document) -> std::optional<Error> {
            if (document["type"].string() != "document") return std::nullopt;
            Error cut{ErrorClass::transient, "http.cut", "cut", ""};
            cut.outcome_unknown = true;
            return cut;
        };
    }
    /// The note of the only document.
    std::string written() { return std::string{books_.rows("document").at(0)["fields"]["note"].string()}; }
};

TEST_F(FlowVersion, IsKnownOnceItMapped) {
    take_in(order("A-1"), "h1");
    EXPECT_EQ(newest().flow_version, 0);
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().flow_version, 1);
    EXPECT_EQ(written(), "version 1");
}

TEST_F(FlowVersion, WhatWaitsIsMappedAnew) {
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        return Error{ErrorClass::transient, "http.503", "down", ""};
    };
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::waiting);
    EXPECT_EQ(newest().flow_version, 1);
    EXPECT_EQ(books_.count("customer"), 1u) << "begun";
    books_.before_write = nullptr;
    become(2);
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().flow_version, 2);
    EXPECT_EQ(written(), "version 2");
}

TEST_F(FlowVersion, ADocumentThatArrivedUnseenKeepsTheVersionThatMappedIt) {
    take_in(order("A-1"), "h1");
    cut_documents(books_.after_write);
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    become(2);
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().flow_version, 1);
    EXPECT_EQ(written(), "version 1");
    EXPECT_EQ(books_.count("document"), 1u);
}

TEST_F(FlowVersion, ADocumentThatNeverArrivedIsMappedAnew) {
    take_in(order("A-1"), "h1");
    cut_documents(books_.before_write);
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.before_write = nullptr;
    become(2);
    clock_.advance(std::chrono::seconds{100});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().flow_version, 2);
    EXPECT_EQ(written(), "version 2");
    EXPECT_EQ(books_.count("document"), 1u);
}

TEST_F(FlowVersion, AFilterThatRefusesIsAMappingToo) {
    flow_.mapping.accept = settings::Expression{"order.number == \"other\"", {"f", 1, 1}};
    become(3);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::skipped);
    EXPECT_EQ(newest().flow_version, 3);
}

}  // namespace
}  // namespace brygga::flow
