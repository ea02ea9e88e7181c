"""What text columns mean, by their values: quantities, dates, labels; and what stays text."""

import datetime

import numpy as np
import pandas as pd
import pytest

from bridle.errors import InputError
from bridle.workbench.columns.column_reading import CODE, read_column, read_labels
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.dataset import make_dataset

NUMBERS = {
    "plain": (["1", "2.5", "-3"], [1, 2.5, -3]),
    "percent": (["12%", "3.5 %", "-1%"], [12, 3.5, -1]),
    "dollars": (["$1,200.50", "$3", "-$2"], [1200.5, 3, -2]),
    "euros behind": (["12 €", "7,50 €"], [12, 7.5]),
    "currency code": (["USD 12", "USD 1,234,567"], [12, 1234567]),
    "thousands by comma": (["1,234,567", "12,000", "5"], [1234567, 12000, 5]),
    "thousands by point": (["1.234.567,5", "12,25"], [1234567.5, 12.25]),
    "thousands by blank": (["1 234", "12 345 678"], [1234, 12345678]),
    "thousands by narrow blank": (["1\u202f234", "5"], [1234, 5]),
    "thousands by apostrophe": (["1'234", "12'345.5"], [1234, 12345.5]),
    "accounting": (["(1.5)", "3"], [-1.5, 3]),
    "minus behind": (["1.5-", "3"], [-1.5, 3]),
    "unicode minus": (["\u22125", "4"], [-5, 4]),
    "one unit": (["12 kg", "3.5kg"], [12, 3.5]),
    "decimal comma": (["1,5", "2", "0,125"], [1.5, 2, 0.125]),
    "missing between": (["1,5", None, "2"], [1.5, np.nan, 2]),
}

