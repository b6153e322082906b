#!/bin/bash
# modules.sh ROOT LIST: prunes the kernel modules and unpacks the rest. Loading
# an xz-packed module costs more under emulation than reading the larger file.
set -euo pipefail
root=$1 list=$2
version=$(ls "$root/usr/lib/modules")
tree=$root/usr/lib/modules/$version
rm -f "$tree/build" "$tree/source"
while IFS= read -r folder; do
  case $folder in '' | '#'*) continue ;; esac
  rm -rf "$tree/kernel/${folder:?}"
done <"$list"
find "$tree" -name '*.ko.xz' -print0 | xargs -0 -r -n 32 -P 2 xz -d
depmod -b "$root" "$version"
