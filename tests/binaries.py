"""Programs of other people that some tests run: found on this machine, or the test is skipped with what to install.

In CI a skipped test is a failure (`conftest.py`), so there nothing is left out unnoticed.
"""

import shutil

import pytest


def find(package: str, *names: str) -> str:
    """Return the path of the first program of these names; `package` is the Debian package that has it."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{names[0]} is not installed (Debian: apt-get install {package})")