MORE_NUMBERS = {
    "prices without cents": (
        ["12,-", "13,50", "5,--"],
        [12, 13.5, 5],
        "as numbers with a decimal comma",
    ),
    "lakhs and crores": (["12,34,567", "1,00,000"], [1234567, 100000], "as numbers"),
    "lakhs with decimals": (["₹1,00,000.50", "Rs. 2,500"], [100000.5, 2500], "in ₹"),
    "decimal comma and power": (["1,5E+03", "2,25e-1"], [1500, 0.225], "with a decimal comma"),
    "accounting within a currency": (["$(1,200.50)", "-$3"], [-1200.5, -3], "in $"),
    "currency on both sides": (["€5", "6 €", "EUR 7"], [5, 6, 7], "in €"),
    "thousands and millions": (
        ["€110.5M", "€595K", "€0"],
        [110.5e6, 595e3, 0],
        "'€110.5M' as 1.105e+08",
    ),
    "thousands by k": (["1.2k", "950"], [1200, 950], "'1.2k' as 1200"),
    "thousands and millions alone": (["1.2K", "3M"], [1200, 3e6], "as numbers"),
    "singular and plural": (["1 year", "2 years"], [1, 2], "as numbers in year"),
    "units of other letters": (["3 Stück", "4 Stück"], [3, 4], "in Stück"),
    "scores": (["8/10", "9 / 10", "7.5/10"], [8, 9, 7.5], "as numbers of 10"),
    "ordinals": (["1st", "2nd", "3rd"], [1, 2, 3], "as numbers"),
    "zero without a percent sign": (["12%", "0"], [12, 0], "in %"),
    "digits of other scripts": (["١٢", "٣٤٫٥"], [12, 34.5], "as numbers"),
    "text of a spreadsheet": (['="12.5"', '="13"'], [12.5, 13], "signs of a spreadsheet"),
    "a formula of dates": (['="2024-03-01"', '="2024-03-02"'], [19783, 19784], "days since 1970"),
    "hours": (["01:30:00", "100:00:30"], [1.5, 100 + 1 / 120], "as hours"),
    "hours by a colon": (["1:30", "12:45"], [1.5, 12.75], "the part before the colon"),
    "times of the day": (["3:30 PM", "12:15 am"], [15.5, 0.25], "as hours"),
    "durations of pandas as text": (
        ["0 days 01:30:00", "-2 days 00:00:00"],
        [1.5, -48],
        "as hours",
    ),
    "latitudes": (["48.5° N", "12.5° S"], [48.5, -12.5], "as degrees"),
    "degrees and minutes": (["2°30'00\"W", "3°15′E"], [-2.5, 3.25], "as degrees"),
    "sides alone": (["12.5N", "3.25S"], [12.5, -3.25], "as degrees"),
    "yes in several words": (["yes", "Y", "no", "1", "0"], [1, 1, 0, 1, 0], "'yes' as true"),
    "yes in several languages": (["oui", "ja", "nein"], [1, 1, 0], "as true or false"),
    "dates as numbers": ([20240301, 20240302], [19783, 19784], "20240301 as 19783"),
    "dates as numbers, one missing": ([20240301, None, 20240302], [19783, np.nan, 19784], "days"),
    "dates as numbers in text": (["20240301", "20240302"], [19783, 19784], "days since 1970"),
    "percent signs in front": (["%12", "%3.5", "0"], [12, 3.5, 0], "in %"),
    "francs": (["Fr. 12.50", "SFr. 1'200", "CHF 3"], [12.5, 1200, 3], "in CHF"),
    "crowns": (["kr. 500", "20 kr"], [500, 20], "in kr"),
    "crowns with a point on both sides": (["kr.500", "20 kr."], [500, 20], "in kr"),
    "a code with a point": (["USD 500.", "USD .5"], [500, 0.5], "in $"),
    "a minus before the currency": (["12.50- €", "3 €"], [-12.5, 3], "in €"),
    "coins": (["₿0.5", "₿1"], [0.5, 1], "in ₿"),
    "cents": (["99¢", "5 ¢"], [99, 5], "in ¢"),
    "millions before the currency": (
        ["1,2 Mio. €", "300 €", "2 Mrd. €"],
        [1.2e6, 300, 2e9],
        "'1,2 Mio. €' as 1.2e+06",
    ),
    "units of powers": (["12 m/s^2", "3.5 m/s^2"], [12, 3.5], "in m/s^2"),
    "units of superscripts": (["5 s⁻¹", "6 s⁻¹"], [5, 6], "in s⁻¹"),
    "units of two words": (["12 sq ft", "5 sq ft"], [12, 5], "in sq ft"),
    "units with a point": (["5 kg.", "6 kg"], [5, 6], "in kg"),
    "units behind a hyphen": (["5-star", "4-star"], [5, 4], "in star"),
    "units in another case": (["5kg", "6 KG"], [5, 6], "in kg"),
    "litres in another case": (["5 mg/dL", "6 mg/dl"], [5, 6], "in mg/d"),
    "beats in another case": (["120 bpm", "60 BPM"], [120, 60], "in bpm"),
    "inches": (['12"', '3.5"'], [12, 3.5], 'in "'),
    "notes": (["5*", "6*"], [5, 6], "in *"),
    "about": (["~5", "6.5"], [5, 6.5], "as numbers"),
    "powers of ten": (["1.5×10^3", "2x10^-2", "3·10³"], [1500, 0.02, 3000], "as numbers"),
    "powers of Fortran": (["1.5D+03", "2D-01"], [1500, 0.2], "as numbers"),
    "thousands by underscore": (["1_234", "12_345_678"], [1234, 12345678], "as numbers"),
    "scores in words": (["8 out of 10", "9 of 10"], [8, 9], "as numbers of 10"),
    "hours in letters": (["2h 30m", "3h"], [2.5, 3], "as hours"),
    "hours and two digits": (["2h30", "3h05"], [2.5, 3 + 1 / 12], "as hours"),
    "hours in words": (["45 min", "1 hour 20 minutes"], [0.75, 4 / 3], "as hours"),
    "days in words": (["3 days 4 hours", "1 Tag"], [76, 24], "as hours"),
    "hours of ISO": (["PT2H30M", "P1DT30S"], [2.5, 24 + 1 / 120], "as hours"),
    "times with a word": (["10:30 Uhr", "11:45 Uhr"], [10.5, 11.75], "as hours"),
    "fractions that floats round": (
        ["1.5", "9007199254740993.25"],
        [1.5, 9007199254740993.25],
        "rounded to 16 digits, for instance '9007199254740993.25'",
    ),
    "zeros before decimals": (["2.5", "01.5", "-00.25"], [2.5, 1.5, -0.25], "'01.5' as 1.5"),
    "zeros before a decimal comma": (["01,5", "12,25"], [1.5, 12.25], "with a decimal comma"),
    "durations": (pd.Series(pd.to_timedelta(["90min", None])), [1.5, np.nan], "as hours"),
    "times": ([datetime.time(10, 30), None], [10.5, np.nan], "as hours"),
}

