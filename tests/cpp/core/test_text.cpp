#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"

using namespace centresim::core;

TEST_CASE("Text for terminals holds no control characters and no broken UTF-8", "[core]") {
  CHECK(printable("Ätzen \"€\" 𝄞") == "Ätzen \"€\" 𝄞");
  CHECK(printable("a\x1b[2Jb\x07\x7f") == "a\\x1b[2Jb\\x07\\x7f");
  CHECK(printable("\xc2\x9b"
                  "1m") == "\\xc2\\x9b1m"); // CSI as one character
  CHECK(printable("a\nb\tc\r") == "a\\x0ab\\x09c\\x0d");
  CHECK(printable("a\nb\tc\r", Lines::many) == "a\nb\tc\\x0d");
  CHECK(printable("\xff\xe2\x82") == "\\xff\\xe2\\x82");
  CHECK(printable("\xc2\xa0") == "\xc2\xa0"); // the first after C1
}

TEST_CASE("UTF-8 without surrogates and overlong forms", "[core]") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("Ω€𝄞"));
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("Errors name files and values without steering the terminal", "[core]") {
  CHECK(to_string({"a\nb.toml", 3, "fab.\x1b[31m", "\"x\"", "unknown key"}) ==
        "a\\x0ab.toml:3: fab.\\x1b[31m: \"x\": unknown key");
  const IoError error("\x1b]0;x\x07.h5", "", "is empty");
  CHECK(std::string(error.what()) == "\\x1b]0;x\\x07.h5: is empty");
  CHECK(error.file() == "\x1b]0;x\x07.h5"); // as it is
}
