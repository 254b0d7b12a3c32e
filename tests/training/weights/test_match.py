"""Which tensor of a file goes to which of a network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore.training.weights.match import Match, Slot, Stored, WeightsError, match

NET = (
    Slot("conv1.weight", (8, 3, 3, 3)),
    Slot("bn1.weight", (8,)),
    Slot("bn1.num_batches_tracked", (), "int64"),
    Slot("conv2.weight", (16, 8, 3, 3)),
    Slot("fc.weight", (10, 16)),
    Slot("fc.bias", (10,)),
)
TIED = (
    Slot("wte.weight", (5, 4)),
    Slot("ln.weight", (4,)),
    Slot("lm_head.weight", (5, 4), same_as="wte.weight"),
)


def stored(
    changes: Mapping[str, Any] = MappingProxyType({}), slots: tuple[Slot, ...] = NET
) -> list[Stored]:
    """The tensors of the network, some with another name (text), shape (tuple) or gone (None)."""
    found = []
    for slot in slots:
        change = changes.get(slot.name, slot.name)
        if isinstance(change, str):
            found.append(Stored(change, slot.shape, slot.dtype))
        elif change is not None:
            found.append(Stored(slot.name, change, slot.dtype))
    return found


def matched(file: list[Stored], slots: tuple[Slot, ...] = NET, *, is_ordered: bool = True) -> Match:
    return match(slots, file, file="w.pt", is_ordered=is_ordered)


def taken(found: Match) -> dict[str, str]:
    return {pair.slot.name: pair.found.name for pair in found.matched}


class TestByKey:
    def test_the_same_names_in_any_order(self) -> None:
        found = matched(stored()[::-1])
        assert (found.by, found.is_whole) == ("key", True)
        assert taken(found) == {slot.name: slot.name for slot in NET}
        assert found.sentence() == "6 of 6 tensors, by key"

    @pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "model.backbone.", "a.b.c."])
    def test_a_prefix_of_all_names_is_cut(self, prefix: str) -> None:
        found = matched([Stored(prefix + one.name, one.shape, one.dtype) for one in stored()])
        assert found.is_whole
        assert found.unused == ()
        told = "" if prefix == "_orig_mod." else f" without '{prefix}'"
        assert found.sentence() == f"6 of 6 tensors, by key{told}"

    def test_a_prefix_of_most_names_is_cut_and_the_rest_is_not_used(self) -> None:
        file = [Stored("net." + one.name, one.shape, one.dtype) for one in stored()]
        found = matched([*file, Stored("loss.weight", (10,)), Stored("ema", (3,))])
        assert found.is_whole
        assert [one.name for one in found.unused] == ["loss.weight", "ema"]
        assert found.sentence().endswith("not used: loss.weight (10), ema (3)")

    def test_what_regional_compilation_puts_into_names_is_cut(self) -> None:
        found = matched(stored({"conv2.weight": "conv2._orig_mod.weight"}))
        assert found.is_whole

    def test_a_file_of_a_part_goes_below_the_name_of_the_part(self) -> None:
        slots = tuple(Slot("encoder." + one.name, one.shape, one.dtype) for one in NET)
        found = matched(stored(), (*slots, Slot("head.weight", (2, 10))))
        assert len(found.matched) == 6
        assert found.sentence() == (
            "6 of 7 tensors, by key below 'encoder.'; not in the file, so at their first values: "
            "head.weight (2×10)"
        )

    def test_a_new_head_stays_at_its_first_values(self) -> None:
        found = matched(stored({"fc.weight": (1000, 16), "fc.bias": (1000,)}))
        assert len(found.matched) == 4
        assert not found.is_whole
        assert "of another shape, so at their first values: " in found.sentence()
        assert "fc.weight (10×16), in the file 1000×16, fc.bias (10), in" in found.sentence()

    def test_a_batch_counter_is_not_missed(self) -> None:
        found = matched(stored({"bn1.num_batches_tracked": None}))
        assert found.by == "key"
        assert found.is_whole

    def test_many_names_are_counted(self) -> None:
        more = [Stored(f"other.{n}", (n,)) for n in range(1, 30)]
        assert matched([*stored(), *more]).sentence().endswith("other.4 (4) and 25 more")

    @pytest.mark.parametrize("gone", ["wte", "lm_head"])
    def test_a_tied_weight_is_met_by_either_of_its_names(self, gone: str) -> None:
        found = matched(stored({f"{gone}.weight": None}, TIED), TIED)
        assert found.is_whole
        assert found.total == 2
        assert found.unused == ()

    def test_a_file_that_has_both_names_of_a_tied_weight_has_twins(self) -> None:
        found = matched(stored(slots=TIED), TIED)
        assert [one.name for one in found.matched[0].twins] == ["lm_head.weight"]


OTHER_NAMES = {
    "conv1.weight": "stem.0.weight",
    "bn1.weight": "stem.1.weight",
    "bn1.num_batches_tracked": "stem.1.num_batches_tracked",
    "conv2.weight": "stem.3.weight",
    "fc.weight": "head.weight",
    "fc.bias": "head.bias",
}


class TestByOrderAndShape:
    def test_other_names_of_the_same_shapes_in_order(self) -> None:
        found = matched(stored(OTHER_NAMES))
        assert (found.by, found.is_whole) == ("order", True)
        assert taken(found)["conv2.weight"] == "stem.3.weight"
        assert found.sentence() == "6 of 6 tensors, by order and shape"

    def test_a_file_that_keeps_no_order_is_not_guessed_at(self) -> None:
        """A query and a key look alike, and sorted names come in another order."""
        slots = (Slot("q_proj.weight", (8, 8)), Slot("k_proj.weight", (8, 8)))
        file = [Stored("attn.k.weight", (8, 8)), Stored("attn.q.weight", (8, 8))]
        with pytest.raises(WeightsError, match="keeps no order to go by"):
            matched(file, slots, is_ordered=False)

    def test_counters_that_one_side_lacks_are_passed_over(self) -> None:
        found = matched(stored({**OTHER_NAMES, "bn1.num_batches_tracked": None}))
        assert (found.by, found.is_whole, len(found.matched)) == ("order", True, 5)

    def test_names_that_tell_nothing_are_taken_in_order(self) -> None:
        for file in (NET, [slot for slot in NET if slot.shape]):
            found = matched([Stored(f"x{n}", s.shape, s.dtype) for n, s in enumerate(file)])
            assert (found.by, found.is_whole, len(found.matched)) == ("order", True, len(file))
        cut = [Stored(f"x{n}", s.shape, s.dtype) for n, s in enumerate(NET[:3])]
        more = [*cut, *(Stored(f"y{n}", (n + 1,)) for n in range(3))]
        with pytest.raises(WeightsError, match="has nothing for this network"):
            matched(more)

    def test_the_last_layer_may_be_another(self) -> None:
        file = stored(OTHER_NAMES)[:4]
        head = [Stored("classifier.weight", (1000, 16)), Stored("classifier.bias", (1000,))]
        found = matched([*file, *head])
        assert (found.by, len(found.matched)) == ("order", 4)
        assert [pair.found.name for pair in found.differing] == [one.name for one in head]
        found = matched(file)
        assert [one.name for one in found.left] == ["fc.weight", "fc.bias"]
        found = matched(stored(OTHER_NAMES), NET[:4])
        assert [one.name for one in found.unused] == ["head.weight", "head.bias"]

    def test_another_layer_in_the_middle_is_refused(self) -> None:
        file = stored(OTHER_NAMES)
        file[3] = Stored("stem.3.weight", (16, 8, 1, 1))
        with pytest.raises(WeightsError, match=r"in order, are others: choose weights of the same"):
            matched(file)

    def test_keys_win_where_both_fit_as_many(self) -> None:
        two = (Slot("a.weight", (4, 4)), Slot("b.weight", (4, 4)))
        file = [Stored("b.weight", (4, 4)), Stored("a.weight", (4, 4))]
        assert taken(matched(file, two)) == {"a.weight": "a.weight", "b.weight": "b.weight"}

    @pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "c"]], ids=["once", "twice"])
    def test_a_tied_weight_may_stand_once_or_twice(self, names: list[str]) -> None:
        file = [Stored(name, one.shape) for name, one in zip(names, TIED, strict=False)]
        found = matched(file, TIED)
        assert (found.by, found.is_whole, found.total) == ("order", True, 2)
        assert len(found.matched[0].twins) == len(names) - 2


class TestByShapeAlone:
    """Of a file without an order and with names that mean nothing here."""

    FILE = (
        Stored("classifier.bias", (10,)),
        Stored("classifier.weight", (10, 16)),
        Stored("features.0.weight", (8, 3, 3, 3)),
        Stored("features.1.weight", (8,)),
        Stored("features.3.weight", (16, 8, 3, 3)),
    )

    def test_shapes_that_occur_once_on_both_sides(self) -> None:
        found = matched(list(self.FILE), is_ordered=False)
        assert (found.by, found.is_whole) == ("shape", True)
        assert taken(found)["bn1.weight"] == "features.1.weight"
        assert found.summary() == "5 of 6 tensors, by shape, each of which occurs once"

    @pytest.mark.parametrize(
        "file",
        [
            (*FILE, Stored("features.4.weight", (8,))),
            FILE[1:],
            (*FILE[1:], Stored("classifier.bias", (11,))),
            (*FILE[1:], Stored("classifier.bias", (10,), "int64")),
        ],
        ids=["two look alike", "one is missing", "one is of another shape", "or of another kind"],
    )
    def test_nothing_is_guessed_where_one_does_not_fit(self, file: tuple[Stored, ...]) -> None:
        with pytest.raises(WeightsError, match="if each shape occurred once in it and in the"):
            matched(list(file), is_ordered=False)


class TestRefusals:
    def test_nothing_in_common_names_both_sides(self) -> None:
        with pytest.raises(WeightsError) as told:
            matched([Stored("x.weight", (2, 2)), Stored("y", ())])
        assert str(told.value) == (
            "w.pt has nothing for this network: its names are x.weight (2×2), y (a number); the "
            "network's are conv1.weight (8×3×3×3), bn1.weight (8), bn1.num_batches_tracked "
            "(a number), conv2.weight (16×8×3×3) and 2 more; and their shapes, in order, are "
            "others: choose weights of the same architecture, or rename them"
        )

    def test_the_same_names_of_other_widths(self) -> None:
        file = [Stored(s.name, tuple(2 * n for n in s.shape), s.dtype) for s in NET]
        with pytest.raises(WeightsError, match="network of the same sizes"):
            matched(file)

    @pytest.mark.parametrize("dtype", ["int8", "bool", "complex64", "F8_E4M3"])
    def test_numbers_of_another_kind(self, dtype: str) -> None:
        file = [Stored(one.name, one.shape, dtype) for one in NET if one.dtype == "float32"]
        with pytest.raises(WeightsError, match=f"conv1.weight is of the type {dtype}, .* float32"):
            matched(file)

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
    def test_floats_of_any_width_are_cast(self, dtype: str) -> None:
        assert len(matched([Stored(s.name, s.shape, dtype) for s in NET[:2]]).matched) == 2


SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(
    st.lists(SHAPES, min_size=1, max_size=8),
    st.lists(SHAPES, min_size=1, max_size=8),
    st.booleans(),
)
def test_every_tensor_of_both_sides_is_told_of_once(
    wanted: list[tuple[int, ...]], there: list[tuple[int, ...]], is_ordered: bool
) -> None:
    slots = tuple(Slot(f"l{n}.weight", shape) for n, shape in enumerate(wanted))
    file = [Stored(f"l{2 * n}.weight", shape) for n, shape in enumerate(there)]
    try:
        found = match(slots, file, file="w", is_ordered=is_ordered)
    except WeightsError:
        return
    pairs = (*found.matched, *found.differing)
    mine = [pair.slot.name for pair in pairs] + [one.name for one in found.left]
    theirs = [pair.found.name for pair in pairs] + [one.name for one in found.unused]
    assert sorted(mine) == sorted(slot.name for slot in slots)
    assert sorted(theirs) == sorted(one.name for one in file)
    assert all(pair.slot.shape == pair.found.shape for pair in found.matched)
    assert all(pair.slot.shape != pair.found.shape for pair in found.differing)
