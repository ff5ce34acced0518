// The command line as one call, for the executable and for the script of the Python package.
#pragma once
#include <string>
#include <vector>

namespace centresim::app {

// Runs `centresim ARGS...` (the name of the program left out) and gives back the exit status: 0 done, 2 usage or input,
// 3 file system, 4 the model cannot go on, 128 + signal when interrupted (130: Ctrl-C). Answers go to standard output,
// progress and messages to standard error. Never ends the process.
[[nodiscard]] int main(std::vector<std::string> args);

} // namespace centresim::app
