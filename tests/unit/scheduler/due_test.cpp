#include "scheduler/due.h"

#include <gtest/gtest.h>

namespace brygga::scheduler {
namespace {

using std::chrono::seconds;
constexpr MonoTime start{seconds{1000}};
constexpr seconds apart{5};

TEST(DueRun, ComesByTheTimeTable) {
    Due due;
    EXPECT_FALSE(due.cause(start));
    due.set(start + seconds{60});
    EXPECT_FALSE(due.cause(start + seconds{59}));
    EXPECT_EQ(due.cause(start + seconds{60}), Due::schedule);
    due.queued(start + seconds{60}, apart);
    EXPECT_FALSE(due.cause(start + seconds{3600})) << "the end of the run says when the next one is";
    EXPECT_FALSE(due.scheduled());
}

TEST(DueRun, ManyHintsAreOne) {
    Due due;
    for (int i = 0; i < 2000; ++i) due.hint();
    EXPECT_EQ(due.cause(start), Due::webhook);
    due.queued(start, apart);
    EXPECT_FALSE(due.cause(start + seconds{3600}));
}

TEST(DueRun, AHintAfterARunWasQueuedAsksForAnother) {
    Due due;
    due.hint();
    due.queued(start, apart);
    due.hint();
    EXPECT_FALSE(due.cause(start + seconds{4})) << "a flood is no reason to read without a pause";
    EXPECT_EQ(due.cause(start + seconds{5}), Due::webhook);
}

TEST(DueRun, TheTimeTableDoesNotWaitForHints) {
    Due due;
    due.hint();
    due.queued(start, apart);
    due.hint();
    due.set(start + seconds{1});
    EXPECT_EQ(due.cause(start + seconds{1}), Due::schedule);
    due.queued(start + seconds{1}, apart);
    EXPECT_FALSE(due.cause(start + seconds{3600})) << "it reads what the hint told";
}

TEST(DueRun, WhatAFailedRunHasNotReadIsReadLater) {
    Due due;
    due.hint();
    due.queued(start, apart);
    due.hint_again(start + seconds{60});
    due.hint();
    EXPECT_FALSE(due.cause(start + seconds{59}));
    EXPECT_EQ(due.cause(start + seconds{60}), Due::webhook);
}

}  // namespace
}  // namespace brygga::scheduler
