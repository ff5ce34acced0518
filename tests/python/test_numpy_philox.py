"""The random number generator against NumPy's implementation of the same algorithm."""

import numpy as np
import pytest
from centresim import _core
from hypothesis import given, settings
from hypothesis import strategies as st

WORD = st.integers(0, 2**64 - 1)


@settings(max_examples=300, deadline=None)
@given(counter=st.tuples(WORD, WORD, WORD, WORD), key=st.tuples(WORD, WORD))
def test_every_block_has_the_bits_of_numpy(counter, key):
    whole = sum(word << (64 * i) for i, word in enumerate(counter))
    before = (whole - 1) % 2**256  # NumPy counts up before it draws
    state = np.random.Philox(counter=before, key=key[0] + (key[1] << 64))
    assert _core._philox4x64(list(counter), list(key)) == state.random_raw(4).tolist()


def test_words_out_of_range_are_refused():
    with pytest.raises(TypeError):
        _core._philox4x64([2**64, 0, 0, 0], [0, 0])
