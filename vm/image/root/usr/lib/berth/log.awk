# Writes a unit's lines to its log, capped, and starts the unit's on-ready
# script at the line that says that it answers.
# The file is opened for each line: the data disk is mounted over the folder
# in the middle of the start and unmounted at the end.
BEGIN {
  file = "/var/log/berth/" unit ".log"
  cap = 2097152
  size = 0
}
{
  sub(/\r$/, "")
  if (size == 0) {
    "stat -c %s " file " 2>/dev/null" | getline size
    close("stat -c %s " file " 2>/dev/null")
  }
  size += length($0) + 1
  if (size > cap) {
    system("mv -f " file " " file ".1")
    size = length($0) + 1
  }
  print >> file
  close(file)
  if (index($0, ready)) system("/usr/lib/berth/units/" unit "/on-ready &")
}