EXAMPLES = {
    "thousands": (["500.5", "1,200.5", "7"], "'1,200.5' as 1200.5"),
    "money": (["$5", "$7", "$1,200.50"], "'$1,200.50' as 1200.5"),
    "accounting": (["5", "(3.5)", "7"], "'(3.5)' as -3.5"),
    "minus behind": (["-5.5", "5.5", "5-"], "'5-' as -5"),
    "minus of another form": (["4", "3", "\u22124"], "'\u22124' as -4"),
    "decimal comma": (["3", "4", "5,25"], "'5,25' as 5.25"),
    "millions": (["$7", "$2M", "$850K"], "'$2M' as 2e+06"),
    "hours over a day": (["01:30:00", "2 days 01:00:00"], "'2 days 01:00:00' as 49"),
    "degrees": (["12.5°N", "2°30'00\"N"], "'2°30\\'00\"N' as 2.5"),
}
"""Columns whose first value does not show how they are read."""

TEXT = {
    "codes with zeros in front": (
        ["007", "012", "100"],
        "as categories, not numbers: '007' begins",
    ),
    "codes in formulas": (['="007"', '="012"'], "'007' begins with a zero"),
    "two units": (["12 kg", "3 lb"], "as categories, not numbers, since they are in 'kg', 'lb'"),
    "metres and minutes": (["5 m", "3 min"], "since they are in 'm', 'min'"),
    "two currencies": (["$5", "7 €"], "since they are in '$', '€'"),
    "some without a unit": (["5 kg", "7"], "in 'kg', and some have none"),
    "two powers": (["5 mW", "6 MW"], "since they are in 'mW', 'MW'"),
    "bits and bytes": (["5 Mb", "6 MB"], "since they are in 'Mb', 'MB'"),
    "some with a star": (["5", "6*"], "in '*', and some have none"),
    "streets": (["1 A St", "2 B St", "3 C St", "4 D St", "5 E St"], "'D St' and 1 more"),
    "numbers and their meaning": (
        ["1 - bad", "2 - good", "3 - best"],
        "though '1 - bad' begins with a number",
    ),
    "numbers and a colon": (["1: bad", "2: good", "9"], "though '1: bad' begins with a number"),
    "ranges in a unit": (
        ["10–20 kg", "20–30 kg", "30–40 kg"],
        "though '10–20 kg' begins with a number",
    ),
    "ranges of money": (["$10-$20", "$20-$30", "$30"], "though '$10-$20' begins with a number"),
    "ranges of thousands": (["50k-100k", "100k+", "10k"], "though '50k-100k' begins with a number"),
    "ranges of years": (["2020-2021", "2021-2022"], "may be a range"),
    "ranges of dates": (
        [f"2024-0{m}-01 - 2024-0{m + 1}-01" for m in range(1, 4)],
        "begins with a number",
    ),
    "limits in a unit": (["< 5 kg", "> 10 kg", "7 kg"], "though '< 5 kg' begins with a number"),
    "errors": (["5 ± 0.1", "6 ± 0.2", "7"], "though '5 ± 0.1' begins with a number"),
    "a minus of another kind": (["⁻5", "3", "4"], "though '⁻5' begins with a number"),
    "year, day, month": (
        ["2024-25-03", "2024-13-04", "2024-30-05"],
        "though '2024-25-03' begins with",
    ),
    "instants of .NET": (
        [f"/Date(170925120{n}000)/" for n in range(3)],
        "though '/Date(1709251200000)/' holds a number",
    ),
    "eras": (
        ["令和6年3月1日", "令和6年3月2日", "令和6年3月3日"],
        "though '令和6年3月1日' holds a number",
    ),
    "rooms": (["Room 12", "Room 13", "Room 14"], "though 'Room 12' holds a number"),
    "scores of several scales": (
        ["8 of 10", "9 of 12", "7 of 7"],
        "though '8 of 10' begins with a number",
    ),
    "years and months": (["2y 3m", "1y 2m", "5y"], "though '2y 3m' begins with a number"),
    "days and months": (["01.02", "15.03"], "'01.02' may be a date without its year"),
    "a number among words, and a word": (
        ["Room 12", "Room 13", "Room 14", "Room 15", "n.a."],
        "holds a number, of which 'n.a.' may stand for a missing value",
    ),
    "two texts with numbers": (["<=50K", ">50K"], ""),
    "bits in another case": (["5 Mbps", "6 MBps"], "since they are in 'Mbps', 'MBps'"),
    "numbers within words": (["A12", "B13", "x_1"], ""),
    "words": (["red", "green", "red"], ""),
    "numbers and words": (["12", "many"], ""),
    "numbers but for a word": (
        ["1", "2", "3", "k.A."],
        "because of 'k.A.'. If that stands for a missing value: missing=['k.A.']",
    ),
    "amounts but for a word": (["€5", "€6", "€7", "free"], "not numbers, because of 'free'"),
    "dates but for a word": (
        ["2024-01-01", "1.2.2024", "open"],
        "not dates, because of 'open'. If that stands for a missing value: missing=['open']",
    ),
    "feet and inches": (["5'11\"", "6'0\"", "6'"], "feet and inches, or minutes and seconds"),
    "versions": (["1.2.3", "1.10.4"], ""),
    "versions like dates": (["1.10.24", "1.2.31"], ""),
    "addresses": (["10.0.0.1", "10.0.0.2"], ""),
    "telephone numbers": (["+49 301 234 567", "+49 302 345 678"], ""),
    "ranges": (["1-2", "3-4"], "order and size do not count, though '1-2' may be a range"),
    "limits": (["<5", "5-10", ">10"], "though '<5' may be a range or a limit"),
    "numbers and a limit": (["0", "1", "2", "3+"], "though '3+' may be a range or a limit"),
    "cuts of pandas": (["(0, 10]", "(10, 20]"], "may be a range"),
    "fractions": (["3/4", "1/2"], "'3/4' may be a fraction, a pair or a date"),
    "lists": (["a;b", "c", "a;c"], "'a;b' may be a list"),
    "lists by commas": (
        ["tea, milk", "tea", "coffee, milk", "coffee"],
        "'tea, milk' may be a list",
    ),
    "places": (["Paris, France", "Lyon, France", "Rome, Italy"], ""),
    "directions": (["N", "S", "O", "W"], ""),
    "three answers of a letter": (["t", "f", "n"], ""),
    "yes and no": (["yes", "no"], ""),
    "seasons": (["2024-25", "2023-24"], "may be a range"),
    "numbers of eight digits": (["20240001", "x"], ""),
    "one value": (["5", "5"], ""),
}


