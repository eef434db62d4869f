import pytest

from shared.core.directory.line_names import line_name, line_text, rule_line_text
from shared.core.directory.model import ANY, Directory

LINE = "5a1e5000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("directory", "line", "display_name", "expected"),
    [
        pytest.param(Directory(names={LINE: "Sales"}), LINE, "PstnAppInstance", "Sales", id="the-row-says"),
        pytest.param(Directory(), LINE, "PstnAppInstance", "PstnAppInstance", id="microsoft-says"),
        pytest.param(None, LINE, "PstnAppInstance", "PstnAppInstance", id="tables-never-read"),
        pytest.param(Directory(names={LINE: "Sales"}), "another", None, "", id="nobody-says"),
        pytest.param(Directory(names={LINE: "Sales"}), None, None, "", id="no-line"),
    ],
)
def test_a_lines_name_is_that_of_its_rows_else_what_microsoft_said(
    directory: Directory | None, line: str | None, display_name: str | None, expected: str
) -> None:
    assert line_name(directory, line, display_name) == expected


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        (LINE, "Sales", "Sales (5a1e5000)"),
        (LINE, "", "5a1e5000"),
        (LINE, None, "5a1e5000"),
        (None, "Sales", "Sales"),
        (None, None, "unknown line"),
    ],
)
def test_a_line_is_written_with_the_beginning_of_its_id(line: str | None, name: str | None, expected: str) -> None:
    assert line_text(line, name) == expected


@pytest.mark.parametrize(
    ("directory", "line", "expected"),
    [
        (Directory(names={LINE: "Sales"}), LINE, "Sales (5a1e5000)"),
        (Directory(), LINE, "line 5a1e5000"),
        (Directory(names={ANY: "All the others"}), ANY, "All the others"),
        (Directory(), ANY, "any line"),
        (Directory(lines=frozenset({LINE})), ANY, "any other line"),
    ],
)
def test_the_line_of_a_rule_can_be_any(directory: Directory, line: str, expected: str) -> None:
    assert rule_line_text(line, directory) == expected
