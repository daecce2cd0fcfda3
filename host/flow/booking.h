// Booking: what becomes of an order's document once its totals agree (E1, E11): it is booked, and the payment of a paid
// order is registered on the invoice. Each is a write of its own, stored before the next one begins, so that a crash
// goes on where it was. Owned by the pipeline; safe on any thread.
#pragma once

#include "flow/existing_documents.h"
#include "flow/target.h"

namespace brygga::flow {

class Booking {
public:
    Booking(Target& target, ExistingDocuments& existing) : target_{target}, existing_{existing} {}

    /// Whether the flow books this document: what became an order or a quote by a rule stays one.
    static bool wanted(const Work& work, const store::Binding& document) {
        return work.settings.book && document.kind != "order" && document.kind != "quote";
    }
    /// Whether an attempt at this version has written the document and ended before the rest was done.
    static bool resumes(const Work& work, const store::Binding& document);

    /// Whether nothing has happened to the order since it was booked but its payment.
    static bool only_paid(const Work& work, const store::Binding& document);

    /// The draft of such an attempt, when it agrees with the order: at once, or as somebody has corrected it since;
    /// else held still.
    Expected<store::Binding, Halt> agreed(Work& work, store::Binding draft) const;

    struct Booked {
        store::Binding invoice;
        bool now = false;  ///< by this attempt, so that nobody can have registered a payment yet
    };
    /// The invoice, or credit note, that the draft with this reference has become; one that was booked already is it.
    /// fresh: this attempt has written or
    /// seen the draft; else it is looked up, since a vendor may have given its id to another one.
    Expected<Booked, Halt> book(Work& work, const store::Binding& draft, const std::string& reference, bool fresh);
    /// Held when the books have made something else of the draft.
    static Expected<void, Halt> compare(const Work& work, const store::Binding& draft, const store::Binding& invoice);
    /// Nothing to do without settings.register_payment, or for an order that is not paid. date: yyyy-mm-dd.
    Expected<void, Halt> pay(Work& work, const Booked& booked, const std::string& date);

private:
    delivery::Look invoice_look(const std::string& reference, bool credit_note) const;
    delivery::Look payment_look(const store::Binding& invoice) const;

    Target& target_;
    ExistingDocuments& existing_;
};

}  // namespace brygga::flow
