#include "brygga/sdk/error_table.hpp"

#include <gtest/gtest.h>

namespace brygga::sdk {
namespace {

ErrorTable table() {
    return ErrorTable{Json::parse(R"({"errors":[
        {"code":"4001","class":"rejected","cause":"A field is wrong.","remedy":"Correct it."},
        {"code":429,"class":"rate_limited","cause":"Too fast.","remedy":""},
        {"code":"odd","class":"surprising","cause":"","remedy":""}]})")
                          .value()};
}

TEST(ErrorTable, GivesEveryFailureTheCauseAndRemedyOfItsRow) {
    const Failure failure = table().failure("4001", "Order 7 was refused.");
    EXPECT_EQ(failure.status, BRYGGA_REJECTED);
    EXPECT_EQ(failure.code, "4001");
    EXPECT_EQ(failure.message, "Order 7 was refused. A field is wrong.");
    EXPECT_EQ(failure.remedy, "Correct it.");
    EXPECT_EQ(table().row("429").status, BRYGGA_RATE_LIMITED) << "a code may be a number";
}

TEST(ErrorTable, ACodeWithoutARowIsAMistakeOfTheConnector) {
    EXPECT_EQ(table().find("5000"), nullptr);
    const Failure failure = table().failure("5000", "Order 7 was refused.");
    EXPECT_EQ(failure.status, BRYGGA_BUG);
    EXPECT_EQ(failure.code, "errors.row");
    EXPECT_NE(failure.message.find("5000"), std::string::npos);
    EXPECT_EQ(table().row("odd").status, BRYGGA_BUG) << "no class of the host";
}

}  // namespace
}  // namespace brygga::sdk
