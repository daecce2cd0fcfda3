// Records of the simulated ledger and the query language of its lists ($filter).
// Plain containers; the Ledger guards them with its lock.
// A filter never sees a field the vendor would not let it see: the caller says which.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "basics.hpp"
#include "brygga/sdk/json.hpp"
#include "ledger_fields.hpp"
#include "orders.hpp"

namespace brygga::sim {

struct DocumentRow {
    int rate = 0;
    Cents amount = 0;
    bool text_only = false;
    std::string article_number, text;
};

struct DocumentTotals {
    std::vector<DocumentRow> rows;
    std::vector<TaxLine> taxes;
    bool includes_vat = false;
    Cents net = 0, tax = 0, gross = 0, rounding = 0;

    /// Sums rows per rate, rounds VAT once per rate; whole rounds the total to whole units.
    void compute(bool whole);
};

struct Record {
    std::string id;
    bool alive = true;
    std::vector<Json> values;  ///< by position in the schema
    std::string rows;          ///< of documents: the list of rows, as JSON; the value of Rows stays null
    std::string text;          ///< the answer, as JSON
    DocumentTotals totals;     ///< of documents
};

class Table {
public:
    Table(const Schema& schema, std::uint32_t id_space, std::initializer_list<std::string_view> indexed);

    const Schema& schema() const { return schema_; }
    Record& add(std::vector<Json> values);
    Record* find(std::string_view id);
    void erase(Record& record);
    /// Takes over new values, keeping indexes right.
    void replace(Record& record, std::vector<Json> values);
    /// Writes the answer text anew.
    void render(Record& record) const;
    /// Live records whose indexed field has exactly this text.
    std::vector<Record*> with(int field, const std::string& text);
    bool is_indexed(int field) const;
    const std::vector<std::unique_ptr<Record>>& records() const { return records_; }
    const Json& value(const Record& record, std::string_view field) const;
    void set(Record& record, std::string_view field, Json value);

private:
    struct Index {
        int field;
        std::unordered_multimap<std::string, Record*> entries;
    };
    void enter(Record& record);
    void leave(Record& record);

    const Schema& schema_;
    std::uint32_t id_space_;
    std::uint64_t next_id_ = 1;
    std::vector<std::unique_ptr<Record>> records_;
    std::unordered_map<std::string, Record*> by_id_;
    std::vector<Index> indexes_;
};

class Filter {
public:
    struct Error {
        int code = 6000;  ///< 6000 expression, 6001 date
        std::string message;
    };
    struct Rules {
        std::function<bool(std::string_view)> filterable;
        bool ignore_case = false;
    };

    static std::variant<Filter, Error> parse(std::string_view text, const Schema& schema, const Rules& rules);
    bool matches(const Record& record) const;
    /// When the expression is one or more `field eq 'text'` joined by or: those pairs.
    std::optional<std::vector<std::pair<int, std::string>>> equalities() const;

private:
    enum class Op : std::uint8_t { both, either, eq, ne, gt, ge, lt, le, starts, ends, contains };
    enum class Of : std::uint8_t { value, length, year, month, day, hour };
    struct Node {
        Op op = Op::eq;
        Of of = Of::value;
        int field = -1;  ///< -2: the filter-only CodingType
        Json literal;
        std::unique_ptr<Node> left, right;
    };
    class Parser;

    bool matches(const Node& node, const Record& record) const;
    bool compare(const Node& node, const Json& value) const;
    static bool gather(const Node& node, std::vector<std::pair<int, std::string>>& out);

    std::unique_ptr<Node> root_;
    const Schema* schema_ = nullptr;
    bool ignore_case_ = false;
    int service_field_ = -1;
};

/// 2026-03-02T09:15:04.123Z
std::string utc_ms_text(std::int64_t milliseconds);

}  // namespace brygga::sim
