#!/bin/sh
# Hidden text of Word (Font, Hidden: ECMA-376 Part 1, 17.3.2.41) comes out of three readers as if it
# were words of the text, without a sign: a council's note to officers, or the guidance of its
# template, stands in the public paper. Seen with mammoth 1.13.0, python-docx 1.2.0, docx2txt 0.9.
# Exits non-zero when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip --quiet --disable-pip-version-check install \
  mammoth==1.13.0 python-docx==1.2.0 docx2txt==0.9
cd "$folder"
cat > seen.py <<'PY'
import mammoth, docx, docx2txt

made = docx.Document()
paragraph = made.add_paragraph("The site is for sale.")
paragraph.add_run(" Lowest offer: 2.4 million.").font.hidden = True
made.save("hidden.docx")

with open("hidden.docx", "rb") as file:
    converted = mammoth.convert_to_html(file)
seen = {
    "mammoth": converted.value,
    "python-docx": docx.Document("hidden.docx").paragraphs[0].text,
    "docx2txt": docx2txt.process("hidden.docx"),
}
for name, words in seen.items():
    print(f"{name}: {words!r}")
print("mammoth warns of:", [each.message for each in converted.messages])
assert all("Lowest offer" in words for words in seen.values()), "a reader leaves it out now"
assert converted.messages == [], "mammoth says something of it now"
PY
venv/bin/python seen.py
