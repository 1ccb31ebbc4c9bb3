#!/usr/bin/env bash
# Makes the files of texts, slides and books with pandoc and LibreOffice (Debian: pandoc libreoffice-writer libreoffice-impress).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
for name in pandoc.odt pandoc.docx pandoc.epub; do pandoc texts.md -o "$name"; done
pandoc texts.md -t epub2 -o pandoc-2.epub
pandoc texts.md --slide-level=1 -o pandoc.pptx
convert() { soffice --headless --convert-to "$1" --outdir . "$2" >/dev/null; }
convert odt features.fodt
convert odp features.fodp
convert docx features.odt
convert pptx features.odp
convert odp pandoc.pptx
mv pandoc.odp libreoffice.odp
convert odt pandoc.docx
mv pandoc.odt libreoffice.odt
pandoc texts.md -o pandoc.odt
