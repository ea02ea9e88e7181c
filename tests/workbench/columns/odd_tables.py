"""Columns and files that people have, each with what is to be said of it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pandas as pd

N = 48
RNG = np.random.default_rng(0)
X = RNG.normal(size=N).round(3)
Y = np.where(X + RNG.normal(size=N) > 0, "yes", "no")


def cycle(*values):
    return [values[i % len(values)] for i in range(N)]


def texts(form):
    return [form.format(i % 12 + 1) for i in range(N)]


# The values of a column, what it is taken for, and a part of what is said of it.
COLUMNS = {
    "plain numbers": (texts("{}.5"), "numbers", ""),
    "percent": (texts("{} %"), "numbers", "as numbers in %"),
    "dollars": (texts("${},200.50"), "numbers", "as numbers in $"),
    "euros behind": (texts("{},50 €"), "numbers", "as numbers in € with a decimal comma"),
    "thousands by comma": (cycle("1,234,567", "12,000", "5"), "numbers", "as 1.23457e+06"),
    "thousands by blank": (texts("{} 234"), "numbers", "'1 234' as 1234"),
    "thousands or decimals": (texts("{},234"), "problem", "may be 1234 or 1.234"),
    "accounting": (texts("({}.5)"), "numbers", "as -1.5"),
    "unicode minus": (texts("\u2212{}"), "numbers", "as -1"),
    "one unit": (texts("{} kg"), "numbers", "as numbers in kg"),
    "two units": (cycle("1 kg", "3 lb"), "categories", "since they are in 'kg', 'lb'"),
    "a slip": ([*map(str, range(N - 1)), "12kg"], "problem", "is text because of '12kg' in"),
    "codes": (texts("00{}"), "categories", "'001' begins with a zero, as codes do"),
    "dates": (texts("2024-03-{:02}"), "dates", "days since 1970"),
    "dates day first": ([*texts("{}/03/2024")[:-1], "25/03/2024"], "dates", "days since 1970"),
    "ambiguous dates": (texts("{}/03/2024"), "problem", "day or month first"),
    "time zones": (texts("2024-03-31T01:{:02}:00+01:00"), "dates", "days since 1970"),
    "forms of dates mixed": (
        [*texts("2024-03-{:02}")[:-2], "25/03/2024", "March 26, 2024"],
        "dates",
        "days since 1970",
    ),
    "years of two digits": (texts("{:02}/03/24"), "problem", "day, month or year first"),
    "names of months": (texts("{}. März 2024"), "dates", "days since 1970"),
    "dates of SAS": (texts("{:02}MAR2024:10:00:00"), "dates", "days since 1970"),
    "dates as numbers": (texts("202403{:02}"), "dates", "20240301 as 19783"),
    "instants as numbers": (texts("20240301{:02}1500"), "dates", "as 19783"),
    "dates of C": (texts("Fri Mar {:02} 10:00:00 2024"), "dates", "days since 1970"),
    "quarters": (cycle("2024Q1", "2024Q2", "2024Q3"), "dates", "days since 1970"),
    "weeks": (texts("2024-W{:02}"), "dates", "days since 1970"),
    "no end, in several rows": (
        cycle(*(f"2024-03-{i:02}" for i in range(1, 20)), "9999-12-31"),
        "dates",
        "with 9999-12-31 in 2 rows, far from all other dates",
    ),
    "a word that may be missing": (
        cycle("red", "n.a.", "blue"),
        "categories",
        "of which 'n.a.' may stand for a missing value",
    ),
    "a number among words": (cycle("red", "-999", "blue"), "categories", "of which '-999' may"),
    "missing as MySQL writes": (cycle("1.5", "\\N", "3"), "numbers", "'\\\\N' (16 rows)"),
    "signs that are not shown": (
        cycle("Paris", "Paris\u200b", "Rome"),
        "categories",
        "as one, 'Paris\\u200b' as 'Paris'",
    ),
    "no end": ([*texts("2024-03-{:02}")[:-1], "9999-12-31"], "dates", "days since 1970"),
    "zones by name": (texts("2024-03-{:02} 10:00 EST"), "problem", "zones that are called 'EST'"),
    "durations": (texts("{:02}:30:00"), "numbers", "as hours, for instance '01:30:00' as 1.5"),
    "minutes and seconds": (texts("{}:30"), "numbers", "the part before the colon"),
    "fractions": (cycle("3/4", "1/2", "1/4"), "categories", "may be a fraction, a pair or a date"),
    "ranges": (cycle("0-17", "18-64", "65+"), "categories", "may be a range or a limit"),
    "limits": ([*texts("{}.5")[:-1], "<0.5"], "categories", "'<0.5' may be a range or a limit"),
    "percent and shares": (cycle("12 %", "0.15", "13 %"), "problem", "0.15 % or a share of 1"),
    "lakhs": (texts("₹{},00,000"), "numbers", "as numbers in ₹"),
    "millions and thousands": (cycle("€1.5M", "€850K", "€0"), "numbers", "'€1.5M' as 1.5e+06"),
    "prices without cents": (cycle("12,-", "13,50", "5,-"), "numbers", "'12,-' as 12"),
    "decimal comma and power": (texts("{},5E+03"), "numbers", "'1,5E+03' as 1500"),
    "latitudes": (cycle("48.85° N", "12.5° S", "3° N"), "numbers", "as degrees"),
    "telephone numbers": (texts("+49 301 234 5{:02}"), "categories", ""),
    "yes in several words": (cycle("yes", "Y", "no", "N", "1"), "true or false", "'yes' as true"),
    "formulas for text": (texts('="00{}"'), "categories", "'001' begins with a zero"),
    "a word of another language": (
        cycle("1", "2", "3", "4", "k.A."),
        "categories",
        "If that stands for a missing value: ",
    ),
    "several answers": (cycle("tea;milk", "tea", "milk;tea"), "categories", "may be a list"),
    "NA in numbers": (cycle("1.5", "NA", "2.5", "3"), "numbers", "with 'NA' (12 rows) as missing"),
    "None in labels": (cycle("a", "None", "b"), "categories", "with 'None' (16 rows) as missing"),
    "question marks": (cycle("3", "?", "5", "7"), "numbers", "with '?' (12 rows) as missing"),
    "errors of a sheet": (cycle("3.5", "#DIV/0!", "5"), "numbers", "'#DIV/0!' (16 rows)"),
    "errors of a German sheet": (cycle("3.5", "#NV", "5"), "numbers", "'#NV' (16 rows)"),
    "words among numbers": (
        [*(f"{i}.5" for i in range(N - 3)), "k.A.", ".A", "nicht gemessen"],
        "problem",
        "'.A', 'nicht gemessen'. Correct the value",
    ),
    "no date": (cycle("2024-03-01", "2024-03-02", "0000-00-00"), "dates", "'0000-00-00' (16 rows)"),
    "scores": (cycle("8/10", "9/10", "7/10"), "numbers", "as numbers of 10"),
    "sentinels": (cycle("3", "-999", "5", "4"), "numbers", "may stand for a missing value"),
    "true or false": (cycle("TRUE", "false", "NA"), "true or false", "'NA' (16 rows)"),
    "sloppy labels": (cycle("Paris", "paris ", "Paris", "Rome"), "categories", "as 'Paris'"),
    "two forms of Unicode": (cycle("caf\u00e9", "cafe\u0301", "tea"), "categories", ""),
    "other scripts": (cycle("東京", "مرحبا", "🍕"), "categories", ""),
    "ratings": (cycle("1", "2", "3", "4", "5"), "numbers", "1 to 5, taken for a quantity"),
    "large numbers": ([str(2**53 + i % 7) for i in range(N)], "numbers", "floats would round"),
    "larger numbers": ([str(10**22 + i % 7) for i in range(N)], "numbers", "floats would round"),
    "beyond all floats": (cycle("1e400", "1"), "problem", "must hold finite numbers"),
    "prose": (texts("about {} things and {{}}"), "categories", ""),
    "free text": ([f"customer {i}" for i in range(N)], "problem", "cannot be used as a category"),
    "dates and none": (
        [*(f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(N - 1)), "2024-02-30"],
        "left out",
        "not dates, because of '2024-02-30'",
    ),
    "weights and none": (
        [*(f"{i}.5 kg" for i in range(N - 1)), "heavy"],
        "problem",
        "not numbers, because of 'heavy'",
    ),
    "names of rows": ([f"P{i:03}" for i in range(N)], "left out", "looks like an identifier"),
    "numbers of rows": ([str(i) for i in range(N)], "left out", "looks like an identifier"),
    "constant": (["5"] * N, "left out", "5 in every row"),
    "empty": ([""] * N, "left out", "nothing but missing values"),
}


def csv(separator=",", comma=False, **columns):
    frame = pd.DataFrame({"x": X, **columns, "y": Y})
    return frame.to_csv(index=False, sep=separator, decimal="," if comma else ".")


PLAIN = csv()


def zipped(text, *names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, text)
    return held.getvalue()


def lines(change):
    return "\n".join(change(i, one) for i, one in enumerate(PLAIN.splitlines())) + "\n"


# The name of a file, what it holds, and a part of what is said of it; "" where there is nothing to say.
FILES = {
    "commas": ("t.csv", PLAIN, ""),
    "semicolons and decimal commas": ("t.csv", csv(";", comma=True), "separated by semicolons"),
    "tabs": ("t.csv", csv("\t"), "separated by tabs"),
    "blanks": ("t.txt", csv(" "), "separated by blanks"),
    "a first line sep=": ("t.csv", "sep=;\n" + csv(";"), "separated by semicolons"),
    "comments": ("t.csv", "# a survey\n" + PLAIN, "1 line of comments"),
    "a header behind #": ("t.csv", "#" + PLAIN, "begins with #"),
    "names of rows of R": (
        "t.csv",
        lines(lambda i, one: one if i == 0 else f"r{i},{one}"),
        "as R writes them",
    ),
    "separators at the ends": ("t.csv", lines(lambda i, one: one + ","), "with nothing after them"),
    "an index of pandas": (
        "t.csv",
        lines(lambda i, one: f",{one}" if i == 0 else f"{i * 3},{one}"),
        "'Unnamed: 0' looks like an identifier",
    ),
    "UTF-16": ("t.csv", PLAIN.encode("utf-16"), "UTF-16"),
    "Windows-1252": ("t.csv", PLAIN.replace("yes", "oui à").encode("cp1252"), "Windows-1252"),
    "gzip": ("t.csv.gz", gzip.compress(PLAIN.encode()), ""),
    "bzip2": ("t.csv.bz2", bz2.compress(PLAIN.encode()), ""),
    "xz": ("t.csv.xz", lzma.compress(PLAIN.encode()), ""),
    "zip": ("t.zip", zipped(PLAIN, "t.csv"), ""),
    "packed and not named so": ("t.csv", gzip.compress(PLAIN.encode()), "whatever its name says"),
    "a header again": ("t.csv", PLAIN + "x,y\n", "1 line that repeats its header"),
    "rows without a target": (
        "t.csv",
        lines(lambda i, one: one[:-2] + "NA" if i == 5 else one),
        "",
    ),
    "lines of Windows": ("t.csv", PLAIN.replace("\n", "\r\n"), ""),
}

REFUSED_FILES = {
    "a workbook": ("t.csv", zipped("", "[Content_Types].xml"), "is a workbook"),
    "two files": ("t.zip", zipped(PLAIN, "a.csv", "b.csv"), "must hold one file"),
    "a web page": ("t.csv", "<!doctype html><p>no", "is a web page"),
    "Parquet named .csv": ("t.csv", b"PAR1xxxx", "holds Parquet"),
    "damaged Parquet": ("t.parquet", b"PAR1xxxxPAR1", "cannot be read as Parquet"),
    "a title above": ("t.csv", "My table\n" + PLAIN, "names a single column"),
    "one field too many": (
        "t.csv",
        lines(lambda i, one: one + ",7" if i == 3 else one),
        "line 4 has 3 fields and the header has 2",
    ),
    "lines of many lengths": (
        "t.csv",
        lines(lambda i, one: one + ",7" if i % 9 == 3 else one),
        "6 of the 48 rows of t.csv do not have the header's 2 fields: line 4 has 3 fields, line 13",
    ),
    "a name twice": ("t.csv", "x,x,y\n1,2,yes\n", "'x' more than once"),
    "no rows": ("t.csv", "x,y\n", "no rows"),
    "nothing": ("t.csv", "", "is empty"),
    "zero bytes": ("t.csv", "x,y\n1,\0\n", "zero byte"),
    "a picture": ("t.csv", b"\x89PNG\r\n\x1a\n\0\0", "zero byte"),
}
