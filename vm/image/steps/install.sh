#!/bin/bash
# install.sh ROOT FILES: lays the guest's own files over the Debian root.
set -euo pipefail
root=$1 files=$2
cp -R --no-preserve=ownership "$files/." "$root/"
chmod -R u=rwX,go=rX "$root/usr/lib/berth" "$root/etc/docker" "$root/etc/containerd" "$root/etc/ssh"
mkdir -p "$root"/{data,proc,sys,dev,run,tmp,var/log/berth,var/lib/docker,var/lib/containerd}
chmod 1777 "$root/tmp"
# dockerd writes its rules with the older tables: 3 times faster to set up under emulation.
for tool in iptables ip6tables; do
  ln -sf "/usr/sbin/$tool-legacy" "$root/etc/alternatives/$tool"
done
# No account has a password.
sed -i 's/^\([^:]*\):[^:]*:/\1:*:/' "$root/etc/shadow"
# Device nodes come from devtmpfs.
find "$root/dev" -mindepth 1 -delete
