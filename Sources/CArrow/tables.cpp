// Tables: made of columns, cut, sorted, joined and grouped by Arrow's kernels and its execution engine.
#include "carrow_internal.h"

#include <arrow/acero/exec_plan.h>
#include <arrow/acero/options.h>
#include <arrow/compute/api_aggregate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>

namespace ac = arrow::acero;
namespace cp = arrow::compute;
using namespace carrow;

namespace {

arrow::Result<std::shared_ptr<arrow::ChunkedArray>> find(
    const std::shared_ptr<arrow::Table> &table, const std::string &name) {
    auto column = table->GetColumnByName(name);
    if (!column) return arrow::Status::Invalid("there is no column \"", name, "\", or more than one");
    return column;
}

std::shared_ptr<arrow::ChunkedArray> row_numbers(int64_t count) {
    auto buffer = arrow::AllocateBuffer(count * sizeof(int64_t)).ValueOrDie();
    auto *values = reinterpret_cast<int64_t *>(buffer->mutable_data());
    for (int64_t row = 0; row < count; ++row) values[row] = row;
    std::shared_ptr<arrow::Buffer> shared = std::move(buffer);
    return std::make_shared<arrow::ChunkedArray>(std::make_shared<arrow::Int64Array>(count, shared));
}

// The keys without dictionaries, named k0, k1, ..., and the row numbers under a name.
arrow::Result<std::shared_ptr<arrow::Table>> keys_of(
    const std::shared_ptr<arrow::Table> &table, const char *const *names, int32_t count, const char *prefix,
    const std::vector<std::shared_ptr<arrow::DataType>> &types) {
    arrow::FieldVector fields;
    arrow::ChunkedArrayVector columns;
    for (int32_t place = 0; place < count; ++place) {
        ARROW_ASSIGN_OR_RAISE(auto column, find(table, names[place]));
        ARROW_ASSIGN_OR_RAISE(column, decoded(column));
        if (!types.empty() && !column->type()->Equals(types[place])) {
            auto cast = cp::Cast(arrow::Datum(column), types[place]);
            if (!cast.ok()) {
                return arrow::Status::Invalid(
                    "the column \"", names[place], "\" is ", column->type()->ToString(), " in one table and ",
                    types[place]->ToString(), " in the other");
            }
            column = cast->chunked_array();
        }
        fields.push_back(arrow::field(prefix + std::to_string(place), column->type()));
        columns.push_back(column);
    }
    columns.push_back(row_numbers(table->num_rows()));
    fields.push_back(arrow::field(prefix, arrow::int64()));
    return arrow::Table::Make(arrow::schema(fields), columns, table->num_rows());
}

// The type in which keys of both tables are compared.
std::shared_ptr<arrow::DataType> common(const arrow::DataType &left, const arrow::DataType &right) {
    int32_t a = kind_of(left), b = kind_of(right);
    if (a == b) return type_of(a);
    if ((a == CARROW_INTEGER && b == CARROW_NUMBER) || (a == CARROW_NUMBER && b == CARROW_INTEGER)) {
        return arrow::float64();
    }
    if ((a == CARROW_DATE && b == CARROW_TIME) || (a == CARROW_TIME && b == CARROW_DATE)) {
        return type_of(CARROW_TIME);
    }
    return nullptr;
}

} // namespace

void carrow_table_release(carrow_table table) { delete table; }

carrow_table carrow_table_make(
    const char *const *names, const carrow_column *columns, int32_t count, char **error) {
    return guarded(error, [&]() -> TableResult {
        arrow::FieldVector fields;
        arrow::ChunkedArrayVector values;
        for (int32_t place = 0; place < count; ++place) {
            fields.push_back(arrow::field(names[place], columns[place]->value.type()));
            values.push_back(chunked(columns[place]));
        }
        auto table = arrow::Table::Make(arrow::schema(fields), values);
        ARROW_RETURN_NOT_OK(table->Validate());
        return handle(table);
    });
}

