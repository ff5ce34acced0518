"""Names of files: text, bytes and paths, names that are no text, and what an IoError says of them."""

import errno
import os
import pickle
import subprocess
import sys
from pathlib import Path

import centresim as cs
import pytest
from centresim import fab

STRANGE = b"\xfe.toml"  # a name that is no UTF-8


def test_names_may_be_bytes_everywhere(scenario, result, tmp_path):
    folder = os.fsencode(tmp_path)
    for name in (b"a.toml", STRANGE):
        scenario.save(folder + b"/" + name)
        assert cs.load(folder + b"/" + name) == scenario
        assert cs.load(os.fsdecode(folder + b"/" + name)) == scenario
    result.save(folder + b"/\xfe.h5")
    assert cs.open(folder + b"/\xfe.h5") == result
    assert cs.open(Path(os.fsdecode(folder + b"/\xfe.h5"))) == result
    assert cs.load(b"mm1") == cs.load("mm1")


@pytest.mark.parametrize(
    "call", [cs.load, cs.open, fab.read_smt2020, fab.read_jasima], ids=["load", "open", "smt2020", "jasima"]
)
def test_an_error_tells_a_name_that_is_no_text(tmp_path, call):
    path = tmp_path / os.fsdecode(STRANGE)
    with pytest.raises(cs.IoError, match=r"\\xfe\.toml") as caught:
        call(path)
    assert caught.value.file == caught.value.filename == str(path)


def test_faults_in_a_file_with_a_strange_name_are_told(tmp_path):
    path = tmp_path / os.fsdecode(STRANGE)
    path.write_text('format = "centresim/1"\nhorizn = 3\n')
    with pytest.raises(cs.InputError, match=r"\\xfe\.toml:2") as caught:
        cs.load(path)
    assert caught.value.issues[0].file == str(path)


def test_the_command_line_takes_them(scenario, tmp_path):
    command = [sys.executable, "-m", "centresim", "validate"]
    missing = subprocess.run([*command, STRANGE], cwd=tmp_path, capture_output=True, check=False)
    assert missing.returncode == 3
    assert b"Traceback" not in missing.stderr
    assert b".toml" in missing.stderr
    scenario.save(os.fsencode(tmp_path) + b"/" + STRANGE)
    there = subprocess.run([*command, STRANGE], cwd=tmp_path, capture_output=True, check=False)
    assert there.returncode == 0, there.stderr


@pytest.mark.parametrize("name", ["a\0b.toml", "mm1\0"])
def test_a_zero_byte_ends_no_name(scenario, result, tmp_path, name):
    for call in (cs.load, cs.open, scenario.save, result.save, fab.read_smt2020, fab.read_jasima):
        with pytest.raises(ValueError, match="zero byte"):
            call(str(tmp_path / name))
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    path = tmp_path / "missing.h5"
    for call, name in ((cs.open, path), (cs.load, tmp_path / "missing.toml")):
        with pytest.raises(FileNotFoundError) as caught:
            call(name)
        error = caught.value
        assert isinstance(error, cs.IoError)
        assert error.errno == errno.ENOENT
        assert error.filename == error.file == str(name)
        assert error.strerror
        assert str(error).startswith(f"{name}: ")
        clone = pickle.loads(pickle.dumps(error))
        assert type(clone) is type(error)
        assert (str(clone), clone.errno, clone.filename) == (str(error), error.errno, error.filename)


def test_a_missing_folder_is_a_file_not_found_error(scenario, result, tmp_path):
    for save, name in ((result.save, "x.h5"), (scenario.save, "x.toml")):
        with pytest.raises(FileNotFoundError) as caught:
            save(tmp_path / "nowhere" / name)
        assert caught.value.errno == errno.ENOENT


def test_other_reasons_have_their_number_or_none(result, tmp_path):
    with pytest.raises(cs.IoError) as folder:
        cs.open(tmp_path)
    assert folder.value.errno == errno.EISDIR
    assert not isinstance(folder.value, FileNotFoundError)
    (tmp_path / "foreign.h5").write_text("hello")
    with pytest.raises(cs.IoError) as foreign:
        cs.open(tmp_path / "foreign.h5")
    assert foreign.value.errno is None
    assert foreign.value.strerror == foreign.value.reason
    if os.geteuid() != 0:
        (tmp_path / "foreign.h5").chmod(0)
        with pytest.raises(cs.IoError) as closed:
            cs.open(tmp_path / "foreign.h5")
        assert closed.value.errno == errno.EACCES
