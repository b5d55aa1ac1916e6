"""Estimates: a model of snapshots keeps what they show, and is measured on what it was not shown."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import (
    CustomShortableProvider,
    FrameShortableProvider,
    LocalDiskShortableProvider,
)
from shortable.errors import InvalidInputError
from shortable.importers import import_source
from shortable.research import (
    EstimatedShortableProvider,
    check_borrow_model,
    estimate_band,
    fit_borrow_model,
    general_collateral,
    last_known,
)
from shortable.research.estimate.history import BorrowHistory
from shortable.research.estimate.model import Memory
from shortable.research.estimate.normal import normal_rank, normal_score, scores
from shortable.store import open_store

DAYS = pd.bdate_range("2026-03-02", periods=24) + pd.Timedelta(hours=10)
NAMES = [f"S{n:03d}" for n in range(400)]


def made_up_market(seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return quantities and fees: half the names at 0.25 %, the others log-normal; less is left where it is dear.

    Every name has a level of its own that a random walk with a pull back moves; on a day in twenty a name is gone.
    The third table is the level, seen through noise: a covariate.
    """
    random = np.random.default_rng(seed)
    level = random.normal(size=len(NAMES))
    walk, paths = np.zeros(len(NAMES)), []
    for _ in DAYS:
        walk = 0.8 * walk + random.normal(scale=0.3, size=len(NAMES))
        paths.append(level + walk)
    score = np.array(paths)
    fees = np.where(score < 0, 0.0025, 0.0025 * np.exp(2 * score))
    shares = np.floor(10 ** (5 - score + random.normal(scale=0.2, size=score.shape)))
    shares[random.random(score.shape) < 0.05] = 0
    columns = pd.Index(NAMES)
    covariate = pd.Series(level + random.normal(scale=0.3, size=len(NAMES)), index=columns)
    return pd.DataFrame(shares, DAYS, columns), pd.DataFrame(fees, DAYS, columns), covariate


QUANTITIES, FEES, COVARIATE = made_up_market()
MARKET = FrameShortableProvider(QUANTITIES, FEES)


@pytest.fixture(scope="module")
def model():
    return fit_borrow_model(MARKET, DAYS, NAMES, COVARIATE.to_frame("level"))


@pytest.fixture(scope="module")
def many(model):
    """Return fees and shares of 300 unseen names on 24 days, drawn."""
    names = [f"X{n:03d}" for n in range(300)]
    drawn = EstimatedShortableProvider(model, names, DAYS, seed=1)
    each = [(name, day) for day in DAYS.to_pydatetime() for name in names]
    symbols, times = zip(*each, strict=True)
    shape = len(DAYS), len(names)
    fees = drawn.fee_rates(list(symbols), list(times)).reshape(shape)
    return fees, drawn.shortable_quantities(list(symbols), list(times)).reshape(shape)


def test_the_mass_at_the_floor_and_the_tail_are_kept(many):
    fees, _ = many
    at_floor = (FEES.to_numpy() == 0.0025).mean()
    assert (fees == 0.0025).mean() == pytest.approx(at_floor, abs=0.07)
    assert np.quantile(fees, 0.95) == pytest.approx(np.quantile(FEES, 0.95), rel=0.35)


def test_less_is_left_where_the_fee_is_high(many):
    fees, shares = many
    dear = fees > 0.05
    assert np.median(shares[dear]) < np.median(shares[~dear]) / 10


def test_names_are_gone_as_often_as_in_the_snapshots(many):
    _, shares = many
    assert (shares == 0).mean() == pytest.approx((QUANTITIES.to_numpy() == 0).mean(), abs=0.02)


def test_a_rank_lasts_as_long_as_in_the_snapshots(many):
    fees, _ = many
    drawn = np.corrcoef(scores(fees[0]), scores(fees[-1]))[0, 1]
    seen = np.corrcoef(scores(FEES.to_numpy()[0]), scores(FEES.to_numpy()[-1]))[0, 1]
    assert drawn == pytest.approx(seen, abs=0.15)


def test_a_draw_depends_on_its_seed_and_its_symbol_alone(model):
    days = DAYS[:5]

    def of(names, seed):
        drawn = EstimatedShortableProvider(model, names, days, seed)
        return drawn.panel(["GME"], days[0], days[-1])["GME"].tolist()

    assert of(["GME"], 4) == of(["AMC", "GME", "SPY"], 4)
    assert of(["GME"], 4) != of(["GME"], 5)


