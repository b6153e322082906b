# Sourced by on-ready scripts: whether the unit came up for the first time or again.
. /usr/lib/berth/lib.sh

# answered UNIT: true the first time.
answered() {
  if [ -e "$state/$1.down" ]; then
    rm -f "$state/$1.down"
    report "up $1"
  fi
  if [ -e "$state/$1.answered" ]; then return 1; fi
  touch "$state/$1.answered"
  phase "$1"
}
