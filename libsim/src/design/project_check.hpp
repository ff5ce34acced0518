// What must hold between the people, flows, projects and shuttles of a floor.
#pragma once
#include "centresim/design/values.hpp"

#include <string>

namespace centresim::schema {
class Errors;
}

namespace centresim::design {

// Adds all faults to `errors`, paths below `path`: names that lead nowhere, flows that go round in a circle, work that
// nobody can do, gates that nothing can pass, shuttles that nobody can catch.
void check_projects(const Floor& floor, const std::string& path, schema::Errors& errors);

} // namespace centresim::design