def test_from_what_is_known_draws_start_there_and_drift_away(model):
    """Most figures of the made-up market move slowly: a day later they are nearer than a month later."""
    start = DAYS[0]
    later = [start + pd.Timedelta(days=1), start + pd.Timedelta(days=30)]
    drawn = EstimatedShortableProvider(model, NAMES, later, 1, known=MARKET, known_at=start)
    known = np.log(MARKET.fee_rates(NAMES, start.to_pydatetime()))
    far = [np.abs(np.log(drawn.fee_rates(NAMES, t.to_pydatetime())) - known).mean() for t in later]
    assert far[0] < far[1]
    unknown = EstimatedShortableProvider(model, NAMES, later, 1)
    strange = np.abs(np.log(unknown.fee_rates(NAMES, later[0].to_pydatetime())) - known).mean()
    assert far[1] < strange


def test_covariates_place_a_name_that_was_never_seen(model):
    """Half of the names at the top of the covariate, half at the bottom: their fees differ as the snapshots' do."""
    names = [f"X{n:03d}" for n in range(200)]
    table = pd.DataFrame({"level": np.where(np.arange(200) < 100, 2.0, -2.0)}, index=names)
    drawn = EstimatedShortableProvider(model, names, DAYS[:1], 1, covariates=table)
    fees = drawn.fee_rates(names, DAYS[0].to_pydatetime())
    assert np.median(fees[:100]) > 2 * np.median(fees[100:])


def test_bands_hold_what_they_say_on_what_the_model_was_not_shown():
    """The band is right by chance alone, and loses less than either baseline."""
    table = check_borrow_model(MARKET, DAYS, NAMES)
    assert table[["test", "figure"]].to_numpy().tolist() == [
        ["other symbols", "fee"],
        ["other symbols", "shares"],
        ["later snapshots", "fee"],
        ["later snapshots", "shares"],
    ]
    assert table["covered"].between(0.80, 0.97).all()
    assert (table["loss"] < table["loss_general_collateral"]).all()
    assert (table["loss"] < table["loss_last_known"]).all()


@pytest.mark.slow
def test_real_snapshots(real_data, tmp_path):
    """The file of 2026-04-21 repeats that of 04-16, and would look like a week in which nothing moved."""
    archive = real_data / "ibkr" / "usa_history_20260323_20260511.parquet"
    import_source("ibkr", archive, data_folder=tmp_path)
    instants = open_store("interactivebrokers", market="usa", data_folder=tmp_path).as_of
    wall = pd.DatetimeIndex(instants.view("datetime64[us]"), tz="UTC").tz_convert(
        "America/New_York"
    )
    times = [t for t in wall.tz_localize(None) if f"{t:%m-%d}" != "04-21"]
    assert len(times) == 26
    provider = LocalDiskShortableProvider("interactivebrokers", tmp_path)
    table = check_borrow_model(provider, times)
    assert table["covered"].between(0.85, 0.95).all()
    assert (table["loss"] < table["loss_general_collateral"]).all()
    assert (table["loss"] < table["loss_last_known"]).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.99), st.floats(0.5, 60), st.integers(1, 400))
def test_a_path_of_scores_is_standard_normal_at_every_time(lasting, days, gap):
    random = np.random.default_rng(0)
    paths = np.array(
        [Memory(lasting, days).path(np.array([0.0, gap]), random) for _ in range(1_500)]
    )
    assert paths.std(axis=0) == pytest.approx(1.0, abs=0.1)
    expected = lasting + (1 - lasting) * np.exp(-gap / days)
    assert np.corrcoef(paths.T)[0, 1] == pytest.approx(expected, abs=0.1)


def test_scores_against_the_printed_table_of_the_normal_distribution():
    assert normal_rank(np.array([-1.96, 0.0, 1.6449])) == pytest.approx(
        [0.0250, 0.5, 0.95], abs=1e-4
    )
    assert normal_score(np.array([0.025, 0.5, 0.95])) == pytest.approx([-1.96, 0, 1.6449], abs=1e-3)