def read(values):
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    found = read_column(column, "c", MissingWords())
    return found.values, found.findings("c")


@pytest.mark.parametrize("case", EXAMPLES)
def test_the_example_shows_the_decoration_that_was_read(case):
    values, shown = EXAMPLES[case]
    _, found = read(values)
    assert f"for instance {shown}" in found[0].message


@pytest.mark.parametrize("case", NUMBERS)
def test_decorated_numbers_are_numbers_and_said_to_be(case):
    values, expected = NUMBERS[case]
    column, (finding,) = read(values)
    np.testing.assert_array_equal(column.to_numpy(), np.array(expected, dtype=float))
    assert (finding.code, finding.column) == (CODE, "c")
    assert "as numbers" in finding.message


@pytest.mark.parametrize("case", MORE_NUMBERS)
def test_numbers_of_more_kinds_are_numbers_and_said_to_be(case):
    values, expected, said = MORE_NUMBERS[case]
    column, (finding,) = read(values)
    np.testing.assert_allclose(
        column.astype(float).to_numpy(), np.array(expected, float), rtol=1e-12
    )
    assert said in finding.message


@pytest.mark.parametrize("case", TEXT)
def test_what_is_no_quantity_stays_as_it_is_and_what_it_may_be_is_said(case):
    values, said = TEXT[case]
    column, found = read(values)
    assert column.tolist() == [one.strip('="') if one[0] == "=" else one for one in values]
    assert bool(found) == bool(said)
    assert said in " ".join(one.message for one in found)


