from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

settings.register_profile("bridle", deadline=None, derandomize=True)
settings.load_profile("bridle")

# Before any test imports Keras, which leaves a file in its home at once.
os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="keras-home-")
atexit.register(shutil.rmtree, os.environ["KERAS_HOME"], ignore_errors=True)
os.environ["MPLBACKEND"] = "Agg"
# A test leaves nothing in the home of whoever runs it.
os.environ.setdefault("BRIDLE_COMPILATION_CACHE", "off")
