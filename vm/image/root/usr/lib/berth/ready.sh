# Sourced by on-ready scripts: whether the unit came up for the first time or again.
. /usr/lib/berth/lib.sh

# A unit in a crash loop has to run for a while before it counts as back.
holds() {
  read -r pid <"$state/$1.pid"
  sleep 30
  read -r now <"$state/$1.pid"
  if [ "$now" = "$pid" ] && [ -d "/proc/$pid" ]; then
    rm -f "$state/$1.crash-loop" "$state/$1.down"
    report "up $1"
  fi
}

# answered UNIT: true the first time.
answered() {
  if [ -e "$state/$1.crash-loop" ]; then
    holds "$1" &
  elif [ -e "$state/$1.down" ]; then
    rm -f "$state/$1.down"
    report "up $1"
  fi
  if [ -e "$state/$1.answered" ]; then return 1; fi
  touch "$state/$1.answered"
  phase "$1"
}
