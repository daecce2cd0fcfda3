#include "base/error.h"

#include <gtest/gtest.h>

namespace brygga {
namespace {

TEST(Error, ClassesAndNamesAgree) {
    for (int i = 0; i <= static_cast<int>(ErrorClass::bug); ++i) {
        const auto error_class = static_cast<ErrorClass>(i);
        EXPECT_EQ(error_class_from(to_string(error_class)), error_class);
    }
    EXPECT_EQ(to_string(ErrorClass::rate_limited), "rate_limited");
    EXPECT_EQ(to_string(ErrorClass::bug), "bug");
    EXPECT_FALSE(error_class_from("Transient"));
    EXPECT_FALSE(error_class_from(""));
}

TEST(Error, IsToldInSentences) {
    EXPECT_EQ(in_sentences("It is held.", "brygga replay 7 tries it again."),
              "It is held. brygga replay 7 tries it again.");
    EXPECT_EQ(in_sentences("delivery 7 cannot be requeued: it is skipped", "only held ones wait for a person"),
              "delivery 7 cannot be requeued: it is skipped. Only held ones wait for a person.");
    EXPECT_EQ(in_sentences("unknown option --stat", ""), "unknown option --stat.");
    EXPECT_EQ(in_sentences("", ""), "");
}

}  // namespace
}  // namespace brygga
