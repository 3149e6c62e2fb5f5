"""The values that the deployment guide begins with render as they stand."""

from pathlib import Path

import pytest
import yaml
from rendering import Charts, of_kind
from validation import problems

pytestmark = pytest.mark.deploy

EXAMPLE = Path(__file__).parents[1] / "example-values.yaml"


@pytest.mark.parametrize("helm", [3, 4])
def test_the_example_of_the_guide_renders(charts: Charts, helm: int) -> None:
    text = charts.helm(
        helm, "template", "ombud", str(charts.folder / "ombud"), values=yaml.safe_load(EXAMPLE.read_text())
    )
    documents = [document for document in yaml.safe_load_all(text) if document]
    assert len(of_kind(documents, "Deployment")) == 11
    assert len(of_kind(documents, "Job")) == 1
    assert [p for document in documents for p in problems(document, "1.34")] == []
