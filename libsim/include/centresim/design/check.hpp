// What must hold between the values of a floor, beyond what each value says of itself.
#pragma once
#include "centresim/design/values.hpp"

#include <string>

namespace centresim::schema {
class Errors;
}

namespace centresim::design {

// Adds all faults to `errors`, paths below `path`: names that are missing, doubled or lead nowhere, rules of the policy
// that exclude one another, jobs that can never run.
void check(const Floor& floor, const std::string& path, schema::Errors& errors);

} // namespace centresim::design