def test_instants_of_pandas_and_arrow_are_read_as_their_text_is():
    """Every dtype that holds times, against the texts of the same."""
    instants = pd.Series(pd.to_datetime(["2024-03-01 10:30", None, "2024-03-02 08:15"]))
    texts = instants.astype(str).where(instants.notna(), None)
    expected = read(texts.astype(object))[0]
    arrow = instants.astype("timestamp[us][pyarrow]")
    for column in (instants, arrow, instants.dt.to_period("s"), instants.astype(object)):
        np.testing.assert_array_equal(read(column)[0].astype(float), expected)
    days = instants.dt.normalize()
    for column in (arrow.astype("date32[day][pyarrow]"), days.dt.to_period("D"), days.dt.date):
        np.testing.assert_array_equal(read(column)[0].astype(float), np.floor(expected))
    spans = pd.to_timedelta(pd.Series(["90min", None, "2h"]))
    for column in (spans, spans.astype("duration[us][pyarrow]"), spans.astype(object)):
        np.testing.assert_array_equal(read(column)[0].astype(float), [1.5, np.nan, 2])
    times = pd.Series([datetime.time(10, 30), None, datetime.time(8, 15)], dtype=object)
    for column in (times, times.astype("time64[us][pyarrow]")):
        np.testing.assert_array_equal(read(column)[0].astype(float), [10.5, np.nan, 8.25])


def test_numbers_of_eight_digits_that_are_no_days_stay_numbers():
    for values in ([20240001, 20240302], [1.5, 20240302.0], [20240301, 20240301]):
        column, found = read(pd.Series(values))
        assert column.tolist() == values
        assert found == ()


INSTANTS = {
    "seconds": (
        "c",
        [1709251200, 1709337600],
        "seconds since 1970: 1709251200 would be 2024-03-01",
    ),
    "seconds and parts": ("c", [1709251200.5, None, 1709337600.25], "be 2024-03-01 00:00"),
    "milliseconds": ("c", [1709251200000, 1709337600000], "milliseconds since 1970: 17"),
    "nanoseconds": (
        "c",
        [1709251200 * 10**9, 1709337600 * 10**9 + 1],
        "nanoseconds since 1970: 17",
    ),
    "text": ("c", ["1709251200", "1709337600"], "seconds since 1970"),
    "days of a spreadsheet": ("order date", [45352, 45353.5], "45352 would be 2024-03-01"),
    "amounts": ("salary", [45352, 45353], ""),
    "long ago": ("c", [170925120, 1709337600], ""),
    "one number": ("c", [1709251200, 1709251200], ""),
    "numbers of a spreadsheet's size": ("date", [5, 45353], ""),
}


@pytest.mark.parametrize("case", INSTANTS)
def test_numbers_that_look_like_instants_stay_numbers_and_it_is_said(case):
    """Against `datetime`, by which 2024-03-01 is 19,783 days after 1970."""
    name, values, said = INSTANTS[case]
    found = read_column(pd.Series(values), name, MissingWords())
    assert found.values.dropna().astype(float).is_monotonic_increasing
    messages = [one.message for one in found.findings(name)]
    assert said in " ".join(messages)
    assert any("which may be" in one for one in messages) == bool(said)


TWO_READINGS = {
    "a percent sign": (["12%", "0.12"], "'0.12' in row 1 may be 0.12 % or a share of 1"),
    "thousands by point": (["1.234 €", "5.678 €"], r"'1\.234 €' in row 0 may be 1\.234 or 1234"),
    "hours or minutes": (["59:30", "1:02:10"], "may be hours and minutes, or minutes and seconds"),
    "a zone": (
        ["2024-03-01 10:00 EST", "2024-03-02 10:00 EST"],
        "time zones that are called 'EST'",
    ),
    "a zone that is nowhere": (
        ["2024-03-01 10:00 Middle/Earth", "2024-03-02 10:00 Middle/Earth"],
        "since none is called 'Middle/Earth'",
    ),
    "an hour that comes twice": (
        ["2024-10-27 02:30 Europe/Berlin", "2024-10-28 02:30 Europe/Berlin"],
        "'2024-10-27 02:30 Europe/Berlin' in row 0 may be before or after the clocks there are changed",
    ),
    "a month and a number": (["Jan-24", "Feb-24"], "Jan in the year 24 or day 24 of Jan"),
    "centuries beside names": (["03-MAR-98", "14-JUL-01"], "of the 1900s or the 2000s"),
    "years of two digits": (["05/03/24", "06/03/24"], "may be day, month or year first"),
    "centuries": (["25/03/45", "26/03/24"], "may be of the 1900s or the 2000s"),
    "a time without a zone": (
        ["2024-03-01T10:00+01:00", "2024-03-02T10:00"],
        "'2024-03-02T10:00' in row 1 may be in UTC or in another time zone",
    ),
    "objects without a zone": (
        [
            datetime.datetime(2024, 3, 1, 10, tzinfo=datetime.UTC),
            datetime.datetime(2024, 3, 1, 10),
        ],
        "in row 1 may be in UTC or in another time zone",
    ),
    "forms": (["2024-03-01", "01/02/2024"], "'01/02/2024' in row 1 may be day or month first"),
}


