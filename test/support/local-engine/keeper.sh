#!/bin/sh
# keeper.sh NAME IMAGE FOLDER: runs guest.sh as the first process of its own namespaces and, however that ends,
# removes what namespaces do not take with them: the control groups of its containers.
name=$1
# The console is a pipe, because the guest's scripts open it as one opens a terminal: a file would be truncated.
unshare --mount --net --pid --fork --kill-child --uts --ipc --propagation private \
  sh "${0%/*}/guest.sh" "$@" 2>&1 | cat
for group in /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name"; do
  if [ -d "$group" ]; then find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; fi
done
rm -f "$3/guest.json"
