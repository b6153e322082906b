#!/bin/bash
# initrd.sh ROOT INIT OUT: an uncompressed cpio with busybox, the init and the
# modules that reach the root. Uncompressed, because unpacking is emulated too.
set -euo pipefail
root=$1 init=$2 out=$3
version=$(ls "$root/usr/lib/modules")
# Beside the output: what is left of an interrupted build goes with its folder.
work=$out.work
mkdir -p "$work"/{bin,modules,proc,sys,dev,lower,upper,new}
cp "$root/usr/bin/busybox" "$work/bin/"
install -m 755 "$init" "$work/init"
# In the order in which they depend on each other; built-in ones drop out.
for module in virtio_pci virtio_blk erofs overlay; do
  modprobe -d "$root" -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
  cp "$path" "$work/modules/"
  basename "$path"
done >"$work/modules/order"
find "$work" -exec touch -h -d @0 {} +
(cd "$work" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible -R 0:0) >"$out"
rm -rf "$work"
