#!/bin/sh
# guest.sh NAME IMAGE FOLDER: the first process of a local guest (see index.ts). FOLDER holds `data`, which becomes
# /data, `daemon.json`, and the pipe `lifeline`: when its last writer is gone, so is the guest.
# On SIGTERM the engine is stopped in order, as the real guest does at its end.
set -eu
image=$2 folder=$3
# The engine that starts us keeps files to itself; what containers make is theirs.
umask 022
exec 3<"$folder/lifeline"
# /proc is still the host's, so this is our number there.
read -r pid _ </proc/self/stat
printf '{"pid":%s}\n' "$pid" >"$folder/guest.json.new"
mv "$folder/guest.json.new" "$folder/guest.json"
mkdir -p "$folder/mount" "$folder/data/docker" "$folder/data/containerd" "$folder/data/.berth/log"

mount -t tmpfs -o mode=755 guest "$folder/mount"
cd "$folder/mount"
mkdir image upper work root
mount -t erofs -o loop,ro "$image/root.erofs" image
mount -t overlay -o lowerdir=image,upperdir=upper,workdir=work guest root
cd root

mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm dev/mqueue dev/net
for device in null zero full random urandom tty fuse net/tun kmsg; do
  if [ -e "/dev/$device" ]; then
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  fi
done
mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs shm dev/shm
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# What the guest's scripts report to its console goes to our output, which is the serial log.
ln -s /proc/1/fd/1 dev/console
mount --bind "$folder/data" data
mkdir -p var/lib/docker var/lib/containerd var/log/berth run/berth run/lock
mount --bind "$folder/data/docker" var/lib/docker
mount --bind "$folder/data/containerd" var/lib/containerd
mount --bind "$folder/data/.berth/log" var/log/berth
cp "$folder/daemon.json" run/berth/daemon.json
# What lets the guest's dockerd have its settings.
echo >run/berth/disk-mounted
printf '127.0.0.1 localhost\n127.0.1.1 berth\n10.0.2.15 registry.test\n' >etc/hosts
# There is no way out: an address that refuses at once.
echo 'nameserver 127.0.0.1' >etc/resolv.conf

mkdir .outside
pivot_root . .outside
# Nothing of this computer's environment (TMPDIR, proxies) means anything inside.
exec env -i PATH="$PATH" chroot . /bin/busybox sh -c '
  umount -l /.outside && rmdir /.outside
  . /usr/lib/berth/lib.sh
  cd /usr/lib/berth
  hostname berth
  ip link set lo up
  # An address of its own besides the loopback, as the real guest has.
  if /usr/bin/ip link add eth0 type veth peer name up0; then
    ip link set eth0 up && ip link set up0 up && ip address add 10.0.2.15/24 dev eth0
  fi
  echo 1 >/proc/sys/net/ipv4/ip_forward
  ./supervise containerd 5 3<&- &
  containerd=$!
  ./supervise dockerd 30 3<&- &
  dockerd=$!
  cat <&3 >/dev/null &
  lifeline=$!
  stop=""
  trap "stop=1" TERM
  wait $lifeline
  [ -n "$stop" ] || exit 0
  for unit in $dockerd $containerd; do
    kill -TERM "$unit"
    while kill -0 "$unit" 2>/dev/null; do wait "$unit"; done
  done
'
