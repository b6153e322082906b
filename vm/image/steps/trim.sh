#!/bin/bash
# trim.sh ROOT LIST: removes what the guest does not need.
set -euo pipefail
root=$1 list=$2
cd "$root"
shopt -s nullglob
while IFS= read -r pattern; do
  case $pattern in '' | '#'*) continue ;; esac
  # Unquoted on purpose: the list holds globs.
  for path in $pattern; do rm -rf --one-file-system -- "./$path"; done
done <"$list"
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -xtype l -delete
find usr/share/doc -type d -empty -delete
