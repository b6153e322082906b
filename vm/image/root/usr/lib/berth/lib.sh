# Shared by the guest's scripts: state folder and reports to the host.
# The scripts run in busybox's shell, which has mount, cat, sleep and the like
# built in: starting a program each time is what a start under emulation spends
# its time on. Programs that must be the full ones are named with their path.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
state=/run/berth
channel=/dev/hvc1
data_disk=/dev/vdb

# One line to the host. Never blocks: QEMU drops what no host reads.
say() {
  if [ -c $channel ]; then printf '%s\n' "$*" >$channel; fi
}

# A line about the guest's state: also on the console and kept, so that a host
# that connects later can ask for it with `state`.
report() {
  printf '%s\n' "$*" >>$state/reports
  say "$*"
  printf 'berth: %s\n' "$*" >/dev/console
}

phase() {
  read -r uptime _ </proc/uptime
  report "phase $uptime $1"
}

# The modules named in a list file; one that this kernel lacks is no error.
load_modules() {
  /usr/sbin/modprobe -a -q $(grep -v '^#' "/usr/lib/berth/modules.$1") 2>/dev/null || :
}

# Sets address, gateway and dns: QEMU's user network, unless the kernel argument
# `berth.net=ADDRESS/BITS,GATEWAY,DNS` says otherwise.
network_settings() {
  network=10.0.2.15/24,10.0.2.2,10.0.2.3
  read -r words </proc/cmdline
  for word in $words; do
    case $word in berth.net=*) network=${word#*=} ;; esac
  done
  address=${network%%,*}
  dns=${network##*,}
  gateway=${network#*,}
  gateway=${gateway%%,*}
}

# A field of the data disk's superblock: $1 offset, $2 width in bytes.
superblock() { od -An -v -t "u$2" -j $((1024 + $1)) -N "$2" $data_disk | tr -d ' '; }

# Grows the data disk's file system to the size of the disk. Prints its bytes,
# or why it could not be grown.
grow_data() {
  if text=$(resize2fs $data_disk 2>&1); then
    echo $(($(superblock 4 4) * 4096))
  else
    echo "$text" | tail -n 1
    return 1
  fi
}
