#include "centresim/app/main.hpp"

int main(int argc, char** argv) {
  return centresim::app::main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