def test_baselines():
    now = datetime(2026, 4, 1, 10)
    plain = general_collateral()
    assert (plain.shortable_quantity("S001", now), plain.fee_rate("S001", now)) == (
        10_000_000,
        0.0025,
    )
    frozen = last_known(MARKET, DAYS[3])
    at = DAYS[3].to_pydatetime()
    assert frozen.shortable_quantity("S001", now) == MARKET.shortable_quantity("S001", at)
    assert frozen.fee_rate("S001", now) == MARKET.fee_rate("S001", at)
    assert frozen.fee_rate("NONE", now) == 0.0
    assert not frozen.has_fee_rate("NONE", now)
    assert frozen.all_shortable_symbols(now) == MARKET.all_shortable_symbols(at)


def test_a_band_is_the_quantiles_of_one_run_a_draw(model):
    """Five draws: the 5th percentile of five sorted figures lies 0.05 x 4 = 0.2 of the way to the second."""
    draws = [EstimatedShortableProvider(model, ["GME"], DAYS[:1], seed) for seed in range(5)]
    figures = sorted(draw.fee_rate("GME", DAYS[0].to_pydatetime()) for draw in draws)
    band = estimate_band(lambda draw: draw.fee_rate("GME", DAYS[0].to_pydatetime()), draws)
    assert band.loc["value", "5%"] == pytest.approx(figures[0] + 0.2 * (figures[1] - figures[0]))
    assert band.loc["value", "50%"] == figures[2]
    assert band.loc["value", "draws"] == 5
    with pytest.raises(InvalidInputError, match="two at least"):
        estimate_band(lambda draw: 1.0, draws[:1])


def test_it_says_that_it_is_an_estimate(model):
    drawn = EstimatedShortableProvider(model, ["GME"], DAYS, 7)
    assert drawn.name.startswith(
        "EstimatedShortableProvider(an estimate, seed 7, 24 snapshots of 400"
    )


def test_a_history_knows_absent_from_not_yet_listed_and_from_no_data():
    quantities = pd.DataFrame({"A": [5.0, 0.0, 9.0], "NEW": [np.nan, 0.0, 9.0]}, index=DAYS[:3])
    fees = pd.DataFrame({"A": [0.01, 0.01, 0.01], "NEW": [np.nan, np.nan, 0.5]}, index=DAYS[:3])
    history = BorrowHistory.of(FrameShortableProvider(quantities, fees), DAYS[:3], ["A", "NEW"])
    assert history.shares[:, 0] == pytest.approx([np.log10(6), 0.0, 1.0])
    assert np.isnan(history.shares[:2, 1]).all()
    assert history.shares[2, 1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda m: fit_borrow_model(MARKET, DAYS[:1], NAMES), "times=1 must be two snapshots"),
        (
            lambda m: fit_borrow_model(CustomShortableProvider({"S001": 5}), DAYS, NAMES),
            "know a fee",
        ),
        (lambda m: fit_borrow_model(MARKET, DAYS[:2], NAMES[:3]), "50 names and times"),
        (lambda m: EstimatedShortableProvider(m, [], DAYS, 1), "symbols='none'"),
        (lambda m: EstimatedShortableProvider(m, ["GME"], [], 1), "times='none'"),
        (lambda m: EstimatedShortableProvider(m, ["GME"], DAYS, -1), "seed=-1"),
        (lambda m: EstimatedShortableProvider(m, ["GME"], DAYS, 1, known=MARKET), "known_at"),
        (
            lambda m: EstimatedShortableProvider(
                m, ["GME"], DAYS, 1, known=MARKET, known_at=DAYS[3]
            ),
            "at or before the first time",
        ),
        (
            lambda m: EstimatedShortableProvider(
                m, ["GME"], DAYS, 1, covariates=pd.DataFrame({"size": [1.0]}, index=["GME"])
            ),
            "be among those of the fit: level",
        ),
        (lambda m: check_borrow_model(MARKET, DAYS, NAMES, held_out=1.0), "between 0 and 1"),
        (lambda m: check_borrow_model(MARKET, DAYS[:2], NAMES), "leave two snapshots"),
    ],
)
def test_misuse_is_named(model, call, says):
    with pytest.raises(InvalidInputError, match=says):
        call(model)