int64_t carrow_table_rows(carrow_table table) { return table->value->num_rows(); }
int32_t carrow_table_columns(carrow_table table) { return table->value->num_columns(); }
char *carrow_table_column_name(carrow_table table, int32_t column) {
    return copied(table->value->field(column)->name());
}

carrow_column carrow_table_column(carrow_table table, int32_t column, char **error) {
    return guarded(error, [&] { return handle(arrow::Datum(table->value->column(column))); });
}

carrow_table carrow_table_slice(carrow_table table, int64_t start, int64_t length, char **error) {
    return guarded(error, [&]() -> TableResult { return handle(table->value->Slice(start, length)); });
}

carrow_table carrow_table_take(carrow_table table, carrow_column rows, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Take(arrow::Datum(table->value), rows->value));
        return handle(result.table());
    });
}

carrow_table carrow_table_filter(carrow_table table, carrow_column mask, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Filter(arrow::Datum(table->value), mask->value));
        return handle(result.table());
    });
}

carrow_table carrow_table_sort(
    carrow_table table, const char *const *keys, const bool *descending, int32_t count, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        ARROW_ASSIGN_OR_RAISE(auto columns, keys_of(table->value, keys, count, "k", {}));
        std::vector<cp::SortKey> order;
        for (int32_t place = 0; place < count; ++place) {
            order.emplace_back(
                arrow::FieldRef("k" + std::to_string(place)),
                descending[place] ? cp::SortOrder::Descending : cp::SortOrder::Ascending);
        }
        ARROW_ASSIGN_OR_RAISE(auto rows, cp::SortIndices(arrow::Datum(columns), cp::SortOptions(order)));
        ARROW_ASSIGN_OR_RAISE(
            auto result, cp::Take(arrow::Datum(table->value), arrow::Datum(rows), cp::TakeOptions::NoBoundsCheck()));
        return handle(result.table());
    });
}

carrow_table carrow_table_concatenate(const carrow_table *tables, int32_t count, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        std::vector<std::shared_ptr<arrow::Table>> plain;
        for (int32_t place = 0; place < count; ++place) {
            // Tables read apart may have dictionaries of other widths, which Arrow doesn't promote.
            auto table = tables[place]->value;
            for (int column = 0; column < table->num_columns(); ++column) {
                ARROW_ASSIGN_OR_RAISE(auto values, decoded(table->column(column)));
                auto field = arrow::field(table->field(column)->name(), values->type());
                ARROW_ASSIGN_OR_RAISE(table, table->SetColumn(column, field, values));
            }
            plain.push_back(table);
        }
        arrow::ConcatenateTablesOptions options;
        options.unify_schemas = true;
        options.field_merge_options = arrow::Field::MergeOptions::Permissive();
        ARROW_ASSIGN_OR_RAISE(auto result, arrow::ConcatenateTables(plain, options));
        return handle(result);
    });
}

