// CreditNotes: what becomes of an order that is less than its invoice, or was cancelled after it (E10, O11): a credit
// note for exactly the difference, booked where the flow books. Customer, zone and articles are those of the invoice,
// so that its tax comes back as it was charged. Each note has a number of its own within its order, which names its
// step, its binding and its reference, so that a repetition finds it. What it will say is stored before it is sent: a
// newer version that finds it knows what it credits, and goes on from there. Nothing is paid back here.
// Used by the order pipeline; safe on any thread.
#pragma once

#include <string>

#include "flow/articles.h"
#include "flow/booking.h"
#include "flow/credit.h"
#include "flow/document.h"
#include "flow/target.h"

namespace brygga::flow {

class CreditNotes {
public:
    CreditNotes(Target& target, Articles& articles, Booking& booking)
        : target_{target}, articles_{articles}, booking_{booking} {}

    /// Whether the settings want one, where this document can no longer be changed.
    static bool wanted(const Work& work, const store::Binding& document);

    /// What is kept with an invoice for a later credit note; null where the settings want none.
    static Json billed_by(const Work& work, const Document& document);

    /// date: of the note, yyyy-mm-dd. Held when no credit note makes invoice and order equal.
    Expected<void, Halt> write(Work& work, const store::Binding& invoice, const std::string& date,
                               store::Outcome& outcome);

private:
    struct Story {
        const store::Binding& invoice;
        Billed open;                            ///< what is billed with all notes so far
        int notes = 0;                          ///< so far
        std::optional<store::Binding> last;     ///< of them
        std::optional<store::Binding> planned;  ///< the one behind them, which may have been sent
    };
    Expected<Story, Halt> so_far(Work& work, const store::Binding& invoice) const;
    Halt not_known(const Work& work, const std::string& title) const;
    Expected<bool, Halt> take_planned(Work& work, const Story& story);
    Expected<void, Halt> catch_up(Work& work, Story& story, store::Outcome& outcome);
    Expected<void, Halt> nothing_left(Work& work, const Story& story, store::Outcome& outcome) const;
    Expected<void, Halt> next(Work& work, Story& story, const std::string& date, store::Outcome& outcome);
    Expected<void, Halt> settle(Work& work, int number, const Document& note, store::Binding made,
                                const delivery::Written& written, store::Outcome& outcome);
    Halt exists(const Work& work, const store::Binding& note, const std::string& reference,
                const std::string& difference) const;
    Expected<void, Halt> nobody_else(Work& work, const Story& story) const;
    Expected<Document, Halt> plan(Work& work, const Story& story, const Refund& refund, const std::string& date);
    Expected<delivery::Written, Halt> send(Work& work, const Document& note, const store::Binding& planned,
                                           const std::string& reference);
    delivery::Look look(const std::string& reference) const;
    Expected<store::Binding, Halt> book(Work& work, const store::Binding& note, int number, bool fresh);
    void tell(const store::Binding& note, store::Outcome& outcome) const;

    Target& target_;
    Articles& articles_;
    Booking& booking_;
};

}  // namespace brygga::flow