@pytest.mark.parametrize("case", TWO_READINGS)
def test_two_readings_are_refused_and_named(case):
    values, said = TWO_READINGS[case]
    with pytest.raises(InputError, match=f"has two readings: .*{said}"):
        read(values)


@pytest.mark.parametrize("values", [["1,234", "5"], ["1,234", "12,500", "7"]])
def test_two_readings_of_a_comma_are_refused_and_named(values):
    with pytest.raises(InputError, match=r"'1,234' in row 0 may be 1234 or 1\.234"):
        read(values)


DATES = {
    "zones of places": (
        ["2024-03-01 10:00 Europe/Berlin", "2024-07-01 10:00 America/New_York"],
        [9 / 24, 122 + 14 / 24],
    ),
    "offsets and places, as Java writes": (
        ["2024-03-01T10:00:00+01:00[Europe/Berlin]", "2024-07-01T10:00:00Z[UTC]"],
        [9 / 24, 122 + 10 / 24],
    ),
    "two digits behind a month's name": (["03-MAR-24", "14-JUL-25"], [2, 500]),
    "months and years": (["Jan '45", "Feb '99"], [-28914, -9160]),
    "months of Eurostat": (["2024M03", "2024-M04"], [0, 31]),
    "China and Japan": (["2024年3月1日", "2024年12月2日 10:00"], [0, 276 + 10 / 24]),
    "Korea": (["2024년 3월 1일", "2024년 12월 2일"], [0, 276]),
    "iso": (["2024-03-01", "2024-03-02"], [0, 1]),
    "with times and zones": (
        ["2024-03-31T01:30:00+01:00", "2024-04-01T02:30:00+02:00"],
        [30 + 0.5 / 24, 31 + 0.5 / 24],
    ),
    "day first": (["01/03/2024", "25/03/2024"], [0, 24]),
    "month first": (["03/01/2024", "03/25/2024"], [0, 24]),
    "points": (["1.3.2024", "25.3.2024"], [0, 24]),
    "year first": (["2024/3/1", "2024.03.25"], [0, 24]),
    "forms mixed": (["2024-03-01", "25/03/2024"], [0, 24]),
    "years of two digits": (["01/03/98", "31/03/98"], [-9497, -9467]),
    "names of months": (["1 March 2024", "Mar 25, 2024", "25-Mar-2024"], [0, 24, 24]),
    "names in other languages": (
        ["1. März 2024", "25 mars 2024", "25 de marzo de 2024"],
        [0, 24, 24],
    ),
    "as SAS writes": (["01MAR2024:12:00:00", "25MAR2024:00:00:00"], [0.5, 24]),
    "as mail does": (
        ["Fri, 01 Mar 2024 12:00:00 +0000", "Fri, 01 Mar 2024 12:00:00 +0100"],
        [0.5, 11 / 24],
    ),
    "halves of a day": (["03/25/2024 6:00 PM", "03/25/2024 12:00 AM"], [24.75, 24]),
    "far ahead": (["2024-03-01", "9999-12-31"], [0, 2913113]),
    "quarters": (["2024Q2", "2024 Q3", "Q4 2024"], [31, 122, 214]),
    "months": (["2024-03", "2024-04"], [0, 31]),
    "months by names": (["Mar 2024", "April 2024"], [0, 31]),
    "weeks": (["2024-W10", "2024-W11-2"], [3, 11]),
    "without separators": (["20240301T120000Z", "20240302 1200Z"], [0.5, 1.5]),
    "numbers with a time": (["20240301120000", "20240302000000"], [0.5, 1]),
    "numbers with hours and minutes": (["202403011200", "202403020000"], [0.5, 1]),
    "as C writes": (["Fri Mar  1 12:00:00 2024", "Sat Mar 02 12:00:00 2024"], [0.5, 1.5]),
    "as servers log": (
        ["01/Mar/2024:12:00:00 +0000", "01/Mar/2024:12:00:00 +0100"],
        [0.5, 11 / 24],
    ),
    "hours ahead of UTC": (
        ["2024-03-01 12:00 UTC+1", "2024-03-01 12:00 GMT-01:30"],
        [11 / 24, 13.5 / 24],
    ),
    "midnight of both days": (["2024-03-01 24:00", "2024-03-02 00:00"], [1, 1]),
    "points and blanks": (["2024. 3. 1.", "2024. 12. 2."], [0, 276]),
    "Poland": (["1 marca 2024", "2 grudnia 2024"], [0, 276]),
    "Czechia": (["1. března 2024", "2. prosince 2024"], [0, 276]),
    "Russia": (["1 марта 2024", "2 декабря 2024"], [0, 276]),
    "the North": (["1 mars 2024", "2 desember 2024", "1. marts 2024"], [0, 276, 0]),
    "Turkey": (["1 Mart 2024", "2 Aralık 2024"], [0, 276]),
    "days beside instants": (["2024-03-01", "2024-03-01T12:00Z"], [0, 0.5]),
}