carrow_table carrow_table_join(
    carrow_table left, carrow_table right, const char *const *left_keys, const char *const *right_keys, int32_t count,
    int32_t kind, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        std::vector<std::shared_ptr<arrow::DataType>> types;
        std::vector<arrow::FieldRef> left_refs, right_refs;
        for (int32_t place = 0; place < count; ++place) {
            ARROW_ASSIGN_OR_RAISE(auto a, find(left->value, left_keys[place]));
            ARROW_ASSIGN_OR_RAISE(auto b, find(right->value, right_keys[place]));
            auto type = common(*a->type(), *b->type());
            if (!type) {
                return arrow::Status::Invalid(
                    "the key \"", left_keys[place], "\" is ", a->type()->ToString(), " in the left table and ",
                    b->type()->ToString(), " in the right one");
            }
            types.push_back(type);
            left_refs.emplace_back("left" + std::to_string(place));
            right_refs.emplace_back("right" + std::to_string(place));
        }
        ARROW_ASSIGN_OR_RAISE(auto left_table, keys_of(left->value, left_keys, count, "left", types));
        ARROW_ASSIGN_OR_RAISE(auto right_table, keys_of(right->value, right_keys, count, "right", types));
        const ac::JoinType kinds[] = {
            ac::JoinType::INNER, ac::JoinType::LEFT_OUTER, ac::JoinType::RIGHT_OUTER, ac::JoinType::FULL_OUTER};
        ac::Declaration from_left("table_source", ac::TableSourceNodeOptions(left_table));
        ac::Declaration from_right("table_source", ac::TableSourceNodeOptions(right_table));
        ac::Declaration join(
            "hashjoin", {from_left, from_right},
            ac::HashJoinNodeOptions(kinds[kind], left_refs, right_refs, {arrow::FieldRef("left")},
                                    {arrow::FieldRef("right")}));
        ARROW_ASSIGN_OR_RAISE(auto pairs, ac::DeclarationToTable(join));
        // The engine gives the pairs in the order in which its threads find them.
        bool by_right = kind == 2;
        std::vector<cp::SortKey> order = {
            cp::SortKey(by_right ? "right" : "left"), cp::SortKey(by_right ? "left" : "right")};
        ARROW_ASSIGN_OR_RAISE(auto rows, cp::SortIndices(arrow::Datum(pairs), cp::SortOptions(order)));
        ARROW_ASSIGN_OR_RAISE(auto result, cp::Take(arrow::Datum(pairs), arrow::Datum(rows)));
        return handle(result.table());
    });
}

carrow_table carrow_table_group(
    carrow_table table, const char *const *keys, int32_t key_count, const char *const *functions,
    const char *const *columns, const char *const *names, int32_t count, char **error) {
    return guarded(error, [&]() -> TableResult {
        ARROW_RETURN_NOT_OK(initialize());
        std::vector<arrow::FieldRef> refs;
        arrow::FieldVector fields;
        arrow::ChunkedArrayVector values;
        for (int32_t place = 0; place < key_count; ++place) {
            ARROW_ASSIGN_OR_RAISE(auto column, find(table->value, keys[place]));
            ARROW_ASSIGN_OR_RAISE(column, unified(column));
            refs.emplace_back("key" + std::to_string(place));
            fields.push_back(arrow::field("key" + std::to_string(place), column->type()));
            values.push_back(column);
        }
        std::vector<cp::Aggregate> aggregates;
        for (int32_t place = 0; place < count; ++place) {
            std::string name = std::string("hash_") + functions[place];
            std::shared_ptr<cp::FunctionOptions> options;
            if (name == "hash_stddev") options = std::make_shared<cp::VarianceOptions>(1);
            if (name == "hash_count_all") {
                aggregates.emplace_back(name, nullptr, std::vector<arrow::FieldRef>{}, names[place]);
                continue;
            }
            ARROW_ASSIGN_OR_RAISE(auto column, find(table->value, columns[place]));
            ARROW_ASSIGN_OR_RAISE(column, decoded(column));
            std::string source = "value" + std::to_string(place);
            fields.push_back(arrow::field(source, column->type()));
            values.push_back(column);
            aggregates.emplace_back(name, options, arrow::FieldRef(source), names[place]);
        }
        auto source = arrow::Table::Make(arrow::schema(fields), values, table->value->num_rows());
        auto plan = ac::Declaration::Sequence(
            {{"table_source", ac::TableSourceNodeOptions(source)},
             {"aggregate", ac::AggregateNodeOptions(aggregates, refs)}});
        // On one thread groups come in the order of their first rows.
        ARROW_ASSIGN_OR_RAISE(auto grouped, ac::DeclarationToTable(plan, false));
        std::vector<std::string> titles;
        for (int32_t place = 0; place < key_count; ++place) titles.push_back(keys[place]);
        for (int32_t place = 0; place < count; ++place) titles.push_back(names[place]);
        ARROW_ASSIGN_OR_RAISE(auto result, grouped->RenameColumns(titles));
        return handle(result);
    });
}
