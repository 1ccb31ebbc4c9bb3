#!/usr/bin/env bash
# Prints the packages of a distribution for the languages that OCR reads: ocr.sh debian|arch. $OCR is 1 for English, or codes of
# Tesseract with commas between them, to which English is added. Fails for anything else.
set -euo pipefail
[[ $OCR =~ ^(1|[a-z]{3}(_[a-z]+)*(,[a-z]{3}(_[a-z]+)*)*)$ ]] || {
  echo "OCR is \"$OCR\"; it must be 1 for English, or codes of languages, such as deu,fra" >&2
  exit 2
}
languages=eng
if [ "$OCR" != 1 ]; then languages=$(printf 'eng,%s' "$OCR"); fi
case $1 in
  debian) tr ',_' '\n-' <<<"$languages" | sed 's/^/tesseract-ocr-/' | sort -u ;;
  arch)
    printf '%s\n' tesseract tesseract-data-osd poppler
    tr ',' '\n' <<<"$languages" | sed 's/^/tesseract-data-/' | sort -u
    ;;
esac
