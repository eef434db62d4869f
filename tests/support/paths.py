"""Where the tests find files: one place, so that a test that moves reads the same ones."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples"
SHARED_DATA = ROOT.parent / "shared" / "data"  # beside the project where its reference data is; tests skip where not
