// Roles of foreign keys and columns by what catalog, config and row counts tell; make_plan() assigns them, settle() again with the sample.
#pragma once

#include <vector>

#include "core/plan.h"
#include "core/schema.h"

namespace relsynth::core {

// What the config says of a table; null if nothing.
const TableConfig *config_of(const Config &config, const Schema &schema, int table);

// What the choice of drivers goes by: estimates before the scan, figures of the sample after it.
struct Counts {
  std::vector<double> rows;       // per table
  std::vector<double> groups;     // per Schema::foreign_keys: parents that have children
  std::vector<uint8_t> personal;  // per table: it has columns about a person
  std::vector<uint8_t> shortcut;  // per Schema::foreign_keys: leads always where a foreign key of another key's parent leads
};
Counts estimate_counts(const Schema &schema);

// Whether the rows of a table are persons, or say something about one: by names, and by values where `data` has them.
bool about_persons(const Table &table, const SourceTable &data);

// Position of the foreign key that drives `table`, given the roles of all tables and the drivers of its parents; -1 none. See make_plan().
int choose_driver(const Schema &schema, const Plan &plan, int table, const Counts &counts);

// Fills fk_roles for the table's driver.
void assign_fk_roles(const Schema &schema, Plan &plan, int table);

// Fills columns for the table's fk_roles: roles, writers of key columns, uniqueness, reasons.
void assign_column_roles(const Schema &schema, Plan &plan, int table, const std::vector<double> &rows);

// Columns that order the rows of a group: config, else a time of the event with what breaks its ties, else a line number, else a
// serial key, else another time.
std::vector<int> choose_order(const Schema &schema, const Plan &plan, int table);

// Rows that the plan asks of a table with `rows` rows.
double wanted_rows(const TablePlan &plan, double rows);

}  // namespace relsynth::core
