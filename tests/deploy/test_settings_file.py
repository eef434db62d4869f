"""Files of settings as editors and spreadsheets leave them: read, or refused with the line and the code point."""

import codecs

import pytest

from deploy.settings_file import WrongSettings, from_bytes
from tests.support.azure import SETTINGS, Azure
from tests.support.paths import SHARED_DATA

_TEXT = "# für Anna\nRESOURCE_GROUP=phones\nDEVELOPER=Müller\n"
_READ = {"RESOURCE_GROUP": "phones", "DEVELOPER": "Müller"}


def test_a_file_is_read_and_a_word_wins(azure: Azure) -> None:
    file = azure.project / "mine.env"
    file.write_text(
        '# ours\n\nRESOURCE_GROUP = phones\nLOCATION="West Europe"\nNAME=a1\nFALLBACK_TARGETS=+43123456789\n'
    )

    code = azure.run("up", "--dry-run", "--settings", str(file), "NAME=b2")

    assert code == 0
    assert "az group create --name phones --location westeurope" in azure.output
    assert "name=b2" in azure.output


def test_a_line_that_says_nothing_is_named(azure: Azure) -> None:
    (azure.project / "mine.env").write_text("NAME=a1\nwesteurope\n")

    assert azure.run("up", "--settings", "mine.env") == 2
    assert "mine.env, line 2: not NAME=value" in azure.output


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_TEXT.encode(), id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + _TEXT.encode(), id="bom"),
        pytest.param(_TEXT.encode("utf-16"), id="utf-16"),
        pytest.param(codecs.BOM_UTF16_BE + _TEXT.encode("utf-16-be"), id="utf-16-be"),
        pytest.param(_TEXT.encode("utf-16-le"), id="utf-16-le-without-mark"),
        pytest.param(_TEXT.encode("utf-16-be"), id="utf-16-be-without-mark"),
        pytest.param(_TEXT.encode("utf-32"), id="utf-32"),
        pytest.param(_TEXT.encode("cp1252"), id="cp1252"),
        pytest.param(_TEXT.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(_TEXT.replace("\n", "\r").encode(), id="cr"),
    ],
)
def test_a_file_is_read_in_whatever_encoding(content: bytes) -> None:
    values, places = from_bytes(content, "a.env")

    assert values == _READ
    assert places == {"RESOURCE_GROUP": "a.env, line 2", "DEVELOPER": "a.env, line 3"}


@pytest.mark.parametrize(
    "line",
    [
        *("NAME=a1", "  NAME = a1  ", "export NAME=a1", "NAME=\ta1", 'NAME="a1"', "NAME='a1'", "NAME= ' a1 '"),
        *("NAME=\u201ca1\u201d", "NAME=\u2018a1\u2019", "NAME=\u201ea1\u201c", "\ufeffNAME=a1", "NAME\u200b=a1"),
        *("NAME=\u202aa1\u202c", "NAME=a\u200b1", "NAME=a1\ufe0e", "\u00a0NAME\u00a0=\u00a0a1", "NAME=a1\u2028"),
    ],
)
def test_quotes_blanks_and_what_cannot_be_seen_are_taken_off(line: str) -> None:
    assert from_bytes(line.encode(), "a.env")[0] == {"NAME": "a1"}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('PARAMETERS="timeZone=UTC holidayCountry=AT"', "timeZone=UTC holidayCountry=AT"),
        ('PARAMETERS="timeZone=UTC" "holidayCountry=AT"', '"timeZone=UTC" "holidayCountry=AT"'),
        ('PARAMETERS=\'tags={"a": "b c"}\'', 'tags={"a": "b c"}'),
        ("DEVELOPER=Team #1", "Team #1"),
        ('DEVELOPER="The line" of Anna', '"The line" of Anna'),
        ("DEVELOPER=\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("DEVELOPER=a=b", "a=b"),
        ("DEVELOPER=", ""),
    ],
)
def test_what_belongs_to_a_value_stays(line: str, value: str) -> None:
    ((_, read),) = from_bytes(line.encode(), "a.env")[0].items()

    assert read == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n\nwesteurope\n", "a.env, line 3: not NAME=value"),
        (b'\nNAME="a1\n', "a.env, line 2: NAME begins with a quote that does not end"),
        ("NAME=\u201ca1".encode(), "line 1: NAME begins with a quote (U+201C LEFT DOUBLE QUOTATION MARK)"),
        (b"#\r\nNAME=a\x071\r\n", "a.env, line 2: character 2 of NAME is none (U+0007)"),
        ("NAME=a\ufffd1".encode(), "a.env, line 1: character 2 of NAME is none (U+FFFD REPLACEMENT CHARACTER)"),
        ("DEVELOPER=a\ue0001".encode(), "character 2 of DEVELOPER is none (U+E000)"),
        ("N\u0410ME=a1".encode(), "a.env, line 1: there is no setting N\u0410ME (U+0410 CYRILLIC CAPITAL LETTER A)"),
        (b"#\nDEVELOPER=M\x81ller\n", "a.env, line 2: byte 0x81 is no character of cp1252: save the file as UTF-8"),
        (codecs.BOM_UTF16_LE + b"N", "a.env, line 1: byte 0xFF is no character of utf-16"),
        (b"RESORCE_GROUP=x", "a.env, line 1: there is no setting RESORCE_GROUP; did you mean RESOURCE_GROUP?"),
    ],
)
def test_what_cannot_be_read_names_its_line(content: bytes, said: str) -> None:
    with pytest.raises(WrongSettings) as raised:
        from_bytes(content, "a.env")

    assert said in str(raised.value)


def test_a_saved_example_with_a_mark_lacks_only_people() -> None:
    sample = SHARED_DATA / "field" / "files" / "bom.env"
    if not sample.exists():
        pytest.skip("the reference data is not beside the project")

    assert from_bytes(sample.read_bytes(), "bom.env")[0]["RESOURCE_GROUP"] == "call-redirect"


def test_a_file_that_is_not_there_is_said_to_be_missing(azure: Azure) -> None:
    assert azure.run("up") == 2
    assert "There is no deploy/settings.env yet: cp deploy/settings.env.example deploy/settings.env" in azure.output


def test_a_folder_is_no_file_of_settings(azure: Azure) -> None:
    assert azure.run("up", *SETTINGS, "--settings", "infra") == 2
    assert "infra cannot be read (Is a directory)" in azure.output
