# Shared by the guest's scripts: state folder and reports to the host.
# The scripts run in busybox's shell, which has mount, cat, sleep and the like
# built in: starting a program each time is what a start under emulation spends
# its time on. Programs that must be the full ones are named with their path.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
state=/run/berth
channel=/dev/hvc1

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

# The value of a kernel argument `name=value`.
kernel_argument() {
  for word in $(cat /proc/cmdline); do
    case $word in "$1="*) printf '%s' "${word#*=}" ;; esac
  done
}