@pytest.mark.parametrize("case", DATES)
def test_dates_are_days_since_1970(case):
    values, expected = DATES[case]
    column, (finding,) = read(values)
    first = (datetime.date(2024, 3, 1) - datetime.date(1970, 1, 1)).days
    np.testing.assert_allclose(column, first + np.array(expected), rtol=1e-12)
    assert "days since 1970" in finding.message


@pytest.mark.parametrize("seed", range(5))
def test_dates_of_random_forms_agree_with_the_calendar(seed):
    """Against `datetime`, which writes what is read."""
    rng = np.random.default_rng(seed)
    days = [
        datetime.date(1900, 1, 1) + datetime.timedelta(int(n)) for n in rng.integers(0, 73000, 200)
    ]
    for form in (
        "%Y-%m-%d",
        "%d.%m.%Y",
        "%m/%d/%Y",
        "%d %B %Y",
        "%b %d, %Y",
        "%Y/%m/%d",
        "%G-W%V-%u",
    ):
        column, _ = read([one.strftime(form) for one in days])
        assert column.tolist() == [(one - datetime.date(1970, 1, 1)).days for one in days]


def test_a_leap_second_is_that_of_its_day():
    column, _ = read(["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"])
    assert np.diff(column)[0] * 86_400 == pytest.approx(0, abs=1e-3)
    assert column[0] < column[1]


@pytest.mark.parametrize("number", [20240231, 20241301, 202403012500, 20240301126000, 18991231])
def test_numbers_that_are_no_dates_stay_numbers(number):
    column, _ = read([str(number), str(number + 2)])
    assert column.tolist() == [number, number + 2]


def test_a_day_that_may_be_a_month_is_refused_with_both_readings():
    with pytest.raises(InputError, match="in row 0 may be day or month first"):
        read(["01/02/2024", "03/04/2024"])


def test_dates_of_pandas_are_days_too_and_missing_ones_stay_so():
    column, (finding,) = read(pd.Series(pd.to_datetime(["2024-03-01", None], utc=True)))
    assert column.isna().tolist() == [False, True]
    assert finding.column == "c"


def test_labels_that_differ_in_case_or_blanks_are_one():
    column, (finding,) = read(["Paris", "paris ", "Paris", "Rome", None])
    assert column.tolist()[:4] == ["Paris", "Paris", "Paris", "Rome"]
    assert "'paris ' as 'Paris'" in finding.message


def test_a_study_reads_a_percent_column_as_a_number():
    rng = np.random.default_rng(0)
    share = rng.integers(0, 1000, 80) / 10
    frame = pd.DataFrame({"share": [f"{one} %" for one in share], "y": share > 50})
    dataset = make_dataset(frame, "y")
    assert dataset.frame["share"].tolist() == share.tolist()
    assert [one.column for one in dataset.findings if one.code == CODE] == ["share"]


def test_labels_that_differ_in_blanks_become_one_without_blanks():
    column = pd.Series([" Yes", " Yes", " Yes", "yes", "no", " maybe"])
    read = read_labels(column, MissingWords.of((), ()))
    assert read.tolist() == ["Yes", "Yes", "Yes", "Yes", "no", " maybe"]
