"""Puts the reader of labelled texts on the path of these tests alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
