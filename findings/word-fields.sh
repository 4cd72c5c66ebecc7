#!/bin/sh
# Fields of a council's Word template. A content control that nobody has filled in still holds its
# prompt (ECMA-376 Part 1, 17.5.2.39, showingPlcHdr), and mammoth gives the prompt as text. The
# words of a simple field (17.16.19, fldSimple: a property of the document, a merge field) are
# shown by Word, and neither mammoth nor python-docx gives them. Seen with mammoth 1.13.0 and
# python-docx 1.2.0. Exits non-zero when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip --quiet --disable-pip-version-check install \
  mammoth==1.13.0 python-docx==1.2.0
cd "$folder"
cat > seen.py <<'PY'
import mammoth, docx
from docx.oxml import parse_xml

NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
made = docx.Document()
ward = made.add_paragraph("Ward: ")
ward._p.append(parse_xml(
    f'<w:fldSimple {NAMES} w:instr="DOCPROPERTY Ward"><w:r><w:t>Northgate</w:t></w:r></w:fldSimple>'
))
day = made.add_paragraph("Meeting: ")
day._p.append(parse_xml(
    f"<w:sdt {NAMES}><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r>"
    "<w:t>Click to enter a date.</w:t></w:r></w:sdtContent></w:sdt>"
))
made.save("fields.docx")

with open("fields.docx", "rb") as file:
    converted = mammoth.convert_to_html(file)
paragraphs = [each.text for each in docx.Document("fields.docx").paragraphs]
print("mammoth:", converted.value)
print("mammoth warns of:", [each.message for each in converted.messages])
print("python-docx:", paragraphs)
assert "Northgate" not in converted.value, "mammoth gives the words of a simple field now"
assert "Northgate" not in "".join(paragraphs), "python-docx gives them now"
assert "Click to enter a date." in converted.value, "mammoth leaves the prompt out now"
PY
venv/bin/python seen.py
