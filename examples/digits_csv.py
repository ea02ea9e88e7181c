"""Write scikit-learn's handwritten digits as a CSV, for `bridle compare`.

1,797 rows: 64 pixels and the digit. Then, for instance:

    bridle compare digits.csv --target digit --epochs 60
"""

from __future__ import annotations

import argparse

from sklearn.datasets import load_digits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default="digits.csv")
    arguments = parser.parse_args()

    digits = load_digits(as_frame=True)
    table = digits.data.astype(int).assign(digit=digits.target)
    table.to_csv(arguments.file, index=False)
    print(f"{arguments.file}: {len(table)} rows, {table.shape[1]} columns, target 'digit'")


if __name__ == "__main__":
    main()
